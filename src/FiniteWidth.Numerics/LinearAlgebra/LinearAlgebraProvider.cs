using System;
using System.Numerics;
using System.Threading;

namespace FiniteWidth.Numerics;

/// <summary>
/// The dense linear algebra that the theory needs, over <see cref="Matrix"/>. Two implementations pass the same tests:
/// native BLAS and LAPACK, and the managed one of Math.NET Numerics.
/// </summary>
/// <remarks>
/// Symmetric matrices are full (both triangles) on input and output unless a method says otherwise. A Cholesky factor
/// is lower triangular, A = L L^T; the entries above its diagonal are not defined. Every matrix may be a view, and may be
/// empty. An output must not overlap an input. Shapes that do not fit throw an <see cref="ArgumentException"/>. Any
/// number of threads may call at once.
/// </remarks>
public abstract class LinearAlgebraProvider
{
    /// <summary>Short name for reports, for example "OpenBLAS 0.3.21 (Haswell, 2 threads)".</summary>
    public abstract string Description { get; }

    /// <summary>C := scale X X^T, both triangles, equal to the bit. Shapes: X n x m, C n x n.</summary>
    public abstract void Gram(Matrix x, double scale, Matrix c);

    /// <summary>
    /// The triangle on and below the diagonal of C := scale X X^T, or of scale X^T X where <paramref name="transpose"/>; the entries
    /// above it are not defined. Enough for a <see cref="Cholesky"/>.
    /// </summary>
    public abstract void GramLower(Matrix x, bool transpose, double scale, Matrix c);

    /// <summary>C := alpha op(A) op(B) + beta C, where op is the transpose where asked for.</summary>
    public abstract void Multiply(double alpha, Matrix a, bool transposeA, Matrix b, bool transposeB, double beta, Matrix c);

    /// <summary>y := alpha op(A) x + beta y.</summary>
    public abstract void Multiply(double alpha, Matrix a, bool transposeA, ReadOnlySpan<double> x, double beta, Span<double> y);

    /// <summary>C := alpha op(A) op(B) + beta C in single or double precision, without allocating.</summary>
    /// <exception cref="NotSupportedException">T is neither double nor float.</exception>
    public abstract void Multiply<T>(
        double alpha, MatrixSpan<T> a, bool transposeA, MatrixSpan<T> b, bool transposeB, double beta, MatrixSpan<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>
    /// Overwrites the lower triangle of the symmetric A (only that triangle is read) with its Cholesky factor.
    /// Returns 0, or the 1-based index of the first leading minor that is not positive (or not a finite number).
    /// </summary>
    public abstract nint Cholesky(Matrix a);

    /// <summary>log det A from the Cholesky factor of A.</summary>
    public abstract double LogDeterminant(Matrix factor);

    /// <summary>B := L^(-1) B, or L^(-T) B where <paramref name="transpose"/>. Shapes: L n x n, B n x k.</summary>
    public abstract void SolveTriangular(Matrix factor, bool transpose, Matrix b);

    /// <summary>b := A^(-1) b from the Cholesky factor of A.</summary>
    public abstract void Solve(Matrix factor, Span<double> b);

    /// <summary>Overwrites the Cholesky factor of A with A^(-1), both triangles.</summary>
    public abstract void Invert(Matrix factor);

    /// <summary>
    /// Eigenvalues of the symmetric A (only the lower triangle is read) in increasing order; A is overwritten by the
    /// eigenvectors, one a row: A = U^T diag(k) U with U the matrix on output.
    /// </summary>
    /// <exception cref="ArgumentException">An entry is infinite or not a number.</exception>
    /// <exception cref="ArithmeticException">The iteration did not converge.</exception>
    public abstract double[] Eigen(Matrix a);

    /// <summary>Eigenvalues of the symmetric A (only the lower triangle is read) in increasing order; A is destroyed.</summary>
    /// <exception cref="ArgumentException">An entry is infinite or not a number.</exception>
    /// <exception cref="ArithmeticException">The iteration did not converge.</exception>
    public abstract double[] Eigenvalues(Matrix a);

    /// <summary>
    /// Reduces the symmetric A (only its lower triangle is read) to A = Q T Q^T with T tridiagonal and Q orthogonal; A is
    /// overwritten by the reflections that make up Q. The last coordinate is left alone: Q e = e for the last unit vector e.
    /// </summary>
    public abstract TridiagonalReduction Tridiagonalize(Matrix a);

    /// <summary>C := Q^T C. Shape: C n x k.</summary>
    public abstract void Rotate(TridiagonalReduction reduction, Matrix c);

    /// <summary>C := Q C, what undoes <see cref="Rotate"/>. Shape: C n x k.</summary>
    public abstract void RotateBack(TridiagonalReduction reduction, Matrix c);

    /// <summary>
    /// Reduces the symmetric A (only its lower triangle is read) to a band, most of which multiplies blocks where the reduction to tridiagonal form reads what
    /// is left of A once a column; A is overwritten by the reflections that make up Q.
    /// </summary>
    /// <exception cref="NotSupportedException"><see cref="ReducesToBand"/> says no.</exception>
    public virtual BandReduction ReduceToBand(Matrix a) => throw new NotSupportedException($"{Description} does not reduce matrices of this size to a band.");

    /// <summary>Whether <see cref="ReduceToBand"/> takes matrices of so many rows.</summary>
    public virtual bool ReducesToBand(nint rows) => false;

    /// <summary>
    /// While the returned scope lives, native routines run on the calling thread only: many of them may then run at once
    /// inside a parallel loop. Scopes nest, and may be opened and disposed on any thread in any order.
    /// </summary>
    /// <remarks>The setting is the process's: calls made outside the scope meanwhile are single-threaded too.</remarks>
    public IDisposable SingleThreaded()
    {
        EnterSingleThreaded();
        return new Scope(this);
    }

    /// <summary>Opens a scope of <see cref="SingleThreaded"/> without allocating, to be left exactly once.</summary>
    public abstract void EnterSingleThreaded();

    /// <summary>Closes a scope that <see cref="EnterSingleThreaded"/> opened.</summary>
    public abstract void LeaveSingleThreaded();

    /// <summary>From now on a call uses at most so many threads, where the library lets itself be told: for processes that share a machine.</summary>
    public abstract void LimitThreads(int most);

    private sealed class Scope(LinearAlgebraProvider owner) : IDisposable
    {
        private LinearAlgebraProvider? owner = owner;

        public void Dispose() => Interlocked.Exchange(ref owner, null)?.LeaveSingleThreaded();
    }
}
