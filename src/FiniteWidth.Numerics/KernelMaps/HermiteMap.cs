using System;
using System.Collections.Generic;
using System.Linq;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics;

/// <summary>
/// The kernel map of any activation by the Hermite (Mehler) series E[sigma(z1) sigma(z2)] = sum_k a_k(c11) a_k(c22) rho^k,
/// a_k(c) = E[sigma(sqrt(c) z) He_k(z)]/sqrt(k!).
/// </summary>
/// <remarks>
/// What lies beyond the order K changes the kernel by at most the geometric mean of the two tails E[sigma^2] - sum_(k&lt;=K) a_k^2.
/// K is the smallest order that keeps every tail below the tolerance, relative to E[sigma^2] - E[sigma]^2, for the points
/// that are prepared together; the points of one kernel must be. Smooth activations need tens of terms; with a kink
/// the tail falls as K^(-3/2) only, and with a jump as K^(-1/2).
/// </remarks>
public sealed class HermiteMap : DualMap
{
    // Below it the tail is lost in the rounding of E[sigma^2].
    private const double SmallestTolerance = 1e-13;

    // The kth term of the derivative's series is k/c times that of sigma's, and an order of a thousand has to do for real images.
    private const double SlopeTolerance = 1000.0;
    private const double LargestSlopeTolerance = 0.1;

    private readonly HermiteExpander expander;

    /// <summary>The map of <paramref name="sigma"/>, with the largest truncation error that is tolerated and the largest order.</summary>
    /// <param name="sigma">The activation: smooth between isolated points, and safe to call from several threads.</param>
    /// <param name="tolerance">Relative to E[sigma^2] - E[sigma]^2.</param>
    /// <param name="largestOrder">The order beyond which the map gives up, with an <see cref="InaccurateKernelException"/>.</param>
    /// <param name="kinks">Points where sigma may not be smooth: knowing them saves work, and missing some costs no accuracy.</param>
    public HermiteMap(
        Func<double, double> sigma,
        double tolerance = 1e-10,
        int largestOrder = 1000,
        IReadOnlyList<double>? kinks = null)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        if (!(tolerance is >= SmallestTolerance and < 1.0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(tolerance),
                $"The tolerance of a kernel series is {tolerance}; it must lie between {SmallestTolerance} and 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(largestOrder, HermiteExpansion.SmallestOrder);
        expander = new HermiteExpander(sigma, kinks is null ? [] : [.. kinks.Where(double.IsFinite).Order()]);
        Tolerance = tolerance;
        LargestOrder = largestOrder;
        Slope = new HermiteSlopeMap(expander, Math.Min(SlopeTolerance * tolerance, LargestSlopeTolerance), largestOrder);
    }

    /// <summary>The largest truncation error, relative to E[sigma^2] - E[sigma]^2.</summary>
    public double Tolerance { get; }

    /// <summary>The largest number of the last term.</summary>
    public int LargestOrder { get; }

    /// <inheritdoc/>
    public override PairMap? Slope { get; }

    /// <inheritdoc/>
    public override double Variance(double c) => Place(c, 0).SecondMoment;

    /// <inheritdoc/>
    public override double VarianceDerivative(double c)
    {
        const int Order = 16;
        double[] slope = new double[Order], curvature = new double[Order];
        if (!expander.Small.TryDerivatives(c, slope, curvature))
        {
            var floor = Math.Max(c, HermiteExpansion.SmallestVariance);
            return 0.5 * Place(floor, 0).SecondMomentCurvature / floor;
        }

        // E[sigma'^2] + E[sigma sigma''], by their series.
        var value = new double[Order];
        HermiteProjection.Project(Place(c, Order), value);
        return RowArithmetic.Dot(slope, slope) + RowArithmetic.Dot(value, curvature);
    }

    internal override bool VanishesWithCovariance => expander.Parity == Parity.Odd;

    /// <inheritdoc/>
    public override double Mean(double c) => expander.Expand(c, 0).Value[0];

    /// <inheritdoc/>
    public override double MeanDerivative(double c) => 0.5 * expander.Expand(c, 0).Curvature[0];

    /// <summary>The order that points of these variances need, and the error that it leaves.</summary>
    /// <exception cref="InaccurateKernelException">No order up to <see cref="LargestOrder"/> meets the tolerance.</exception>
    public SeriesAccuracy Estimate(ReadOnlySpan<double> variances)
    {
        var table = ExpansionTable.Create(expander, Tolerance, LargestOrder, variances);
        var error = 0.0;
        foreach (var expansion in table.Expansions)
        {
            error = Math.Max(error, expansion.ErrorAt(table.Order));
        }

        return new(table.Order, error);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The features are 1/sqrt(c), then the coefficients of sigma, of sigma' and of sigma'', as many of each, without those that
    /// vanish by parity.
    /// </remarks>
    /// <exception cref="InaccurateKernelException">No order up to <see cref="LargestOrder"/> meets the tolerance.</exception>
    public override double[][] Prepare(ReadOnlySpan<double> variances)
    {
        var table = ExpansionTable.Create(expander, Tolerance, LargestOrder, variances);
        var order = table.Order;
        Parity powers = expander.Parity, slopePowers = powers.Opposite();
        var terms = ((order - powers.First()) / powers.Step()) + 1;
        var features = new double[1 + (3 * terms)][];
        features[0] = HermiteFeatures.InverseDeviations(variances);
        for (var f = 1; f < features.Length; f++)
        {
            features[f] = new double[variances.Length];
        }

        Work.For(terms, () => features, (t, target) =>
        {
            var k = powers.First() + (t * powers.Step());
            var slope = slopePowers.First() + (t * slopePowers.Step());
            for (var i = 0; i < target[0].Length; i++)
            {
                var expansion = table.Of(i);
                target[1 + t][i] = expansion.Value[k];

                // Up to the order less one: the derivative is that of the truncated series.
                target[1 + terms + t][i] = slope < order ? expansion.Slope[slope] : 0.0;
                target[1 + (2 * terms) + t][i] = expansion.Curvature[k];
            }
        });
        return features;
    }

    /// <inheritdoc/>
    public override void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
    {
        Require.SameLength(c12.Length, k.Length);
        HermiteFeatures.CheckPreparedTogether(left, right);
        var terms = (left.Length - 1) / 3;
        Span<double> point = stackalloc double[HermiteFeatures.MaxOnStack];
        point = HermiteFeatures.Gather(left.AsSpan(1, terms), i, point);
        HermiteFeatures.Sum(expander.Parity, 1.0, point, right.AsSpan(1, terms), left[0][i], right[0], start, c12, k);
    }

    /// <inheritdoc/>
    public override void Derivatives(
        double[][] left,
        int i,
        double[][] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> d12,
        Span<double> d11,
        Span<double> d22)
    {
        Require.SameLength(c12.Length, d12.Length);
        Require.SameLength(c12.Length, d11.Length);
        Require.SameLength(c12.Length, d22.Length);
        HermiteFeatures.CheckPreparedTogether(left, right);
        var terms = (left.Length - 1) / 3;
        Range value = 1..(1 + terms), slope = (1 + terms)..(1 + (2 * terms)), curvature = (1 + (2 * terms))..;
        Parity powers = expander.Parity, slopePowers = powers.Opposite();
        Span<double> point = stackalloc double[HermiteFeatures.MaxOnStack];
        point = HermiteFeatures.Gather(left.AsSpan(slope), i, point);
        HermiteFeatures.Sum(slopePowers, 1.0, point, right.AsSpan(slope), left[0][i], right[0], start, c12, d12);
        point = HermiteFeatures.Gather(left.AsSpan(curvature), i, point);
        HermiteFeatures.Sum(powers, 0.5, point, right.AsSpan(value), left[0][i], right[0], start, c12, d11);
        point = HermiteFeatures.Gather(left.AsSpan(value), i, point);
        HermiteFeatures.Sum(powers, 0.5, point, right.AsSpan(curvature), left[0][i], right[0], start, c12, d22);
    }

    /// <summary>sum_k a_k(c)^2 over the terms of the series: less than E[sigma^2] by the tail.</summary>
    internal override double[] Variances(double[][] points, double[] variances)
    {
        var terms = (points.Length - 1) / 3;
        var sums = new double[variances.Length];
        AddProducts(points.AsSpan(1, terms), points.AsSpan(1, terms), sums);
        return sums;
    }

    /// <summary>sum_k s_k(c)^2 + a_k(c) b_k(c), s_k and b_k the coefficients of sigma' and of sigma''.</summary>
    internal override double[] VarianceDerivatives(double[][] points, double[] variances)
    {
        var terms = (points.Length - 1) / 3;
        Range value = 1..(1 + terms), slope = (1 + terms)..(1 + (2 * terms)), curvature = (1 + (2 * terms))..;
        var sums = new double[variances.Length];
        AddProducts(points.AsSpan(slope), points.AsSpan(slope), sums);
        AddProducts(points.AsSpan(value), points.AsSpan(curvature), sums);
        return sums;
    }

    private static void AddProducts(ReadOnlySpan<double[]> a, ReadOnlySpan<double[]> b, double[] sums)
    {
        for (var t = 0; t < a.Length; t++)
        {
            RowArithmetic.AddProduct(a[t], b[t], 1.0, sums);
        }
    }

    private NormalNodes Place(double c, int order)
    {
        Require.Variance(c);
        var nodes = expander.Nodes();
        nodes.Place(c, order);
        return nodes;
    }
}
