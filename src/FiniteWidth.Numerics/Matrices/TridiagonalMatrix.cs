using System;

namespace FiniteWidth.Numerics;

/// <summary>A symmetric tridiagonal matrix T, n x n.</summary>
public sealed class TridiagonalMatrix : ISymmetricForm
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
        using var last = Matrix.Zeros(n, 1);
        if (n > 0)
        {
            last[n - 1, 0] = 1;
        }

        var values = Rotated(last);
        var components = new double[n];
        for (var i = 0; i < n; i++)
        {
            components[i] = last[i, 0];
        }

        Array.Sort(values, components);
        return (values, components);
    }

    /// <summary>
    /// The eigenvalues of T in increasing order; B is overwritten by its components along the unit eigenvectors, a row each: O(n^2 k), no
    /// eigenvectors are formed. Shape: B n x k.
    /// </summary>
    public double[] Spectrum(Matrix b)
    {
        ArgumentNullException.ThrowIfNull(b);
        Require.Shape(b, Size, b.Columns, nameof(b));
        var values = Rotated(b);
        var order = new int[Size];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(values, order);
        using var rows = b.Clone();
        for (var i = 0; i < order.Length; i++)
        {
            rows.Row(order[i]).CopyTo(b.Row(i));
        }

        return values;
    }

    // Z^T B over B and the eigenvalues, in no order.
    private double[] Rotated(Matrix b)
    {
        var n = Size;
        var values = new double[n];
        var beside = new double[n];
        var scale = Scale();
        for (var i = 0; i < n; i++)
        {
            values[i] = diagonal[i] / scale;
            beside[i] = i < n - 1 ? offDiagonal[i] / scale : 0;
        }

        if (!ImplicitQl.Diagonalise(values, beside, b))
        {
            throw new ArithmeticException("The tridiagonal eigenvalue iteration did not converge.");
        }

        for (var i = 0; i < n; i++)
        {
            values[i] *= scale;
        }

        return values;
    }

    // A power of two, which rounds nothing, that brings the largest entry to order one.
    private double Scale()
    {
        var largest = 0.0;
        foreach (var entry in diagonal)
        {
            largest = Math.Max(largest, Math.Abs(entry));
        }

        foreach (var entry in offDiagonal)
        {
            largest = Math.Max(largest, Math.Abs(entry));
        }

        return largest == 0 ? 1 : Math.ScaleB(1, Math.Clamp(Math.ILogB(largest), -1000, 1000));
    }

    /// <inheritdoc/>
    FormFactor? ISymmetricForm.Factor(double shift, double scale) => Factor(shift, scale);

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
