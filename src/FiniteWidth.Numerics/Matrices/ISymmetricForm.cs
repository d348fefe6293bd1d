namespace FiniteWidth.Numerics;

/// <summary>A symmetric matrix F of few entries, to which a larger one has been reduced.</summary>
public interface ISymmetricForm
{
    /// <summary>n.</summary>
    int Size { get; }

    /// <summary>shift I + scale F factorised, which must be positive; null where it is not.</summary>
    IFormFactor? Factor(double shift, double scale);
}

/// <summary>A positive matrix A = shift I + scale F, factorised.</summary>
public interface IFormFactor
{
    /// <summary>B := A^(-1) B. Shape: B n x k.</summary>
    void Solve(Matrix b);

    /// <summary>b^T A^(-1) b for every column b of B: one pass over B. Shape: B n x k.</summary>
    double[] QuadraticForms(Matrix b);
}
