using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>arcsin, arccos and the angle of a point of the plane.</summary>
internal static class InverseTrigonometric
{
    private const double HalfPiHigh = 1.5707963267948966;
    private const double HalfPiLow = 6.123233995736766e-17;
    private const double QuarterPiHigh = 0.7853981633974483;
    private const double QuarterPiLow = 3.061616997868383e-17;
    private const double Huge = 4.49423283715579e+307; // 2^1022

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Asin<V>(V x)
        where V : struct, ILanes<V>
    {
        var p = Reduced(x, out var large);
        var above = HalfPiHigh - V.Fma(2.0, p, -HalfPiLow);
        return V.CopySign(V.Select(large, above, p), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Acos<V>(V x)
        where V : struct, ILanes<V>
    {
        var p = Reduced(x, out var large);
        var near = 2.0 * p;
        var far = (2.0 * HalfPiHigh) - V.Fma(2.0, p, -2.0 * HalfPiLow);
        var small = HalfPiHigh - (V.CopySign(p, x) - HalfPiLow);
        return V.Select(large, V.Select(x < 0.0, far, near), small);
    }

    /// <summary>The angle in [-pi/2, pi/2] with this sine and this cosine, from whichever of them is known better.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Angle<V>(V sine, V cosine)
        where V : struct, ILanes<V>
    {
        var size = V.Abs(sine);
        var p = Asin(V.Min(size, cosine));
        return V.CopySign(V.Select(size > cosine, HalfPiHigh - (p - HalfPiLow), p), sine);
    }

    /// <summary>The angle of the point (x, y) in [-pi, pi]; 0 at the origin. Coordinates beyond 2^1022 count as 2^1022.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Atan2<V>(V y, V x)
        where V : struct, ILanes<V>
    {
        V ax = V.Min(V.Abs(x), Huge), ay = V.Min(V.Abs(y), Huge);
        V low = V.Min(ax, ay), high = V.Max(ax, ay);

        // low/high is reduced to |t| <= 1/2 about 0 or to -1/3 <= t <= 0 about 1, where low - high is exact: the angle is then
        // k pi/4 + arctan t.
        var reduce = low > 0.5 * high;
        var numerator = V.Select(reduce, low - high, low);
        var denominator = V.Select(reduce, low + high, V.Select(V.AreEqual(high, 0.0), 1.0, high));
        var angle = ArcTangent(numerator / denominator);
        V k = V.Select(reduce, 1.0, 0.0);
        V swap = ay > ax;
        k = V.Select(swap, 2.0 - k, k);
        angle = V.Select(swap, -angle, angle);
        V left = x < 0.0;
        k = V.Select(left, 4.0 - k, k);
        angle = V.Select(left, -angle, angle);
        var result = V.CopySign(V.Fma(k, QuarterPiHigh, V.Fma(k, QuarterPiLow, angle)), y);
        var ordered = V.And(V.AreEqual(x, x), V.AreEqual(y, y));
        return V.Select(ordered, result, x + y);
    }

    /// <summary>arcsin |x| where |x| is at most 1/2, else arcsin sqrt((1 - |x|)/2), which is half of arccos |x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Reduced<V>(V x, out V large)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        large = a > 0.5;
        var u = V.Select(large, V.Fma(a, -0.5, 0.5), a * a);
        var s = V.Select(large, V.Sqrt(u), a);
        var q = Polynomial.Degree12(
            u,
            0.16666666666666669,
            0.07499999999998433,
            0.04464285714635543,
            0.030381944138531247,
            0.02237217294214989,
            0.017352392720869973,
            0.013971212973552933,
            0.011479177415184906,
            0.01032281435018578,
            0.005457506718640358,
            0.01740087944269402,
            -0.014851887071247204,
            0.028757851367421566);
        return V.Fma(s * u, q, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ArcTangent<V>(V t)
        where V : struct, ILanes<V>
    {
        var u = t * t;
        var q = Polynomial.Degree12(
            u,
            -0.3333333333333333,
            0.19999999999999488,
            -0.14285714285599188,
            0.11111111100917376,
            -0.09090908620322523,
            0.07692294712540285,
            -0.06666435677235948,
            0.05879578429582425,
            -0.05240099507994713,
            0.04628024868570153,
            -0.03806653672057366,
            0.025006503566489507,
            -0.009215792047089858);
        return V.Fma(t * u, q, t);
    }
}
