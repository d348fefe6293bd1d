using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>An activation, with what is found out about it once, at first use, for expanding it at any variance.</summary>
internal sealed class HermiteExpander(Func<double, double> sigma, double[] kinks) : IExpander
{
    private readonly Lazy<Parity> parity = new(() => Parities.Of(sigma));
    private readonly Lazy<SmallVariances> small = new(() => new SmallVariances(sigma, kinks));

    public Parity Parity => parity.Value;

    public SmallVariances Small => small.Value;

    public string Symbol => "sigma";

    public NormalNodes Nodes() => new(sigma, kinks);

    public HermiteExpansion Expand(double c, int order) => Expand(c, order, Nodes());

    public HermiteExpansion Expand(double c, int order, NormalNodes nodes)
    {
        Require.Variance(c);
        return HermiteExpansion.At(c, order, Parity, nodes, Small);
    }
}
