using System;

namespace FiniteWidth.Numerics.Krylov;

/// <summary>One block of a block Lanczos run: orthonormal vectors and how K couples them.</summary>
/// <param name="Vectors">Q_j, b_j x P: orthonormal rows, orthogonal to those of all earlier blocks.</param>
/// <param name="Diagonal">A_j = Q_j K Q_j^T (b_j x b_j), or null while the block has not been multiplied with K.</param>
/// <param name="Coupling">C_j = Q_j K Q_(j+1)^T (b_j x b_(j+1)), or null with <paramref name="Diagonal"/>.</param>
public sealed record KrylovBlock(Matrix Vectors, Matrix? Diagonal, Matrix? Coupling)
{
    /// <summary>b_j.</summary>
    public int Width => checked((int)Vectors.Rows);
}
