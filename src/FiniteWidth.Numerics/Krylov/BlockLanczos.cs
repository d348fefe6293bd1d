using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics.Krylov;

/// <summary>
/// Block Lanczos with full reorthogonalisation: an orthonormal basis V of span(B, K B, K^2 B, ...) for start vectors in the rows of B,
/// and V K V^T, which is block tridiagonal. The space is the same for every T I + q K.
/// </summary>
/// <remarks>
/// The eigenvalues of V K V^T with the components of the start vectors are a Gauss rule: x^T f(K) z is exact for polynomials of degree
/// 2m - 1 after m steps. With one more block that makes 0 an eigenvalue it is a Gauss-Radau rule. Of the positive K and of
/// f = 1/(T + q k) the first errs downwards and the second upwards on x^T f(K) x; of log(T + q k) the other way.
/// (Golub and Meurant, Matrices, Moments and Quadrature, chapters 6 and 7.)
/// Vectors that are left with nothing but rounding are dropped, so the space may end before P.
/// </remarks>
public sealed class BlockLanczos
{
    // What is left of a vector is rounding of the product when it is smaller than this share of it, and of doubles in the start.
    private const double NegligibleProduct = 3e-7;
    private const double NegligibleStart = 1e-11;

    // The smallest sine of the angle between a vector and the ones before it that the faster factorisation is trusted with.
    private const double LeastPivot = 1e-4;

    private readonly List<KrylovBlock> blocks = [];
    private readonly Matrix start;

    /// <summary>A run from the rows of B (b x P).</summary>
    public BlockLanczos(Matrix startVectors)
    {
        ArgumentNullException.ThrowIfNull(startVectors);
        var rows = startVectors.Clone();
        var norms = Norms(rows);
        (var vectors, start) = Orthonormalise(rows, norms, NegligibleStart, checked((int)rows.Columns));
        Size = checked((int)rows.Columns);
        blocks.Add(new KrylovBlock(vectors, null, null));
    }

    /// <summary>P.</summary>
    public int Size { get; }

    /// <summary>How many times K has multiplied a block.</summary>
    public int Steps => blocks.Count - 1;

    /// <summary>n, the number of basis vectors that K has multiplied.</summary>
    public int Dimension { get; private set; }

    /// <summary>The number of vectors that the next step multiplies.</summary>
    public int NextWidth => blocks[^1].Width;

    /// <summary>Whether the space holds all of K that the start vectors see: another step would add nothing.</summary>
    public bool IsWhole => NextWidth == 0;

    /// <summary>The blocks that K has multiplied, and last one that it has not.</summary>
    public IReadOnlyList<KrylovBlock> Blocks => blocks;

    /// <summary>One step: a product of K with the last block.</summary>
    /// <param name="multiply">Y := X K.</param>
    public void Step(Action<Matrix, Matrix> multiply)
    {
        ArgumentNullException.ThrowIfNull(multiply);
        if (IsWhole)
        {
            return;
        }

        var vectors = blocks[^1].Vectors;
        var product = Matrix.Uninitialized(vectors.Rows, vectors.Columns);
        multiply(vectors, product);
        var algebra = LinearAlgebra.Default;
        var diagonal = Matrix.Uninitialized(vectors.Rows, vectors.Rows);
        algebra.Multiply(1.0, product, false, vectors, true, 0.0, diagonal);
        Symmetrise(diagonal);
        var norms = Norms(product);
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var block in blocks)
            {
                var overlap = Matrix.Uninitialized(product.Rows, block.Vectors.Rows);
                algebra.Multiply(1.0, product, false, block.Vectors, true, 0.0, overlap);
                algebra.Multiply(-1.0, overlap, false, block.Vectors, false, 1.0, product);
            }
        }

        var room = Size - Dimension - checked((int)vectors.Rows);
        var (next, coupling) = Orthonormalise(product, norms, NegligibleProduct, room);
        Append(diagonal, coupling, next);
    }

    /// <summary>A step that has been taken before, from what <see cref="Blocks"/> held of it: A_j, C_j and Q_(j+1).</summary>
    /// <exception cref="ArgumentException">The shapes are not those of the next step.</exception>
    public void Restore(Matrix diagonal, Matrix coupling, Matrix next)
    {
        ArgumentNullException.ThrowIfNull(diagonal);
        ArgumentNullException.ThrowIfNull(coupling);
        ArgumentNullException.ThrowIfNull(next);
        Require.Shape(diagonal, NextWidth, NextWidth, nameof(diagonal));
        Require.Shape(coupling, NextWidth, next.Rows, nameof(coupling));
        Require.Shape(next, next.Rows, Size, nameof(next));
        Append(diagonal, coupling, next);
    }

    /// <summary>The Gauss rule of the steps so far.</summary>
    public KrylovRitz Gauss() => Decompose(Projected());

    /// <summary>The Gauss-Radau rule with the node 0, one block longer.</summary>
    public KrylovRitz Radau()
    {
        if (IsWhole)
        {
            return Gauss();
        }

        var gauss = Projected();
        var n = gauss.Rows;
        var last = blocks[^2];
        var width = NextWidth;
        var matrix = Matrix.Zeros(n + width, n + width);
        gauss.CopyTo(matrix.View(0, 0, n, n));
        var coupling = last.Coupling!;
        coupling.CopyTo(matrix.View(n - last.Width, n, last.Width, width));

        // Omega = C^T (V K V^T)^(-1) C, the inverse between the vectors of the last block.
        var column = Matrix.Zeros(n, width);
        coupling.CopyTo(column.View(n - last.Width, 0, last.Width, width));
        var factor = Factor(gauss);
        LinearAlgebra.Default.SolveTriangular(factor, false, column);
        var omega = matrix.View(n, n, width, width);
        LinearAlgebra.Default.Multiply(1.0, column, true, column, false, 0.0, omega);
        for (nint i = 0; i < last.Width; i++)
        {
            for (nint j = 0; j < width; j++)
            {
                matrix[n + j, n - last.Width + i] = coupling[i, j];
            }
        }

        Symmetrise(omega);
        return Decompose(matrix);
    }

    /// <summary>The components of other vectors, the rows of X (k x P), along the nodes of a rule: k x nodes; zero beyond the basis.</summary>
    public Matrix Components(Matrix x, KrylovRitz ritz)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(ritz);
        var along = Matrix.Zeros(x.Rows, ritz.Vectors.Columns);
        nint offset = 0;
        foreach (var block in blocks)
        {
            if (offset + block.Width <= along.Columns && block.Width > 0)
            {
                LinearAlgebra.Default.Multiply(
                    1.0, x, false, block.Vectors, true, 0.0, along.View(0, offset, along.Rows, block.Width));
            }

            offset += block.Width;
        }

        var components = Matrix.Uninitialized(x.Rows, ritz.Vectors.Rows);
        LinearAlgebra.Default.Multiply(1.0, along, false, ritz.Vectors, true, 0.0, components);
        return components;
    }

    private void Append(Matrix diagonal, Matrix coupling, Matrix next)
    {
        var last = blocks[^1];
        blocks[^1] = last with { Diagonal = diagonal, Coupling = coupling };
        blocks.Add(new KrylovBlock(next, null, null));
        Dimension += last.Width;
    }

    // V K V^T.
    private Matrix Projected()
    {
        var matrix = Matrix.Zeros(Dimension, Dimension);
        nint at = 0;
        for (var j = 0; j < Steps; j++)
        {
            var block = blocks[j];
            var width = block.Width;
            block.Diagonal!.CopyTo(matrix.View(at, at, width, width));
            if (j + 1 < Steps)
            {
                var coupling = block.Coupling!;
                for (nint i = 0; i < width; i++)
                {
                    for (nint k = 0; k < coupling.Columns; k++)
                    {
                        matrix[at + i, at + width + k] = coupling[i, k];
                        matrix[at + width + k, at + i] = coupling[i, k];
                    }
                }
            }

            at += width;
        }

        return matrix;
    }

    private KrylovRitz Decompose(Matrix matrix)
    {
        var nodes = LinearAlgebra.Default.Eigen(matrix);
        for (var i = 0; i < nodes.Length; i++)
        {
            nodes[i] = Math.Max(0, nodes[i]);
        }

        var first = Math.Min(blocks[0].Width, matrix.Columns);
        var components = Matrix.Uninitialized(start.Rows, matrix.Rows);
        LinearAlgebra.Default.Multiply(
            1.0, start.View(0, 0, start.Rows, first), false, matrix.View(0, 0, matrix.Rows, first), true, 0.0, components);
        return new KrylovRitz(nodes, components, matrix);
    }

    // Rounding may leave a singular K with a negative pivot: then the node lies as little below 0 as is needed.
    private static Matrix Factor(Matrix projected)
    {
        var largest = 0.0;
        for (nint i = 0; i < projected.Rows; i++)
        {
            largest = Math.Max(largest, projected[i, i]);
        }

        for (var shift = 0.0; ; shift = Math.Max(1e-12 * largest, 10 * shift))
        {
            var factor = projected.Clone();
            for (nint i = 0; i < factor.Rows; i++)
            {
                factor[i, i] += shift;
            }

            if (LinearAlgebra.Default.Cholesky(factor) == 0)
            {
                return factor;
            }

            if (!(shift <= largest))
            {
                throw new InaccurateKernelException("The projected kernel is not positive: it is beyond what doubles can hold.");
            }
        }
    }

    private static void Symmetrise(Matrix a)
    {
        for (nint i = 0; i < a.Rows; i++)
        {
            for (nint j = 0; j < i; j++)
            {
                a[i, j] = a[j, i] = (a[i, j] + a[j, i]) / 2;
            }
        }
    }

    private static double[] Norms(Matrix rows)
    {
        var norms = new double[checked((int)rows.Rows)];
        Parallel.For(0, norms.Length, i => norms[i] = Math.Sqrt(RowArithmetic.Dot(rows.Row(i), rows.Row(i))));
        return norms;
    }

    // W = C Q with orthonormal rows of Q; W is overwritten. Rows of which less than a share of their size before is left are dropped
    // from Q, and those that no direction is left for.
    private static (Matrix Vectors, Matrix Coefficients) Orthonormalise(Matrix w, double[] sizes, double negligible, int room) =>
        TryByCholesky(w, sizes, negligible, room) ?? ByGramSchmidt(w, sizes, negligible, room);

    // By the Cholesky factor of W W^T, twice: all in matrix products. Null where W is too near to losing rank.
    private static (Matrix Vectors, Matrix Coefficients)? TryByCholesky(Matrix w, double[] sizes, double negligible, int room)
    {
        var left = Norms(w);
        if (left.Length > room || left.Length == 0)
        {
            return null;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (!(left[i] > 100 * negligible * sizes[i]))
            {
                return null;
            }
        }

        var algebra = LinearAlgebra.Default;
        var gram = Matrix.Uninitialized(w.Rows, w.Rows);
        algebra.Multiply(1.0, w, false, w, true, 0.0, gram);
        for (nint i = 0; i < gram.Rows; i++)
        {
            for (nint j = 0; j < gram.Rows; j++)
            {
                gram[i, j] /= left[i] * left[j];
            }
        }

        if (algebra.Cholesky(gram) != 0 || SmallestPivot(gram) < LeastPivot)
        {
            return null;
        }

        for (var i = 0; i < left.Length; i++)
        {
            foreach (ref var entry in w.Row(i))
            {
                entry /= left[i];
            }
        }

        ClearAbove(gram);
        algebra.SolveTriangular(gram, false, w);
        var again = Matrix.Uninitialized(w.Rows, w.Rows);
        algebra.Multiply(1.0, w, false, w, true, 0.0, again);
        if (algebra.Cholesky(again) != 0)
        {
            throw new ArithmeticException("Vectors of one block that were independent are not orthogonal.");
        }

        ClearAbove(again);
        algebra.SolveTriangular(again, false, w);
        var coefficients = Matrix.Uninitialized(w.Rows, w.Rows);
        algebra.Multiply(1.0, gram, false, again, false, 0.0, coefficients);
        for (nint i = 0; i < coefficients.Rows; i++)
        {
            foreach (ref var entry in coefficients.Row(i))
            {
                entry *= left[i];
            }
        }

        return (w, coefficients);
    }

    private static double SmallestPivot(Matrix factor)
    {
        var smallest = double.PositiveInfinity;
        for (nint i = 0; i < factor.Rows; i++)
        {
            smallest = Math.Min(smallest, factor[i, i]);
        }

        return smallest;
    }

    private static void ClearAbove(Matrix factor)
    {
        for (nint i = 0; i < factor.Rows; i++)
        {
            factor.Row(i)[((int)i + 1)..].Clear();
        }
    }

    // By Gram and Schmidt twice, row by row.
    private static (Matrix Vectors, Matrix Coefficients) ByGramSchmidt(Matrix w, double[] sizes, double negligible, int room)
    {
        var count = checked((int)w.Rows);
        var coefficients = Matrix.Zeros(count, count);
        var kept = new List<int>();
        for (var i = 0; i < count; i++)
        {
            for (var pass = 0; pass < 2; pass++)
            {
                for (var k = 0; k < kept.Count; k++)
                {
                    var overlap = RowArithmetic.Dot(w.Row(i), w.Row(kept[k]));
                    coefficients[i, k] += overlap;
                    RowArithmetic.AddScaled(w.Row(kept[k]), -overlap, w.Row(i));
                }
            }

            var norm = Math.Sqrt(RowArithmetic.Dot(w.Row(i), w.Row(i)));
            if (kept.Count < room && norm > negligible * sizes[i])
            {
                coefficients[i, kept.Count] = norm;
                foreach (ref var entry in w.Row(i))
                {
                    entry /= norm;
                }

                kept.Add(i);
            }
        }

        var vectors = Matrix.Uninitialized(kept.Count, w.Columns);
        for (var k = 0; k < kept.Count; k++)
        {
            w.Row(kept[k]).CopyTo(vectors.Row(k));
        }

        return (vectors, coefficients.View(0, 0, count, kept.Count).Clone());
    }
}
