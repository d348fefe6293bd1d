using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics;

/// <summary>Pairs of standard normal numbers from pairs of uniform ones: sqrt(-2 log(1 - u)) (cos 2 pi v, sin 2 pi v).</summary>
/// <remarks>
/// Plain series, so that a number does not depend on the width of the vectors or on the platform's library; u and v are multiples
/// of 2^-53 in [0, 1). The error is that of a few roundings.
/// </remarks>
internal static class BoxMuller
{
    private const double Log2High = 0.6931471801362932; // 31 bits: its product with an exponent is exact
    private const double Log2Low = 4.236521365809284e-10;

    /// <summary>target[2i], target[2i + 1] := the pair of u[i] and v[i].</summary>
    public static void Apply(ReadOnlySpan<double> u, ReadOnlySpan<double> v, Span<double> target)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Lanes512>(u, v, target);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Lanes256>(u, v, target);
        }
        else
        {
            Run<Lanes128>(u, v, target);
        }
    }

    // The last, incomplete vector is padded and goes through the same instructions, as in Loop.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Run<V>(ReadOnlySpan<double> u, ReadOnlySpan<double> v, Span<double> target)
        where V : struct, ILanes<V>
    {
        Span<double> even = stackalloc double[Loop.MaxLanes], odd = stackalloc double[Loop.MaxLanes];
        ref var evens = ref MemoryMarshal.GetReference(even);
        ref var odds = ref MemoryMarshal.GetReference(odd);
        for (var first = 0; first < u.Length; first += V.Count)
        {
            var count = Math.Min(V.Count, u.Length - first);
            if (count < V.Count)
            {
                even.Clear();
                odd.Clear();
                u[first..].CopyTo(even);
                v[first..].CopyTo(odd);
                Pair(V.Load(ref evens, 0), V.Load(ref odds, 0), ref evens, ref odds);
            }
            else
            {
                Pair(
                    V.Load(ref MemoryMarshal.GetReference(u), (nuint)first), V.Load(ref MemoryMarshal.GetReference(v), (nuint)first),
                    ref evens, ref odds);
            }

            var pairs = target.Slice(2 * first, 2 * count);
            for (var i = 0; i < count; i++)
            {
                pairs[2 * i] = even[i];
                pairs[(2 * i) + 1] = odd[i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair<V>(V u, V v, ref double even, ref double odd)
        where V : struct, ILanes<V>
    {
        var radius = V.Sqrt(-2.0 * Log(1.0 - u));
        CosSin(v, out var cosine, out var sine);
        (radius * cosine).Store(ref even, 0);
        (radius * sine).Store(ref odd, 0);
    }

    /// <summary>log x for normal x in (0, 1]: x = 2^n m with m around 1, and log m = 2 artanh s with s = (m - 1)/(m + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Log<V>(V x)
        where V : struct, ILanes<V>
    {
        var n = V.Exponent(x);
        var m = x * V.PowerOfTwo(-n);
        var large = m > 1.4142135623730951;
        m = V.Select(large, 0.5 * m, m);
        n = V.Select(large, n + 1.0, n);

        // |s| < 0.172: eleven terms reach the last place.
        var f = m - 1.0;
        var s = f / (f + 2.0);
        var z = s * s;
        V q = 1.0 / 21.0;
        q = V.Fma(q, z, 1.0 / 19.0);
        q = V.Fma(q, z, 1.0 / 17.0);
        q = V.Fma(q, z, 1.0 / 15.0);
        q = V.Fma(q, z, 1.0 / 13.0);
        q = V.Fma(q, z, 1.0 / 11.0);
        q = V.Fma(q, z, 1.0 / 9.0);
        q = V.Fma(q, z, 1.0 / 7.0);
        q = V.Fma(q, z, 1.0 / 5.0);
        q = V.Fma(q, z, 1.0 / 3.0);
        var twice = s + s;
        return V.Fma(n, Log2High, V.Fma(twice * z, q, V.Fma(n, Log2Low, twice)));
    }

    /// <summary>cos 2 pi v and sin 2 pi v, by Taylor series after v has lost its half turns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CosSin<V>(V v, out V cosine, out V sine)
        where V : struct, ILanes<V>
    {
        var halfTurns = V.Round(v + v);
        var x = 6.283185307179586 * V.Fma(-0.5, halfTurns, v);
        var sign = V.Select(V.AreEqual(halfTurns, 1.0), -1.0, 1.0);
        var z = -(x * x);

        // |x| <= pi/2: the first term left out is below 1e-17 in both.
        V c = 1.0 / 620448401733239439360000.0;
        c = V.Fma(c, z, 1.0 / 1124000727777607680000.0);
        c = V.Fma(c, z, 1.0 / 2432902008176640000.0);
        c = V.Fma(c, z, 1.0 / 6402373705728000.0);
        c = V.Fma(c, z, 1.0 / 20922789888000.0);
        c = V.Fma(c, z, 1.0 / 87178291200.0);
        c = V.Fma(c, z, 1.0 / 479001600.0);
        c = V.Fma(c, z, 1.0 / 3628800.0);
        c = V.Fma(c, z, 1.0 / 40320.0);
        c = V.Fma(c, z, 1.0 / 720.0);
        c = V.Fma(c, z, 1.0 / 24.0);
        c = V.Fma(c, z, 0.5);
        cosine = sign * V.Fma(c, z, 1.0);

        V s = 1.0 / 51090942171709440000.0;
        s = V.Fma(s, z, 1.0 / 121645100408832000.0);
        s = V.Fma(s, z, 1.0 / 355687428096000.0);
        s = V.Fma(s, z, 1.0 / 1307674368000.0);
        s = V.Fma(s, z, 1.0 / 6227020800.0);
        s = V.Fma(s, z, 1.0 / 39916800.0);
        s = V.Fma(s, z, 1.0 / 362880.0);
        s = V.Fma(s, z, 1.0 / 5040.0);
        s = V.Fma(s, z, 1.0 / 120.0);
        s = V.Fma(s, z, 1.0 / 6.0);
        sine = sign * V.Fma(s * z, x, x);
    }
}
