using System;

namespace FiniteWidth.Numerics;

/// <summary>
/// The kernel map (dual activation) of one activation sigma: E[sigma(z1) sigma(z2)] for a Gaussian pair with covariance
/// [[c11, c12], [c12, c22]], its derivatives, and the mean E[sigma(z)].
/// </summary>
/// <remarks>
/// A point of the data enters only through its variance c: whatever depends on c alone is computed once a point by
/// <see cref="Prepare"/>, and the maps over rows of a matrix read it from there.
/// </remarks>
public abstract class DualMap
{
    /// <summary>E[sigma(z)^2] for z of variance c.</summary>
    public abstract double Variance(double c);

    /// <summary>d E[sigma(z)^2]/dc.</summary>
    public abstract double VarianceDerivative(double c);

    /// <summary>m(c) = E[sigma(z)]; 0 for an odd sigma.</summary>
    public abstract double Mean(double c);

    /// <summary>dm/dc.</summary>
    public abstract double MeanDerivative(double c);

    /// <summary>What the maps need of points with these variances: one array a feature, each as long as <paramref name="variances"/>.</summary>
    public abstract double[][] Prepare(ReadOnlySpan<double> variances);

    /// <summary>
    /// k[j] := E[sigma sigma] between point <paramref name="i"/> of <paramref name="left"/> and the points
    /// <paramref name="start"/> + j of <paramref name="right"/>, whose covariances are c12[j]. In place (k = c12) is allowed.
    /// </summary>
    public abstract void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k);

    /// <summary>
    /// The derivatives of <see cref="Map"/> in c12, in c11 (the variance of the left point) and in c22 (of the right points).
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
}
