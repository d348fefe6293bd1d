namespace FiniteWidth.Numerics;

/// <summary>A symmetric matrix F of few entries, to which a larger one has been reduced.</summary>
public interface ISymmetricForm
{
    /// <summary>shift I + scale F factorised, which must be positive; null where it is not.</summary>
    FormFactor? Factor(double shift, double scale);
}
