using System;

namespace FiniteWidth.Numerics;

/// <summary>A symmetric tridiagonal matrix T, n x n.</summary>
public sealed class TridiagonalMatrix
{
    private readonly double[] diagonal;
    private readonly double[] offDiagonal;

    /// <summary>T from its n diagonal entries and the n - 1 beside them.</summary>
    public TridiagonalMatrix(double[] diagonal, double[] offDiagonal)
    {
        ArgumentNullException.ThrowIfNull(diagonal);
        ArgumentNullException.ThrowIfNull(offDiagonal);
        if (offDiagonal.Length != Math.Max(0, diagonal.Length - 1))
        {
            throw new ArgumentException(
                $"A tridiagonal matrix with {diagonal.Length} diagonal entries has {Math.Max(0, diagonal.Length - 1)} beside them, not {offDiagonal.Length}.",
                nameof(offDiagonal));
        }

        this.diagonal = diagonal;
        this.offDiagonal = offDiagonal;
    }

    /// <summary>n.</summary>
    public int Size => diagonal.Length;

    /// <summary>The diagonal of T.</summary>
    public ReadOnlySpan<double> Diagonal => diagonal;

    /// <summary>The entries beside the diagonal.</summary>
    public ReadOnlySpan<double> OffDiagonal => offDiagonal;

    /// <summary>
    /// The eigenvalues of T in increasing order and the last component of each unit eigenvector: O(n^2), no eigenvectors are
    /// formed.
    /// </summary>
    public (double[] Values, double[] LastComponents) Spectrum()
    {
        var n = Size;
        var values = (double[])diagonal.Clone();
        var beside = new double[n];
        offDiagonal.CopyTo(beside, 0);
        using var last = Matrix.Zeros(n, 1);
        if (n > 0)
        {
            last[n - 1, 0] = 1;
        }

        if (!SymmetricEigen.Diagonalise(values, beside, last))
        {
            throw new ArithmeticException("The tridiagonal eigenvalue iteration did not converge.");
        }

        var components = new double[n];
        for (var i = 0; i < n; i++)
        {
            components[i] = last[i, 0];
        }

        Array.Sort(values, components);
        return (values, components);
    }

    /// <summary>shift I + scale T = L D L^T, which must be positive; null where it is not.</summary>
    public TridiagonalFactor? Factor(double shift, double scale)
    {
        var pivots = new double[Size];
        var multipliers = new double[offDiagonal.Length];
        for (var i = 0; i < pivots.Length; i++)
        {
            pivots[i] = shift + (scale * diagonal[i]);
            if (i > 0)
            {
                var beside = scale * offDiagonal[i - 1];
                multipliers[i - 1] = beside / pivots[i - 1];
                pivots[i] -= multipliers[i - 1] * beside;
            }

            if (!(pivots[i] > 0))
            {
                return null;
            }
        }

        return new TridiagonalFactor(pivots, multipliers);
    }
}
