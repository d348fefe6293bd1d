using System;
using System.Numerics;

namespace FiniteWidth.Numerics;

/// <summary>Linear algebra without a native library, vectorised and on all processors.</summary>
public sealed unsafe class ManagedLinearAlgebra : LinearAlgebraProvider
{
    // Rows of the factor eliminated together: wide enough for the products to dominate.
    private const int Block = 64;

    // Right-hand sides solved together, so that a row of them stays in the first-level cache.
    private const int Strip = 256;

    internal ManagedLinearAlgebra()
    {
    }

    /// <inheritdoc/>
    public override string Description =>
        $"managed ({8 * sizeof(double) * Vector<double>.Count}-bit vectors, "
        + $"{Environment.ProcessorCount} thread{(Environment.ProcessorCount == 1 ? "" : "s")})";

    /// <inheritdoc/>
    public override void Gram(Matrix x, double scale, Matrix c)
    {
        Shapes.Gram(x, c);
        Scale(c, 0);
        RowProducts.Add(scale, x, x, c, lower: true);
        Triangle.MirrorLower(c);
    }

    /// <inheritdoc/>
    public override void GramLower(Matrix x, bool transpose, double scale, Matrix c)
    {
        Shapes.Gram(x, transpose, c);
        using var columns = transpose ? Transpose(x) : null;
        Scale(c, 0);
        RowProducts.Add(scale, columns ?? x, columns ?? x, c, lower: true);
    }

    /// <inheritdoc/>
    public override void Multiply(double alpha, Matrix a, bool transposeA, Matrix b, bool transposeB, double beta, Matrix c)
    {
        Shapes.Product(a, transposeA, b, transposeB, c);
        Scale(c, beta);
        using var copyA = transposeA ? Transpose(a) : null;
        using var copyB = transposeB ? null : Transpose(b);
        RowProducts.Add(alpha, copyA ?? a, copyB ?? b, c, lower: false);
    }

    /// <inheritdoc/>
    public override void Multiply(double alpha, Matrix a, bool transposeA, ReadOnlySpan<double> x, double beta, Span<double> y)
    {
        Shapes.Product(a, transposeA, x.Length, y.Length);
        RowOperations.Scale(y, beta);
        fixed (double* from = x, to = y)
        {
            for (nint i = 0; i < a.Rows; i++)
            {
                var row = a.Pointer + (i * a.Stride);
                if (transposeA)
                {
                    RowOperations.Add(alpha * from[i], row, to, a.Columns);
                }
                else
                {
                    to[i] += alpha * RowProducts.Dot(row, from, a.Columns);
                }
            }
        }

        GC.KeepAlive(a);
    }

    /// <inheritdoc/>
    public override void Multiply<T>(
        double alpha, MatrixSpan<T> a, bool transposeA, MatrixSpan<T> b, bool transposeB, double beta, MatrixSpan<T> c)
    {
        Shapes.Product(a, transposeA, b, transposeB, c);
        SpanProducts.Multiply(T.CreateChecked(alpha), a, transposeA, b, transposeB, T.CreateChecked(beta), c);
    }

    /// <inheritdoc/>
    public override nint Cholesky(Matrix a)
    {
        Shapes.Square(a, "A Cholesky factorisation");
        var n = a.Rows;
        for (nint first = 0; first < n; first += Block)
        {
            var size = Math.Min(Block, n - first);
            var below = first + size;
            var done = a.View(first, 0, size, first);
            var diagonal = a.View(first, first, size, size);
            RowProducts.Add(-1, done, done, diagonal, lower: true);
            var failing = CholeskyUnblocked(diagonal);
            if (failing > 0)
            {
                return first + failing;
            }

            var rest = a.View(below, first, n - below, size);
            RowProducts.Add(-1, a.View(below, 0, n - below, first), done, rest, lower: false);
            RowOperations.ForEach(rest.Rows, rest.Rows * size * size, i => SolveRow(diagonal, rest.Pointer + (i * rest.Stride), size));
        }

        GC.KeepAlive(a);
        return 0;
    }

    /// <inheritdoc/>
    public override double LogDeterminant(Matrix factor) => Triangle.LogDeterminant(factor);

    /// <inheritdoc/>
    public override void SolveTriangular(Matrix factor, bool transpose, Matrix b)
    {
        ArgumentNullException.ThrowIfNull(b);
        Shapes.Solve(factor, b.Rows, nameof(b));
        var strips = (b.Columns + Strip - 1) / Strip;
        RowOperations.ForEach(strips, b.Rows * b.Rows * b.Columns, s =>
        {
            var strip = b.View(0, s * Strip, b.Rows, Math.Min(Strip, b.Columns - (s * Strip)));
            SolveStrip(factor, transpose, strip, 0);
        });
        GC.KeepAlive(factor);
        GC.KeepAlive(b);
    }

    /// <inheritdoc/>
    public override void Solve(Matrix factor, Span<double> b)
    {
        Shapes.Solve(factor, b.Length, nameof(b));
        fixed (double* entries = b)
        {
            SolveRow(factor, entries, factor.Rows);
            for (var i = factor.Rows - 1; i >= 0; i--)
            {
                var row = factor.Pointer + (i * factor.Stride);
                entries[i] /= row[i];
                RowOperations.Add(-entries[i], row, entries, i);
            }
        }

        GC.KeepAlive(factor);
    }

    /// <inheritdoc/>
    public override void Invert(Matrix factor)
    {
        Shapes.Square(factor, "An inverse");
        var n = factor.Rows;
        for (nint i = 0; i < n; i++)
        {
            if (factor[i, i] == 0)
            {
                throw new ArgumentException(
                    $"A Cholesky factor has positive diagonal entries, but entry ({i}, {i}) is 0.", nameof(factor));
            }
        }

        // A^(-1) = W^T W with W = L^(-1), whose columns are zero above the diagonal.
        using var inverse = Matrix.Zeros(n, n);
        for (nint i = 0; i < n; i++)
        {
            inverse[i, i] = 1;
        }

        RowOperations.ForEach((n + Strip - 1) / Strip, n * n * n, s =>
        {
            var first = s * Strip;
            SolveStrip(factor, transpose: false, inverse.View(0, first, n, Math.Min(Strip, n - first)), first);
        });
        using var columns = Transpose(inverse);
        Gram(columns, 1, factor);
    }

    /// <inheritdoc/>
    public override double[] Eigen(Matrix a)
    {
        Shapes.Square(a, "An eigendecomposition");
        return Diagonalised(a, vectors: true);
    }

    /// <inheritdoc/>
    public override TridiagonalReduction Tridiagonalize(Matrix a)
    {
        Shapes.Square(a, "A tridiagonal reduction");
        Triangle.RequireFinite(a);
        return SymmetricEigen.Tridiagonalize(a);
    }

    /// <inheritdoc/>
    public override void Rotate(TridiagonalReduction reduction, Matrix c)
    {
        Shapes.Rotation(reduction, c);
        SymmetricEigen.Rotate(reduction, back: false, c);
    }

    /// <inheritdoc/>
    public override void RotateBack(TridiagonalReduction reduction, Matrix c)
    {
        Shapes.Rotation(reduction, c);
        SymmetricEigen.Rotate(reduction, back: true, c);
    }

    /// <inheritdoc/>
    public override double[] Eigenvalues(Matrix a)
    {
        Shapes.Square(a, "An eigendecomposition");
        return Diagonalised(a, vectors: false);
    }

    /// <inheritdoc/>
    public override void EnterSingleThreaded()
    {
        // Nothing here would disturb the other threads of a parallel loop.
    }

    /// <inheritdoc/>
    public override void LeaveSingleThreaded()
    {
        // Nothing was changed, so nothing is restored.
    }

    /// <inheritdoc/>
    public override void LimitThreads(int most)
    {
        // A call uses the runtime's threads, as many as its processors.
    }

    private static double[] Diagonalised(Matrix a, bool vectors)
    {
        Triangle.RequireFinite(a);
        return SymmetricEigen.TrySolve(a, vectors, out var values)
            ? values
            : throw new ArithmeticException("The managed symmetric eigenvalue solver did not converge.");
    }

    private static nint CholeskyUnblocked(Matrix a)
    {
        for (nint j = 0; j < a.Rows; j++)
        {
            var row = a.Pointer + (j * a.Stride);
            SolveRow(a, row, j);
            var pivot = row[j] - RowProducts.Dot(row, row, j);
            if (!(pivot > 0 && double.IsFinite(pivot)))
            {
                return j + 1;
            }

            row[j] = Math.Sqrt(pivot);
        }

        return 0;
    }

    /// <summary>x := L^(-1) x with the leading block of L.</summary>
    private static void SolveRow(Matrix factor, double* x, nint size)
    {
        for (nint i = 0; i < size; i++)
        {
            var row = factor.Pointer + (i * factor.Stride);
            x[i] = (x[i] - RowProducts.Dot(row, x, i)) / row[i];
        }
    }

    /// <summary>B := L^(-1) B or L^(-T) B for few right-hand sides, whose rows before <paramref name="first"/> are zero.</summary>
    private static void SolveStrip(Matrix factor, bool transpose, Matrix b, nint first)
    {
        nint n = b.Rows, k = b.Columns;
        for (var step = first; step < n; step++)
        {
            var i = transpose ? n - 1 - step : step;
            var target = b.Pointer + (i * b.Stride);
            var (from, to) = transpose ? (i + 1, n) : (first, i);
            // Entry (i, j) of op(L) as j runs.
            var entry = factor.Pointer + (transpose ? i : i * factor.Stride);
            var stride = transpose ? factor.Stride : 1;
            for (var j = from; j < to; j++)
            {
                RowOperations.Add(-entry[j * stride], b.Pointer + (j * b.Stride), target, k);
            }

            var pivot = factor.Pointer[(i * factor.Stride) + i];
            for (nint j = 0; j < k; j++)
            {
                target[j] /= pivot;
            }
        }
    }

    private static Matrix Transpose(Matrix a)
    {
        const int tile = 32;
        nint rows = a.Rows, columns = a.Columns;
        var result = Matrix.Uninitialized(columns, rows);
        RowOperations.ForEach((columns + tile - 1) / tile, rows * columns, t =>
        {
            for (nint j = 0; j < rows; j += tile)
            {
                for (var i = t * tile; i < Math.Min((t + 1) * tile, columns); i++)
                {
                    for (var k = j; k < Math.Min(j + tile, rows); k++)
                    {
                        result.Pointer[(i * rows) + k] = a.Pointer[(k * a.Stride) + i];
                    }
                }
            }
        });
        GC.KeepAlive(a);
        return result;
    }

    private static void Scale(Matrix c, double factor)
    {
        if (c.Columns > 0)
        {
            RowOperations.ForEach(c.Rows, c.Rows * c.Columns, i => RowOperations.Scale(c.Row(i), factor));
        }
    }
}
