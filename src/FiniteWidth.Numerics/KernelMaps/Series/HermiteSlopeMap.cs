using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>
/// E[sigma'(z1) sigma'(z2)] = sum_k d_k(c11) d_k(c22) rho^k, d_k(c) = sqrt(k + 1) a_(k+1)(c)/sqrt(c), to an order of its own: the
/// series of sigma' ends later than that of sigma.
/// </summary>
internal sealed class HermiteSlopeMap(HermiteExpander sigma, double tolerance, int largestOrder) : PairMap
{
    private readonly SlopeExpander expander = new(sigma);

    public override double Variance(double c)
    {
        Require.Variance(c);
        return expander.SecondMoment(c);
    }

    /// <remarks>The features are 1/sqrt(c), then the coefficients of sigma' that do not vanish by parity.</remarks>
    public override double[][] Prepare(ReadOnlySpan<double> variances)
    {
        var table = ExpansionTable.Create(expander, tolerance, largestOrder, variances);
        var powers = sigma.Parity.Opposite();
        var terms = ((table.Order - powers.First()) / powers.Step()) + 1;
        var features = new double[1 + terms][];
        features[0] = HermiteFeatures.InverseDeviations(variances);
        Work.For(terms, () => features, (t, target) =>
        {
            var k = powers.First() + (t * powers.Step());
            var coefficients = new double[target[0].Length];
            for (var i = 0; i < coefficients.Length; i++)
            {
                coefficients[i] = table.Of(i).Value[k];
            }

            target[1 + t] = coefficients;
        });
        return features;
    }

    public override void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
    {
        Require.SameLength(c12.Length, k.Length);
        HermiteFeatures.CheckPreparedTogether(left, right);
        Span<double> point = stackalloc double[HermiteFeatures.MaxOnStack];
        point = HermiteFeatures.Gather(left.AsSpan(1), i, point);
        HermiteFeatures.Sum(sigma.Parity.Opposite(), 1.0, point, right.AsSpan(1), left[0][i], right[0], start, c12, k);
    }
}
