using System.Collections.Generic;

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
    /// From the next evaluation on, every kink of layer l is rounded over this distance on either side; 0 for none. Where there is no
    /// kink nothing changes.
    /// </summary>
    public abstract void RoundKinks(IReadOnlyList<double> distances);

    /// <summary>
    /// Prepares <see cref="EvaluateOnArc"/>: what first-layer weights from column <paramref name="leading"/> on add to the preactivations
    /// where they move as x cos t + r sin t.
    /// </summary>
    public abstract void PrepareArc(int leading, double[] position, double[] momentum);

    /// <summary>
    /// features := Phi, with the first-layer weights of the leading columns and all later parameters from <paramref name="position"/>,
    /// the others at angle t of the arc, whatever the position has for them.
    /// </summary>
    public abstract void EvaluateOnArc(double[] position, double angle, Matrix features);

    /// <summary>
    /// The gradient of <see cref="PullBack"/> at the position of the last <see cref="EvaluateOnArc"/>, but for the first-layer weights
    /// on the arc, whose entries are left as they are.
    /// </summary>
    public abstract void PullBackOnArc(double[] position, Matrix upstream, double[] gradient);

    /// <summary>
    /// E = sum (F - Y)^2 of the outputs F = a Phi V^T, whose readout V (outputs x features) follows the map's parameters in the
    /// position; gradient := g/2 dE/dposition.
    /// </summary>
    public abstract double LeastSquares(
        double[] position, double readoutScale, Matrix targets, double gradientScale, double[] gradient);
}
