using System;

namespace FiniteWidth.Numerics.Krylov;

/// <summary>
/// A quadrature of the spectrum of K that serves every start vector of a block Lanczos run at once: x^T f(K) z is
/// sum_i f(node_i) x_i z_i, with x_i the components of x.
/// </summary>
/// <param name="Nodes">Eigenvalues of the projected matrix, in increasing order, none negative.</param>
/// <param name="Components">A row a start vector, a column a node.</param>
/// <param name="Vectors">The eigenvectors, a row a node, in the coordinates of the basis, and of one block more for the other rule.</param>
public sealed record KrylovRitz(double[] Nodes, Matrix Components, Matrix Vectors);
