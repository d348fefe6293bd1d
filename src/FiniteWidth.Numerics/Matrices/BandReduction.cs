using System;

namespace FiniteWidth.Numerics;

/// <summary>
/// A = Q B Q^T with B of few entries beside its diagonal, and the tridiagonal form of B, whose basis is not kept. Q leaves the first
/// coordinate alone, and so does what takes B to its tridiagonal form.
/// </summary>
public sealed class BandReduction
{
    private readonly Action<Matrix, bool> rotate;

    internal BandReduction(BandMatrix form, TridiagonalMatrix tridiagonal, Action<Matrix, bool> rotate) =>
        (Form, Tridiagonal, this.rotate) = (form, tridiagonal, rotate);

    /// <summary>B.</summary>
    public BandMatrix Form { get; }

    /// <summary>A tridiagonal matrix of the same eigenvalues, whose eigenvectors have the same first components.</summary>
    public TridiagonalMatrix Tridiagonal { get; }

    /// <summary>C := Q^T C. Shape: C n x k.</summary>
    public void Rotate(Matrix c) => rotate(Checked(c), false);

    /// <summary>C := Q C. Shape: C n x k.</summary>
    public void RotateBack(Matrix c) => rotate(Checked(c), true);

    private Matrix Checked(Matrix c)
    {
        ArgumentNullException.ThrowIfNull(c);
        Require.Shape(c, Form.Size, c.Columns, nameof(c));
        return c;
    }
}
