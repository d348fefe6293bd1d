using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>The exponential and the hyperbolic functions.</summary>
/// <remarks>x = n log 2 + r with |r| at most log(2)/2, and exp r - 1 = r + r^2 q(r) with q a minimax polynomial.</remarks>
internal static class Exponential
{
    private const double Log2High = 0.6931471801362932; // 31 bits: its product with n is exact
    private const double Log2Low = 4.236521365809284e-10;
    private const double InverseLog2 = 1.4426950408889634;
    private const double Overflow = 709.782712893384;

    /// <summary>Beyond it exp(-x) no longer changes the result of a hyperbolic function.</summary>
    private const double OneSided = 40.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x)
        where V : struct, ILanes<V>
    {
        var m = Significand(x, out var n);
        return Scale(m, n);
    }

    /// <summary>exp x = m 2^n with m between 0.7 and 1.5, for a caller that multiplies before it scales.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Significand<V>(V x, out V n)
        where V : struct, ILanes<V>
    {
        x = V.Select(x > 710.0, 710.0, x);
        x = V.Select(x < -760.0, -760.0, x);
        return 1.0 + ReducedExpm1(x, out n);
    }

    /// <summary>m 2^n, rounded once where the result is subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Scale<V>(V m, V n)
        where V : struct, ILanes<V>
    {
        var half = V.Round(n * 0.5);
        return m * V.PowerOfTwo(half) * V.PowerOfTwo(n - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Expm1<V>(V x)
        where V : struct, ILanes<V>
    {
        var clamped = V.Select(x < -OneSided, -OneSided, V.Select(x > Overflow, Overflow, x));
        var e = ReducedExpm1(clamped, out var n);
        var half = V.PowerOfTwo(n - 1.0);
        var result = 2.0 * V.Fma(half, e, half - 0.5);
        return V.Select(x > Overflow, double.PositiveInfinity, V.Select(V.AreEqual(n, 0.0), V.CopySign(e, x), result));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sinh<V>(V x)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        var e = Expm1(V.Select(a > OneSided, OneSided, a));
        var small = 0.5 * (e + (e / (e + 1.0)));
        return V.CopySign(V.Select(a > OneSided, HalfExp(a), small), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Cosh<V>(V x)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        var e = Exp(V.Select(a > OneSided, OneSided, a));
        return V.Select(a > OneSided, HalfExp(a), V.Fma(0.5, e, 0.5 / e));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        var e = Expm1(2.0 * V.Select(a > 22.0, 22.0, a));
        return V.CopySign(e / (e + 2.0), x);
    }

    /// <summary>exp(a)/2, finite up to where the half of it overflows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V HalfExp<V>(V a)
        where V : struct, ILanes<V>
    {
        var m = 1.0 + ReducedExpm1(V.Select(a > 711.0, 711.0, a), out var n);
        return Scale(m, n - 1.0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ReducedExpm1<V>(V x, out V n)
        where V : struct, ILanes<V>
    {
        n = V.Round(x * InverseLog2);
        var r = V.Fma(n, -Log2Low, V.Fma(n, -Log2High, x));
        V q = 2.0914681566950475e-09;
        q = V.Fma(q, r, 2.5105209441237487e-08);
        q = V.Fma(q, r, 2.7557273656086726e-07);
        q = V.Fma(q, r, 2.7557255418377935e-06);
        q = V.Fma(q, r, 2.480158732553751e-05);
        q = V.Fma(q, r, 0.00019841269874806302);
        q = V.Fma(q, r, 0.001388888888888375);
        q = V.Fma(q, r, 0.00833333333332614);
        q = V.Fma(q, r, 0.04166666666666667);
        q = V.Fma(q, r, 0.1666666666666667);
        q = V.Fma(q, r, 0.5);
        return V.Fma(r * r, q, r);
    }
}
