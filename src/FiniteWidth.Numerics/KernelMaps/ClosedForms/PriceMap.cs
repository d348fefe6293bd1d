using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>E[sigma'(z1) sigma'(z2)] as the derivative in c12 of a kernel map in closed form.</summary>
internal sealed class PriceMap(DualMap dual) : PairMap
{
    // Pairs whose derivatives fit the stack.
    private const int Segment = 384;

    /// <remarks>At variance 0 the limit from above: a kink counts with the average of its two slopes' squares.</remarks>
    public override double Variance(double c)
    {
        Require.Variance(c);
        Span<double> variance = [Math.Max(c, ScaledVariance.SmallestNormal)];
        Span<double> slope = [0.0];
        var point = dual.Prepare(variance);
        Map(point, 0, point, 0, variance, slope);
        return slope[0];
    }

    public override double[][] Prepare(ReadOnlySpan<double> variances) => dual.Prepare(variances);

    public override void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
    {
        Require.SameLength(c12.Length, k.Length);
        Span<double> left11 = stackalloc double[Segment], right22 = stackalloc double[Segment];
        for (var j = 0; j < c12.Length; j += Segment)
        {
            var count = Math.Min(Segment, c12.Length - j);
            dual.Derivatives(left, i, right, start + j, c12.Slice(j, count), k.Slice(j, count), left11[..count], right22[..count]);
        }
    }
}
