namespace FiniteWidth.Numerics.Solvers;

/// <summary>K = Q F Q^T, F tridiagonal.</summary>
public interface IKernelReduction
{
    /// <summary>F.</summary>
    TridiagonalMatrix Form { get; }

    /// <summary>B := Q^T B. Shape: B P x k.</summary>
    void Rotate(Matrix b);

    /// <summary>B := Q B. Shape: B P x k.</summary>
    void RotateBack(Matrix b);
}
