using System;
using System.Collections.Generic;
using System.Linq;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>The expansions at the variances of many points, computed once for points of the same variance, to one order for all.</summary>
internal sealed class ExpansionTable
{
    private const int FirstOrder = 32;

    private readonly int[] index;

    private ExpansionTable(int[] index, HermiteExpansion[] expansions, int order)
    {
        this.index = index;
        Expansions = expansions;
        Order = order;
    }

    /// <summary>One for each different variance, to the order or beyond.</summary>
    public HermiteExpansion[] Expansions { get; }

    /// <summary>The smallest order that meets the tolerance at every variance.</summary>
    public int Order { get; }

    public static ExpansionTable Create(IExpander expander, double tolerance, int largestOrder, ReadOnlySpan<double> variances)
    {
        var distinct = Distinct(variances, out var index);
        if (distinct.Length == 0)
        {
            return new([], [], 0);
        }

        // The largest variance mostly needs the highest order: it tells what to try for the rest.
        var (_, trial) = Lengthen(expander, tolerance, largestOrder, [distinct.Max()], Math.Min(FirstOrder, largestOrder));
        var (expansions, order) = Lengthen(expander, tolerance, largestOrder, distinct, trial);
        return new(index, expansions, order);
    }

    /// <summary>The expansion at the variance of a point.</summary>
    public HermiteExpansion Of(int point) => Expansions[index[point]];

    /// <summary>The different variances, and which of them each point has.</summary>
    private static double[] Distinct(ReadOnlySpan<double> variances, out int[] index)
    {
        var seen = new Dictionary<double, int>();
        index = new int[variances.Length];
        for (var i = 0; i < index.Length; i++)
        {
            Require.Variance(variances[i], i);
            if (!seen.TryGetValue(variances[i], out index[i]))
            {
                index[i] = seen.Count;
                seen.Add(variances[i], index[i]);
            }
        }

        var distinct = new double[seen.Count];
        foreach (var (variance, place) in seen)
        {
            distinct[place] = variance;
        }

        return distinct;
    }

    /// <summary>Expansions of growing length, from a first trial on, until they meet the tolerance.</summary>
    private static (HermiteExpansion[] Expansions, int Order) Lengthen(
        IExpander expander,
        double tolerance,
        int largestOrder,
        double[] variances,
        int trial)
    {
        while (true)
        {
            var expansions = new HermiteExpansion[variances.Length];
            var length = trial;
            Work.For(variances.Length, expander.Nodes, (i, nodes) => expansions[i] = expander.Expand(variances[i], length, nodes));
            if (SufficientOrder(expansions, tolerance) is { } order)
            {
                return (expansions, order);
            }

            if (trial >= largestOrder)
            {
                var missing = expansions.Max(expansion => expansion.FluctuationBeyond(largestOrder));
                throw new InaccurateKernelException(
                    $"A kernel series of order {largestOrder} leaves out {missing:g2} of E[{expander.Symbol}^2] - "
                    + $"E[{expander.Symbol}]^2 at variances up to {variances.Max():g3}, above the tolerance {tolerance:g2}; allow a larger tolerance or order, or use an "
                    + "activation with a closed form.");
            }

            trial = Math.Min(largestOrder, Math.Max(trial + 8, 3 * trial / 2));
        }
    }

    private static int? SufficientOrder(HermiteExpansion[] expansions, double tolerance)
    {
        var largest = 0;
        foreach (var expansion in expansions)
        {
            if (expansion.OrderFor(tolerance) is not { } order)
            {
                return null;
            }

            largest = Math.Max(largest, order);
        }

        return largest;
    }
}
