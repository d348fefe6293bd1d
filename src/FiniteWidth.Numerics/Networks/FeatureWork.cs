namespace FiniteWidth.Numerics.Networks;

/// <summary>
/// Evaluates a <see cref="FeatureMap"/> and pulls gradients back through it, as matrix products over all points, in work space of
/// its own: after the first call of a kind, none allocates.
/// </summary>
/// <remarks>
/// Points and units are cut into blocks whose sizes depend on the shapes alone, so a result does not depend on the number of threads.
/// A position may hold more than the map's parameters, which come first; a gradient is as long as its position.
/// </remarks>
public abstract class FeatureWork
{
    internal FeatureWork(FeatureMap map) => Map = map;

    /// <summary>What is evaluated.</summary>
    public FeatureMap Map { get; }

    /// <summary>features := Phi, points x features.</summary>
    public abstract void Evaluate(double[] position, Matrix features);

    /// <summary>
    /// The first entries of the gradient := those of sum_ij B_ij Phi_ij in the map's parameters at the position of the last
    /// <see cref="Evaluate"/>, with B = <paramref name="upstream"/>.
    /// </summary>
    public abstract void PullBack(double[] position, Matrix upstream, double[] gradient);

    /// <summary>
    /// E = sum (F - Y)^2 of the outputs F = a Phi V^T, whose readout V (outputs x features) follows the map's parameters in the
    /// position; gradient := g/2 dE/dposition.
    /// </summary>
    public abstract double LeastSquares(
        double[] position, double readoutScale, Matrix targets, double gradientScale, double[] gradient);
}
