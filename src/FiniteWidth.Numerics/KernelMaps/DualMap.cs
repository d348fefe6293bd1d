using System;

namespace FiniteWidth.Numerics;

/// <summary>
/// The kernel map (dual activation) of one activation sigma: E[sigma(z1) sigma(z2)] for a Gaussian pair with covariance
/// [[c11, c12], [c12, c22]], its derivatives, and the mean E[sigma(z)].
/// </summary>
/// <remarks>Its <see cref="PairMap.Variance"/> is E[sigma(z)^2].</remarks>
public abstract class DualMap : PairMap
{
    /// <summary>
    /// The kernel map E[sigma'(z1) sigma'(z2)] = dE[sigma(z1) sigma(z2)]/dc12 of the derivative (Price's theorem), or null where sigma
    /// jumps, so that E[sigma'^2] does not exist.
    /// </summary>
    public abstract PairMap? Slope { get; }

    /// <summary>Whether sigma is odd, so that the map of points without covariance is 0.</summary>
    internal virtual bool VanishesWithCovariance => false;

    /// <summary>d E[sigma(z)^2]/dc.</summary>
    public abstract double VarianceDerivative(double c);

    /// <summary>m(c) = E[sigma(z)]; 0 for an odd sigma.</summary>
    public abstract double Mean(double c);

    /// <summary>dm/dc.</summary>
    public abstract double MeanDerivative(double c);

    /// <summary>
    /// The derivatives of <see cref="PairMap.Map"/> in c12, in c11 (the variance of the left point) and in c22 (of the right points).
    /// The covariance and the two variances count as independent.
    /// </summary>
    public abstract void Derivatives(
        double[][] left,
        int i,
        double[][] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> d12,
        Span<double> d11,
        Span<double> d22);

    /// <summary>The derivatives of <see cref="PairMap.Variances"/>, each in the variance of its point.</summary>
    internal virtual double[] VarianceDerivatives(double[][] points, double[] variances) =>
        Work.Tabulate(VarianceDerivative, variances);
}
