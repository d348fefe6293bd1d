using System;

namespace FiniteWidth.Numerics;

/// <summary>
/// Philox4x64-10: a keyed bijection of 256-bit counters whose outputs pass as random. Salmon, Moraes, Dror and Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;
    private const ulong Multiplier0 = 0xD2E7470EE14C6C93;
    private const ulong Multiplier1 = 0xCA5A826395121157;

    // The golden ratio and sqrt(3) - 1, as 64-bit fractions.
    private const ulong Weyl0 = 0x9E3779B97F4A7C15;
    private const ulong Weyl1 = 0xBB67AE8584CAA73B;

    /// <summary>The four words that a key assigns to a counter.</summary>
    public static Block Apply(Block counter, ulong key0, ulong key1)
    {
        var (w0, w1, w2, w3) = counter;
        for (var round = 0; round < Rounds; round++)
        {
            var high0 = Math.BigMul(Multiplier0, w0, out var low0);
            var high1 = Math.BigMul(Multiplier1, w2, out var low1);
            (w0, w1, w2, w3) = (high1 ^ w1 ^ key0, low1, high0 ^ w3 ^ key1, low0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return new Block(w0, w1, w2, w3);
    }

    /// <summary>Four 64-bit words.</summary>
    internal readonly record struct Block(ulong Word0, ulong Word1, ulong Word2, ulong Word3);
}
