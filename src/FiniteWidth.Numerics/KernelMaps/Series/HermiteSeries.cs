using System;
using System.Runtime.InteropServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>Horner's rule for sum_k p_k q_k rho^k over the pairs of one point, with coefficients p_k, and many, with q_k.</summary>
internal static class HermiteSeries
{
    private const int Unroll = 4;

    /// <summary>
    /// target[j] := factor sum_t p[t] q[t][start + j] rho_j^k, where k = k(t) runs over the powers of a parity and
    /// rho_j = c12[j] left right[start + j] is a correlation, left and right being inverse standard deviations.
    /// </summary>
    /// <remarks>The last few pairs go one by one through the same roundings as whole vectors. The target may be c12.</remarks>
    public static void Sum<V>(
        Parity parity,
        double factor,
        ReadOnlySpan<double> p,
        ReadOnlySpan<double[]> q,
        double left,
        double[] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> target)
        where V : struct, ILanes<V>
    {
        CheckReach(right, q, start, c12.Length);
        ref var source = ref MemoryMarshal.GetReference(c12);
        ref var result = ref MemoryMarshal.GetReference(target);
        ref var inverses = ref MemoryMarshal.GetArrayDataReference(right);
        var width = (nuint)V.Count;
        var j = 0;
        for (; j <= c12.Length - (Unroll * V.Count); j += Unroll * V.Count)
        {
            // Four independent recursions hide the latency of each.
            nuint at = (nuint)j, point = (nuint)(start + j);
            var rho0 = Correlation(V.Load(ref source, at), left, V.Load(ref inverses, point));
            var rho1 = Correlation(V.Load(ref source, at + width), left, V.Load(ref inverses, point + width));
            var rho2 = Correlation(V.Load(ref source, at + (2 * width)), left, V.Load(ref inverses, point + (2 * width)));
            var rho3 = Correlation(V.Load(ref source, at + (3 * width)), left, V.Load(ref inverses, point + (3 * width)));
            V x0 = rho0, x1 = rho1, x2 = rho2, x3 = rho3;
            if (parity != Parity.None)
            {
                (x0, x1, x2, x3) = (rho0 * rho0, rho1 * rho1, rho2 * rho2, rho3 * rho3);
            }

            V sum0 = 0.0, sum1 = 0.0, sum2 = 0.0, sum3 = 0.0;
            for (var t = p.Length - 1; t >= 0; t--)
            {
                V a = p[t];
                ref var b = ref MemoryMarshal.GetArrayDataReference(q[t]);
                sum0 = V.Fma(sum0, x0, a * V.Load(ref b, point));
                sum1 = V.Fma(sum1, x1, a * V.Load(ref b, point + width));
                sum2 = V.Fma(sum2, x2, a * V.Load(ref b, point + (2 * width)));
                sum3 = V.Fma(sum3, x3, a * V.Load(ref b, point + (3 * width)));
            }

            if (parity == Parity.Odd)
            {
                (sum0, sum1, sum2, sum3) = (sum0 * rho0, sum1 * rho1, sum2 * rho2, sum3 * rho3);
            }

            (factor * sum0).Store(ref result, at);
            (factor * sum1).Store(ref result, at + width);
            (factor * sum2).Store(ref result, at + (2 * width));
            (factor * sum3).Store(ref result, at + (3 * width));
        }

        for (; j < c12.Length; j++)
        {
            var rho = Math.Clamp(c12[j] * (left * right[start + j]), -1.0, 1.0);
            var x = parity == Parity.None ? rho : rho * rho;
            var sum = 0.0;
            for (var t = p.Length - 1; t >= 0; t--)
            {
                sum = Math.FusedMultiplyAdd(sum, x, p[t] * q[t][start + j]);
            }

            target[j] = factor * (parity == Parity.Odd ? sum * rho : sum);
        }
    }

    /// <summary>Every coefficient of the points of a row can be read: the loops above do so unchecked.</summary>
    private static void CheckReach(double[] right, ReadOnlySpan<double[]> q, int start, int count)
    {
        _ = right.AsSpan(start, count);
        foreach (var coefficients in q)
        {
            _ = coefficients.AsSpan(start, count);
        }
    }

    private static V Correlation<V>(V c12, V left, V right)
        where V : struct, ILanes<V> =>
        V.Min(V.Max(c12 * (left * right), -1.0), 1.0);
}
