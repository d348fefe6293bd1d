using System;

namespace FiniteWidth.Numerics;

/// <summary>Nodes x_i in increasing order and weights w_i, so that an integral is about sum_i w_i f(x_i).</summary>
public sealed class QuadratureRule
{
    private readonly double[] nodes;
    private readonly double[] weights;

    internal QuadratureRule(double[] nodes, double[] weights)
    {
        this.nodes = nodes;
        this.weights = weights;
    }

    /// <summary>Number of nodes; polynomials of degree 2 Order - 1 are integrated exactly.</summary>
    public int Order => nodes.Length;

    /// <summary>The nodes in increasing order.</summary>
    public ReadOnlySpan<double> Nodes => nodes;

    /// <summary>The weights, one a node.</summary>
    public ReadOnlySpan<double> Weights => weights;

    /// <summary>sum_i w_i f(x_i).</summary>
    public double Integrate(Func<double, double> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var sum = 0.0;
        for (var i = 0; i < nodes.Length; i++)
        {
            sum += weights[i] * f(nodes[i]);
        }

        return sum;
    }
}
