using System;

namespace FiniteWidth.Numerics;

/// <summary>
/// The managed eigensolver: Householder reduction to tridiagonal form, then implicit QL. Eigenvectors are rows, so every
/// reflection and rotation runs along memory.
/// </summary>
/// <remarks>
/// Math.NET's solver is no substitute: of a projector of rank 2 at n = 130 it returns eigenvectors that are not even of unit
/// length, and nearly singular kernels are what this package is about.
/// </remarks>
internal static unsafe class SymmetricEigen
{
    // For entries of order one: a row whose squares sum to less is zero to far below rounding, and its norm might underflow.
    private const double Negligible = 1e-200;

    private const int RowBlock = 16;
    private const int Strip = 256;

    /// <summary>
    /// Eigenvalues of A (its lower triangle) in increasing order; where <paramref name="vectors"/>, A is overwritten by the
    /// eigenvectors as rows, else destroyed. False where QL did not converge.
    /// </summary>
    public static bool TrySolve(Matrix a, bool vectors, out double[] values)
    {
        var n = checked((int)a.Rows);
        values = new double[n];
        if (n == 0)
        {
            return true;
        }

        Triangle.MirrorLower(a);
        var scale = ScaleToOne(a);
        var offDiagonal = new double[n];
        var inverseNorms = new double[n];
        Reduce(a, values, offDiagonal, inverseNorms);
        using var rows = vectors ? Reflections(a, inverseNorms) : null;
        if (!ImplicitQl.Diagonalise(values, offDiagonal, rows))
        {
            return false;
        }

        for (var i = 0; i < n; i++)
        {
            values[i] *= scale;
        }

        if (rows is null)
        {
            Array.Sort(values);
            return true;
        }

        var order = new int[n];
        for (var i = 0; i < n; i++)
        {
            order[i] = i;
        }

        Array.Sort(values, order);
        for (var i = 0; i < n; i++)
        {
            rows.Row(order[i]).CopyTo(a.Row(i));
        }

        return true;
    }

    /// <summary>A = Q T Q^T, A overwritten by the reflections of Q, see <see cref="Rotate(TridiagonalReduction, bool, Matrix)"/>.</summary>
    public static TridiagonalReduction Tridiagonalize(Matrix a)
    {
        var n = checked((int)a.Rows);
        var diagonal = new double[n];
        var offDiagonal = new double[Math.Max(0, n - 1)];
        var inverseNorms = new double[n];
        if (n > 0)
        {
            Triangle.MirrorLower(a);
            var scale = ScaleToOne(a);
            Reduce(a, diagonal, offDiagonal, inverseNorms);
            RowOperations.Scale(diagonal, scale);
            RowOperations.Scale(offDiagonal, scale);
        }

        return new TridiagonalReduction(a, inverseNorms, new TridiagonalMatrix(diagonal, offDiagonal));
    }

    /// <summary>
    /// C := Q^T C = H_1 ... H_(n-1) C, or Q C = H_(n-1) ... H_1 C where <paramref name="back"/>, a strip of columns at a time.
    /// </summary>
    public static void Rotate(TridiagonalReduction reduction, bool back, Matrix c)
    {
        Matrix a = reduction.Reflections;
        var inverseNorms = reduction.Scalars;
        RowOperations.ForEach((c.Columns + Strip - 1) / Strip, c.Rows * c.Rows * c.Columns, strip =>
        {
            var start = strip * Strip;
            var count = Math.Min(Strip, c.Columns - start);
            var sums = stackalloc double[Strip];
            for (var step = 1; step < inverseNorms.Length; step++)
            {
                var i = back ? step : inverseNorms.Length - step;
                if (inverseNorms[i] == 0)
                {
                    continue;
                }

                var v = a.Pointer + (i * a.Stride);
                new Span<double>(sums, Strip).Clear();
                for (nint k = 0; k < i; k++)
                {
                    RowOperations.Add(v[k], c.Pointer + (k * c.Stride) + start, sums, count);
                }

                for (nint k = 0; k < i; k++)
                {
                    RowOperations.Add(-inverseNorms[i] * v[k], sums, c.Pointer + (k * c.Stride) + start, count);
                }
            }
        });
    }

    /// <summary>Divides A by a power of two, which rounds nothing, so that its largest entry lies in [1, 2). Returns that power.</summary>
    private static double ScaleToOne(Matrix a)
    {
        var largest = 0.0;
        for (nint i = 0; i < a.Rows; i++)
        {
            foreach (var entry in a.Row(i))
            {
                largest = Math.Max(largest, Math.Abs(entry));
            }
        }

        if (largest == 0)
        {
            return 1;
        }

        // Below 2^-1000 the reciprocal would overflow, above 2^1000 the eigenvalues might.
        var scale = Math.ScaleB(1, Math.Clamp(Math.ILogB(largest), -1000, 1000));
        RowOperations.ForEach(a.Rows, a.Rows * a.Rows, i => RowOperations.Scale(a.Row(i), 1 / scale));
        return scale;
    }

    /// <summary>
    /// A = Q T Q^T. Reflection i clears row i before its last two entries; its vector v_i is left there (i entries), and
    /// inverseNorms[i] is 2/|v_i|^2, or 0 where nothing had to be cleared.
    /// </summary>
    private static void Reduce(Matrix a, double[] diagonal, double[] offDiagonal, double[] inverseNorms)
    {
        var w = new double[diagonal.Length];
        for (var i = diagonal.Length - 1; i > 0; i--)
        {
            var v = a.Pointer + (i * a.Stride);
            diagonal[i] = v[i];
            offDiagonal[i - 1] = v[i - 1];
            var rest = RowProducts.Dot(v, v, i - 1);
            if (rest < Negligible)
            {
                continue;
            }

            var norm = -Math.CopySign(Math.Sqrt(rest + (v[i - 1] * v[i - 1])), v[i - 1]);
            offDiagonal[i - 1] = norm;
            v[i - 1] -= norm;
            var inverse = -1 / (norm * v[i - 1]);
            inverseNorms[i] = inverse;
            fixed (double* wPointer = w)
            {
                // A := H A H = A - v w^T - w v^T on the leading block, w = p - (p.v/|v|^2) v, p = (2/|v|^2) A v.
                var p = wPointer;
                RowOperations.ForEach(i, (nint)i * i, k => p[k] = inverse * RowProducts.Dot(a.Pointer + (k * a.Stride), v, i));
                RowOperations.Add(-0.5 * inverse * RowProducts.Dot(p, v, i), v, p, i);
                RowOperations.ForEach(i, (nint)i * i, k =>
                {
                    var row = a.Pointer + (k * a.Stride);
                    RowOperations.Add(-v[k], p, row, i);
                    RowOperations.Add(-p[k], v, row, i);
                });
            }
        }

        diagonal[0] = a[0, 0];
    }

    /// <summary>Q^T = H_1 H_2 ... H_(n-1), one row at a time.</summary>
    private static Matrix Reflections(Matrix a, double[] inverseNorms)
    {
        var n = a.Rows;
        var result = Matrix.Zeros(n, n);
        RowOperations.ForEach((n + RowBlock - 1) / RowBlock, n * n * n, block =>
        {
            var first = block * RowBlock;
            var last = Math.Min(first + RowBlock, n);
            for (var k = first; k < last; k++)
            {
                result[k, k] = 1;
            }

            // Row k is that of the identity until the first reflection that moves coordinate k.
            for (var i = first + 1; i < n; i++)
            {
                var v = a.Pointer + (i * a.Stride);
                for (var k = first; k < Math.Min(last, i) && inverseNorms[i] != 0; k++)
                {
                    var row = result.Pointer + (k * n);
                    RowOperations.Add(-inverseNorms[i] * RowProducts.Dot(row, v, i), v, row, i);
                }
            }
        });
        return result;
    }
}
