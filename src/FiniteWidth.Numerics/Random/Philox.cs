using System;
using System.Runtime.CompilerServices;

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

    /// <summary>
    /// The words of counters (first, use, 0, 0), (first + 1, use, 0, 0), ...: four a counter, two counters at a time, whose chains of
    /// multiplications the processor overlaps.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill(ulong first, ulong use, ulong key0, ulong key1, Span<ulong> words)
    {
        for (var i = 0; i < words.Length; i += 8)
        {
            ulong a0 = first, a1 = use, a2 = 0, a3 = 0;
            ulong b0 = first + 1, b1 = use, b2 = 0, b3 = 0;
            ulong k0 = key0, k1 = key1;
            for (var round = 0; round < Rounds; round++)
            {
                var highA0 = Math.BigMul(Multiplier0, a0, out var lowA0);
                var highA1 = Math.BigMul(Multiplier1, a2, out var lowA1);
                var highB0 = Math.BigMul(Multiplier0, b0, out var lowB0);
                var highB1 = Math.BigMul(Multiplier1, b2, out var lowB1);
                (a0, a1, a2, a3) = (highA1 ^ a1 ^ k0, lowA1, highA0 ^ a3 ^ k1, lowA0);
                (b0, b1, b2, b3) = (highB1 ^ b1 ^ k0, lowB1, highB0 ^ b3 ^ k1, lowB0);
                k0 += Weyl0;
                k1 += Weyl1;
            }

            var pair = words.Slice(i, 8);
            (pair[0], pair[1], pair[2], pair[3]) = (a0, a1, a2, a3);
            (pair[4], pair[5], pair[6], pair[7]) = (b0, b1, b2, b3);
            first += 2;
        }
    }

    /// <summary>Four 64-bit words.</summary>
    internal readonly record struct Block(ulong Word0, ulong Word1, ulong Word2, ulong Word3);
}
