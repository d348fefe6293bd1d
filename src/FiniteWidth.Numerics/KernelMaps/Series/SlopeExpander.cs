using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>The derivative of an activation: what the activation's own expansion says of sigma'.</summary>
internal sealed class SlopeExpander(HermiteExpander sigma) : IExpander
{
    public string Symbol => "sigma'";

    public NormalNodes Nodes() => sigma.Nodes();

    /// <exception cref="InaccurateKernelException">sigma jumps.</exception>
    public HermiteExpansion Expand(double c, int order, NormalNodes nodes)
    {
        var slope = sigma.Expand(c, order, nodes).Slope;
        return new(slope, [], [], sigma.Small.Covers(c) ? RowArithmetic.Dot(slope, slope) : OfNodes(nodes, c));
    }

    /// <summary>E[sigma'(z)^2], z of variance c.</summary>
    /// <exception cref="InaccurateKernelException">sigma jumps.</exception>
    public double SecondMoment(double c)
    {
        const int Order = 16;
        if (sigma.Small.Covers(c))
        {
            var slope = sigma.Expand(c, Order).Slope;
            return RowArithmetic.Dot(slope, slope);
        }

        var nodes = Nodes();
        nodes.Place(Math.Max(c, HermiteExpansion.SmallestVariance), 0);
        return OfNodes(nodes, c);
    }

    private static double OfNodes(NormalNodes nodes, double c)
    {
        var secondMoment = nodes.SlopeSecondMoment();
        return double.IsFinite(secondMoment)
            ? secondMoment
            : throw new InaccurateKernelException(
                $"The activation jumps, so that E[sigma'^2] does not exist at variance {c}; use a continuous activation.");
    }
}
