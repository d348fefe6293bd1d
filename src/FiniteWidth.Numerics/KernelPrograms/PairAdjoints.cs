namespace FiniteWidth.Numerics;

/// <summary>What pairs of points contribute to a gradient: parts that add up, until the diagonal concludes them.</summary>
public sealed class PairAdjoints
{
    /// <summary>No contribution yet.</summary>
    public PairAdjoints(int weights, int nodes, int points)
    {
        Weights = new double[weights];
        Variances = new double[nodes][];
        for (var node = 0; node < nodes; node++)
        {
            Variances[node] = new double[points];
        }
    }

    /// <summary>To the derivative in each weight.</summary>
    public double[] Weights { get; }

    /// <summary>To the derivative in the variance of each point, a row a node: the left points, then the right ones.</summary>
    public double[][] Variances { get; }
}
