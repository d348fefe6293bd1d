using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>erf and erfc.</summary>
/// <remarks>
/// Up to |x| = 1, erf x = x p(x^2). For x >= 1/2, erfc x = exp(-x^2) g(t)/(1 + 2x) with t = (x - 3)/(x + 3), in which g is
/// smooth up to infinity.
/// </remarks>
internal static class ErrorFunction
{
    /// <summary>Beyond it erfc is less than half of the smallest subnormal number.</summary>
    private const double Underflow = 28.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        var outer = 1.0 - Tail(V.Select(a > 6.0, 6.0, V.Max(a, 0.5)));
        var result = V.Select(a <= 1.0, Inner(a), outer);
        return V.Select(V.AreEqual(x, x), V.CopySign(result, x), x);
    }

    /// <summary>erf x and exp(-x^2), which shares the work of the tail.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x, out V gaussian)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        var m = Exponential.Significand(-(x * x), out var n);
        gaussian = Exponential.Scale(m, n);

        // The rounding error of x^2 stays in the exponential, a few 1e-15 of it at most where the tail is far below 1.
        var b = V.Select(a > 6.0, 6.0, V.Max(a, 0.5));
        var outer = 1.0 - (V.Select(a > 6.0, 0.0, gaussian) * TailFactor(b));
        var result = V.Select(a <= 1.0, Inner(a), outer);
        return V.Select(V.AreEqual(x, x), V.CopySign(result, x), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erfc<V>(V x)
        where V : struct, ILanes<V>
    {
        var a = V.Abs(x);
        var tail = Tail(V.Max(V.Min(a, Underflow), 0.5));
        var inner = 1.0 - Inner(x);
        var result = V.Select(a <= 0.5, inner, V.Select(x < 0.0, 2.0 - tail, tail));
        return V.Select(V.AreEqual(x, x), result, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Inner<V>(V x)
        where V : struct, ILanes<V>
    {
        var u = x * x;
        V q = 6.174097221305255e-11;
        q = V.Fma(q, u, -1.1500357159785296e-09);
        q = V.Fma(q, u, 1.4692484859133263e-08);
        q = V.Fma(q, u, -1.6355118610877705e-07);
        q = V.Fma(q, u, 1.6461446656928561e-06);
        q = V.Fma(q, u, -1.4925622504489842e-05);
        q = V.Fma(q, u, 0.00012055332214716276);
        q = V.Fma(q, u, -0.0008548327010033328);
        q = V.Fma(q, u, 0.005223977625303518);
        q = V.Fma(q, u, -0.026866170645123838);
        q = V.Fma(q, u, 0.11283791670955111);
        q = V.Fma(q, u, -0.37612638903183754);

        // 2/sqrt(pi) = 1 + 0.128...: the leading product then carries no rounding of its own.
        return V.Fma(x, V.Fma(q, u, 0.12837916709551256), x);
    }

    /// <summary>erfc x for x from 1/2 to <see cref="Underflow"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Tail<V>(V x)
        where V : struct, ILanes<V>
    {
        // exp(-x^2) with the rounding error of x^2 put back.
        var square = x * x;
        var error = V.Fma(x, x, -square);
        var m = Exponential.Significand(-square, out var n);
        var g = TailFactor(x);
        return Exponential.Scale(m * V.Fma(-error, g, g), n);
    }

    /// <summary>g(t)/(1 + 2x) = erfc(x) exp(x^2) for x from 1/2 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V TailFactor<V>(V x)
        where V : struct, ILanes<V>
    {
        var t = (x - 3.0) / (x + 3.0);
        V q = -1.541055292474667e-08;
        q = V.Fma(q, t, 2.292393009921899e-08);
        q = V.Fma(q, t, 1.1177528463195771e-07);
        q = V.Fma(q, t, -1.2169240627639653e-07);
        q = V.Fma(q, t, -6.299129103282541e-07);
        q = V.Fma(q, t, 3.4482536968247793e-07);
        q = V.Fma(q, t, 3.481686983452046e-06);
        q = V.Fma(q, t, -7.270603109882931e-07);
        q = V.Fma(q, t, -2.0104454851557477e-05);
        q = V.Fma(q, t, 4.9484535339192485e-06);
        q = V.Fma(q, t, 0.00012510037313823361);
        q = V.Fma(q, t, -0.0001051596522473519);
        q = V.Fma(q, t, -0.0007798324398793133);
        q = V.Fma(q, t, 0.0018886903466049378);
        q = V.Fma(q, t, 0.002529391832675186);
        q = V.Fma(q, t, -0.023770514918036445);
        q = V.Fma(q, t, 0.06830802734307077);
        q = V.Fma(q, t, -0.11927366341532432);
        q = V.Fma(q, t, 0.1296451587027835);
        q = V.Fma(q, t, -0.04756229435345058);
        q = V.Fma(q, t, -0.13562110612458134);
        q = V.Fma(q, t, 1.2530080582697296);
        return q / V.Fma(2.0, x, 1.0);
    }
}
