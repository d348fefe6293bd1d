using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FiniteWidth.Numerics.Programs;
using FiniteWidth.Numerics.Series;
using FiniteWidth.Numerics.Vectors;

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
    private const int FirstOrder = 32;

    // Below it the tail is lost in the rounding of E[sigma^2].
    private const double SmallestTolerance = 1e-13;

    // The inverse square roots of two variances above it have a product that does not overflow.
    private const double SmallestCorrelated = 1e-300;

    private readonly Func<double, double> sigma;
    private readonly Lazy<SmallVariances> small;

    /// <summary>The map of <paramref name="sigma"/>, with the largest truncation error that is tolerated and the largest order.</summary>
    /// <param name="sigma">The activation: smooth between isolated points, and safe to call from several threads.</param>
    /// <param name="tolerance">Relative to E[sigma^2] - E[sigma]^2.</param>
    /// <param name="largestOrder">The order beyond which the map gives up, with an <see cref="InaccurateKernelException"/>.</param>
    public HermiteMap(Func<double, double> sigma, double tolerance = 1e-10, int largestOrder = 1000)
    {
        ArgumentNullException.ThrowIfNull(sigma);
        if (!(tolerance is >= SmallestTolerance and < 1.0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(tolerance),
                $"The tolerance of a kernel series is {tolerance}; it must lie between {SmallestTolerance} and 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(largestOrder, HermiteExpansion.SmallestOrder);
        this.sigma = sigma;
        Tolerance = tolerance;
        LargestOrder = largestOrder;
        small = new(() => new SmallVariances(sigma));
    }

    /// <summary>The largest truncation error, relative to E[sigma^2] - E[sigma]^2.</summary>
    public double Tolerance { get; }

    /// <summary>The largest number of the last term.</summary>
    public int LargestOrder { get; }

    /// <inheritdoc/>
    public override double Variance(double c) => Place(c, 0).SecondMoment;

    /// <inheritdoc/>
    public override double VarianceDerivative(double c)
    {
        const int Order = 16;
        double[] slope = new double[Order], curvature = new double[Order];
        if (!small.Value.TryDerivatives(c, slope, curvature))
        {
            var floor = Math.Max(c, HermiteExpansion.SmallestVariance);
            return 0.5 * Place(floor, 0).SecondMomentCurvature / floor;
        }

        // E[sigma'^2] + E[sigma sigma''], by their series.
        var value = new double[Order];
        HermiteProjection.Project(Place(c, Order), value);
        return RowArithmetic.Dot(slope, slope) + RowArithmetic.Dot(value, curvature);
    }

    /// <inheritdoc/>
    public override double Mean(double c) => Expand(c, 0, new NormalNodes(sigma)).Value[0];

    /// <inheritdoc/>
    public override double MeanDerivative(double c) => 0.5 * Expand(c, 0, new NormalNodes(sigma)).Curvature[0];

    /// <summary>The order that points of these variances need, and the error that it leaves.</summary>
    /// <exception cref="InaccurateKernelException">No order up to <see cref="LargestOrder"/> meets the tolerance.</exception>
    public SeriesAccuracy Estimate(ReadOnlySpan<double> variances)
    {
        var expansions = ExpandAll(Distinct(variances, out _), out var order);
        var error = 0.0;
        foreach (var expansion in expansions)
        {
            error = Math.Max(error, expansion.ErrorAt(order));
        }

        return new(order, error);
    }

    /// <inheritdoc/>
    /// <remarks>The features are 1/sqrt(c), then a_k, d_k and e_k in turn, each for k from 0 to the order.</remarks>
    /// <exception cref="InaccurateKernelException">No order up to <see cref="LargestOrder"/> meets the tolerance.</exception>
    public override double[][] Prepare(ReadOnlySpan<double> variances)
    {
        var distinct = Distinct(variances, out var index);
        var expansions = ExpandAll(distinct, out var order);
        var terms = order + 1;
        var features = new double[1 + (3 * terms)][];
        for (var f = 0; f < features.Length; f++)
        {
            features[f] = new double[variances.Length];
        }

        for (var i = 0; i < index.Length; i++)
        {
            var c = distinct[index[i]];
            features[0][i] = c > SmallestCorrelated ? 1.0 / Math.Sqrt(c) : 0.0;
        }

        Work.For(terms, () => features, (k, target) =>
        {
            for (var i = 0; i < index.Length; i++)
            {
                var expansion = expansions[index[i]];
                target[1 + k][i] = expansion.Value[k];

                // Without the last slope the derivative is that of the truncated series.
                target[1 + terms + k][i] = k < order ? expansion.Slope[k] : 0.0;
                target[1 + (2 * terms) + k][i] = expansion.Curvature[k];
            }
        });
        return features;
    }

    /// <inheritdoc/>
    public override void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
    {
        Require.SameLength(c12.Length, k.Length);
        CheckPreparedTogether(left, right);
        if (Vector512.IsHardwareAccelerated)
        {
            HermiteSeries.Map<Lanes512>(left, i, right, start, c12, k);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            HermiteSeries.Map<Lanes256>(left, i, right, start, c12, k);
        }
        else
        {
            HermiteSeries.Map<Lanes128>(left, i, right, start, c12, k);
        }
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
        CheckPreparedTogether(left, right);
        if (Vector512.IsHardwareAccelerated)
        {
            HermiteSeries.Derivatives<Lanes512>(left, i, right, start, c12, d12, d11, d22);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            HermiteSeries.Derivatives<Lanes256>(left, i, right, start, c12, d12, d11, d22);
        }
        else
        {
            HermiteSeries.Derivatives<Lanes128>(left, i, right, start, c12, d12, d11, d22);
        }
    }

    /// <summary>The different variances, and which of them each point has.</summary>
    private static double[] Distinct(ReadOnlySpan<double> variances, out int[] index)
    {
        var seen = new Dictionary<double, int>();
        var distinct = new List<double>();
        index = new int[variances.Length];
        for (var i = 0; i < index.Length; i++)
        {
            Require.Variance(variances[i], i);
            if (!seen.TryGetValue(variances[i], out index[i]))
            {
                index[i] = distinct.Count;
                seen.Add(variances[i], index[i]);
                distinct.Add(variances[i]);
            }
        }

        return [.. distinct];
    }

    private static void CheckPreparedTogether(double[][] left, double[][] right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException(
                "The points on the left and on the right have series of different orders; prepare them in one call, and index into that.");
        }
    }

    private NormalNodes Place(double c, int order)
    {
        Require.Variance(c);
        var nodes = new NormalNodes(sigma);
        nodes.Place(c, order);
        return nodes;
    }

    private HermiteExpansion Expand(double c, int order, NormalNodes nodes)
    {
        Require.Variance(c);
        return HermiteExpansion.At(c, order, nodes, small.Value);
    }

    /// <summary>The expansions at all variances, to at least the smallest order that is enough for every one of them.</summary>
    private HermiteExpansion[] ExpandAll(double[] variances, out int order)
    {
        order = 0;
        if (variances.Length == 0)
        {
            return [];
        }

        // The largest variance mostly needs the highest order: it tells what to try for the rest.
        double[] largest = [variances.Max()];
        var trial = Math.Min(FirstOrder, LargestOrder);
        while ((order = SufficientOrder(ExpandTo(largest, trial))) < 0)
        {
            trial = Longer(trial, largest);
        }

        trial = order;
        HermiteExpansion[] expansions;
        while ((order = SufficientOrder(expansions = ExpandTo(variances, trial))) < 0)
        {
            trial = Longer(trial, variances);
        }

        return expansions;
    }

    private HermiteExpansion[] ExpandTo(double[] variances, int order)
    {
        var expansions = new HermiteExpansion[variances.Length];
        Work.For(variances.Length, () => new NormalNodes(sigma), (i, nodes) => expansions[i] = Expand(variances[i], order, nodes));
        return expansions;
    }

    private int SufficientOrder(HermiteExpansion[] expansions)
    {
        var largest = 0;
        foreach (var expansion in expansions)
        {
            var order = expansion.OrderFor(Tolerance);
            if (order < 0)
            {
                return -1;
            }

            largest = Math.Max(largest, order);
        }

        return largest;
    }

    private int Longer(int order, double[] variances)
    {
        if (order >= LargestOrder)
        {
            var error = ExpandTo(variances, order).Max(expansion => expansion.FluctuationBeyond(order));
            throw new InaccurateKernelException(
                $"A kernel series of order {LargestOrder} leaves out {error:g2} of E[sigma^2] - E[sigma]^2 at variances up to {variances.Max():g3}, above the tolerance {Tolerance:g2}; "
                + "allow a larger tolerance or order, or use an activation with a closed form.");
        }

        return Math.Min(LargestOrder, Math.Max(order + 8, 3 * order / 2));
    }
}
