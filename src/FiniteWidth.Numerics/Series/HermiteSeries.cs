using System;
using System.Runtime.InteropServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.Series;

/// <summary>Horner's rule for the sums over k of a_k a_k rho^k, d_k d_k rho^k and e_k a_k rho^k, over the pairs of one point with many.</summary>
/// <remarks>
/// The features are those of <see cref="HermiteMap.Prepare"/>: 1/sqrt(c), then a_k, d_k and e_k. The last few pairs go one by one
/// through the same roundings as whole vectors.
/// </remarks>
internal static class HermiteSeries
{
    private const int Unroll = 4;

    public static void Map<V>(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
        where V : struct, ILanes<V>
    {
        var terms = (left.Length - 1) / 3;
        Span<double> row = terms <= 256 ? stackalloc double[1 + terms] : new double[1 + terms];
        Gather(left, i, row);
        CheckReach(right, start, c12.Length);
        ref var source = ref MemoryMarshal.GetReference(c12);
        ref var target = ref MemoryMarshal.GetReference(k);
        var width = (nuint)V.Count;
        var j = 0;
        for (; j <= c12.Length - (Unroll * V.Count); j += Unroll * V.Count)
        {
            // Four independent recursions hide the latency of each.
            nuint at = (nuint)j, point = (nuint)(start + j);
            var rho0 = Correlation(V.Load(ref source, at), row[0], Feature<V>(right, 0, point));
            var rho1 = Correlation(V.Load(ref source, at + width), row[0], Feature<V>(right, 0, point + width));
            var rho2 = Correlation(V.Load(ref source, at + (2 * width)), row[0], Feature<V>(right, 0, point + (2 * width)));
            var rho3 = Correlation(V.Load(ref source, at + (3 * width)), row[0], Feature<V>(right, 0, point + (3 * width)));
            V sum0 = 0.0, sum1 = 0.0, sum2 = 0.0, sum3 = 0.0;
            for (var f = terms; f > 0; f--)
            {
                V a = row[f];
                ref var b = ref MemoryMarshal.GetArrayDataReference(right[f]);
                sum0 = V.Fma(sum0, rho0, a * V.Load(ref b, point));
                sum1 = V.Fma(sum1, rho1, a * V.Load(ref b, point + width));
                sum2 = V.Fma(sum2, rho2, a * V.Load(ref b, point + (2 * width)));
                sum3 = V.Fma(sum3, rho3, a * V.Load(ref b, point + (3 * width)));
            }

            sum0.Store(ref target, at);
            sum1.Store(ref target, at + width);
            sum2.Store(ref target, at + (2 * width));
            sum3.Store(ref target, at + (3 * width));
        }

        for (; j < c12.Length; j++)
        {
            var rho = Correlation(c12[j], row[0], right[0][start + j]);
            var sum = 0.0;
            for (var f = terms; f > 0; f--)
            {
                sum = Math.FusedMultiplyAdd(sum, rho, row[f] * right[f][start + j]);
            }

            k[j] = sum;
        }
    }

    public static void Derivatives<V>(
        double[][] left,
        int i,
        double[][] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> d12,
        Span<double> d11,
        Span<double> d22)
        where V : struct, ILanes<V>
    {
        var terms = (left.Length - 1) / 3;
        Span<double> row = terms <= 128 ? stackalloc double[left.Length] : new double[left.Length];
        Gather(left, i, row);
        CheckReach(right, start, c12.Length);
        ref var source = ref MemoryMarshal.GetReference(c12);
        var j = 0;
        for (; j <= c12.Length - V.Count; j += V.Count)
        {
            var point = (nuint)(start + j);
            var rho = Correlation(V.Load(ref source, (nuint)j), row[0], Feature<V>(right, 0, point));
            V slopes = 0.0, leftCurvature = 0.0, rightCurvature = 0.0;
            for (int a = terms, d = 2 * terms, e = 3 * terms; a > 0; a--, d--, e--)
            {
                slopes = V.Fma(slopes, rho, V.Broadcast(row[d]) * Feature<V>(right, d, point));
                leftCurvature = V.Fma(leftCurvature, rho, V.Broadcast(row[e]) * Feature<V>(right, a, point));
                rightCurvature = V.Fma(rightCurvature, rho, V.Broadcast(row[a]) * Feature<V>(right, e, point));
            }

            slopes.Store(ref MemoryMarshal.GetReference(d12), (nuint)j);
            (0.5 * leftCurvature).Store(ref MemoryMarshal.GetReference(d11), (nuint)j);
            (0.5 * rightCurvature).Store(ref MemoryMarshal.GetReference(d22), (nuint)j);
        }

        for (; j < c12.Length; j++)
        {
            var point = start + j;
            var rho = Correlation(c12[j], row[0], right[0][point]);
            double slopes = 0.0, leftCurvature = 0.0, rightCurvature = 0.0;
            for (int a = terms, d = 2 * terms, e = 3 * terms; a > 0; a--, d--, e--)
            {
                slopes = Math.FusedMultiplyAdd(slopes, rho, row[d] * right[d][point]);
                leftCurvature = Math.FusedMultiplyAdd(leftCurvature, rho, row[e] * right[a][point]);
                rightCurvature = Math.FusedMultiplyAdd(rightCurvature, rho, row[a] * right[e][point]);
            }

            d12[j] = slopes;
            d11[j] = 0.5 * leftCurvature;
            d22[j] = 0.5 * rightCurvature;
        }
    }

    /// <summary>The features of one point, next to one another.</summary>
    private static void Gather(double[][] features, int i, Span<double> row)
    {
        for (var f = 0; f < row.Length; f++)
        {
            row[f] = features[f][i];
        }
    }

    /// <summary>Every feature of the points of a row can be read: the loops below do so unchecked.</summary>
    private static void CheckReach(double[][] features, int start, int count)
    {
        foreach (var feature in features)
        {
            _ = feature.AsSpan(start, count);
        }
    }

    private static V Feature<V>(double[][] features, int f, nuint point)
        where V : struct, ILanes<V> =>
        V.Load(ref MemoryMarshal.GetArrayDataReference(features[f]), point);

    private static V Correlation<V>(V c12, V left, V right)
        where V : struct, ILanes<V> =>
        V.Min(V.Max(c12 * (left * right), -1.0), 1.0);

    private static double Correlation(double c12, double left, double right) => Math.Clamp(c12 * (left * right), -1.0, 1.0);
}
