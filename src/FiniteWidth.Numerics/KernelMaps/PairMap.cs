using System;

namespace FiniteWidth.Numerics;

/// <summary>A function of the covariance [[c11, c12], [c12, c22]] of a Gaussian pair, applied to whole kernels entry by entry.</summary>
/// <remarks>
/// A point of the data enters only through its variance c: whatever depends on c alone is computed once a point by
/// <see cref="Prepare"/>, and the map over rows of a matrix reads it from there.
/// </remarks>
public abstract class PairMap
{
    /// <summary>The value for a point of variance c with itself.</summary>
    public abstract double Variance(double c);

    /// <summary>What the map needs of points with these variances: one array a feature, each as long as <paramref name="variances"/>.</summary>
    public abstract double[][] Prepare(ReadOnlySpan<double> variances);

    /// <summary>
    /// k[j] := the value between point <paramref name="i"/> of <paramref name="left"/> and the points
    /// <paramref name="start"/> + j of <paramref name="right"/>, whose covariances are c12[j]. In place (k = c12) is allowed.
    /// </summary>
    public abstract void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k);

    /// <summary>
    /// The values of prepared points with themselves as <see cref="Map"/> has them: what it leaves out is left out here, so that points
    /// which are the same have the same row in a kernel.
    /// </summary>
    internal virtual double[] Variances(double[][] points, double[] variances) => Work.Tabulate(Variance, variances);
}
