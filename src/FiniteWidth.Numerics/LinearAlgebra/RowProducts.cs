using System;
using System.Numerics;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>
/// The one product behind the managed provider: scalar products of the rows of two matrices, which row-major storage
/// reads from end to end.
/// </summary>
internal static unsafe class RowProducts
{
    // 256 columns of 4 + 2 rows stay in the first-level cache, 256 columns of 128 rows in the second.
    private const int ColumnBlock = 256;
    private const int RowBlock = 128;
    private const int Panel = 32;

    // Below this many multiplications a parallel loop costs more than it saves.
    private const double WorthThreads = 1e5;

    /// <summary>
    /// C := C + alpha A B^T; where <paramref name="lower"/>, at least the entries of C on and below the diagonal, and
    /// some others, are updated. Shapes: A m x k, B n x k, C m x n.
    /// </summary>
    public static void Add(double alpha, Matrix a, Matrix b, Matrix c, bool lower)
    {
        nint m = a.Rows, n = b.Rows, k = a.Columns;
        void AddPanel(nint first)
        {
            var last = Math.Min(first + Panel, m);
            var columns = lower ? Math.Min(last, n) : n;
            for (nint j = 0; j < columns; j += RowBlock)
            {
                for (nint l = 0; l < k; l += ColumnBlock)
                {
                    AddBlock(alpha, a, b, c, first, last, j, Math.Min(j + RowBlock, columns), l, Math.Min(ColumnBlock, k - l));
                }
            }
        }

        var panels = (m + Panel - 1) / Panel;
        if ((double)m * n * k < WorthThreads)
        {
            for (nint p = 0; p < panels; p++)
            {
                AddPanel(p * Panel);
            }
        }
        else
        {
            Parallel.For(0L, panels, p => AddPanel((nint)p * Panel));
        }

        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
    }

    /// <summary>The scalar product of two rows of <paramref name="k"/> entries.</summary>
    public static double Dot(double* a, double* b, nint k)
    {
        nint width = Vector<double>.Count;
        Vector<double> even = default, odd = default;
        nint l = 0;
        for (; l <= k - (2 * width); l += 2 * width)
        {
            even = Vector.FusedMultiplyAdd(Vector.Load(a + l), Vector.Load(b + l), even);
            odd = Vector.FusedMultiplyAdd(Vector.Load(a + l + width), Vector.Load(b + l + width), odd);
        }

        var sum = Vector.Sum(even + odd);
        for (; l < k; l++)
        {
            sum += a[l] * b[l];
        }

        return sum;
    }

    private static void AddBlock(
        double alpha, Matrix a, Matrix b, Matrix c, nint i0, nint i1, nint j0, nint j1, nint l, nint k)
    {
        nint lda = a.Stride, ldb = b.Stride, ldc = c.Stride;
        double* originA = a.Pointer + l, originB = b.Pointer + l, originC = c.Pointer;
        var i = i0;
        for (; i <= i1 - 4; i += 4)
        {
            var j = j0;
            for (; j <= j1 - 2; j += 2)
            {
                AddTile(alpha, originA + (i * lda), lda, originB + (j * ldb), ldb, k, originC + (i * ldc) + j, ldc);
            }

            for (; j < j1; j++)
            {
                for (nint r = 0; r < 4; r++)
                {
                    originC[((i + r) * ldc) + j] += alpha * Dot(originA + ((i + r) * lda), originB + (j * ldb), k);
                }
            }
        }

        for (; i < i1; i++)
        {
            for (var j = j0; j < j1; j++)
            {
                originC[(i * ldc) + j] += alpha * Dot(originA + (i * lda), originB + (j * ldb), k);
            }
        }
    }

    // Eight sums at once: as many as two fused multiply-adds a cycle of latency four keep busy, in sixteen registers.
    private static void AddTile(double alpha, double* a, nint lda, double* b, nint ldb, nint k, double* c, nint ldc)
    {
        nint width = Vector<double>.Count;
        double* a0 = a, a1 = a + lda, a2 = a + (2 * lda), a3 = a + (3 * lda), b0 = b, b1 = b + ldb;
        Vector<double> s00 = default, s01 = default, s10 = default, s11 = default;
        Vector<double> s20 = default, s21 = default, s30 = default, s31 = default;
        nint l = 0;
        for (; l <= k - width; l += width)
        {
            Vector<double> x = Vector.Load(b0 + l), y = Vector.Load(b1 + l);
            var row = Vector.Load(a0 + l);
            s00 = Vector.FusedMultiplyAdd(row, x, s00);
            s01 = Vector.FusedMultiplyAdd(row, y, s01);
            row = Vector.Load(a1 + l);
            s10 = Vector.FusedMultiplyAdd(row, x, s10);
            s11 = Vector.FusedMultiplyAdd(row, y, s11);
            row = Vector.Load(a2 + l);
            s20 = Vector.FusedMultiplyAdd(row, x, s20);
            s21 = Vector.FusedMultiplyAdd(row, y, s21);
            row = Vector.Load(a3 + l);
            s30 = Vector.FusedMultiplyAdd(row, x, s30);
            s31 = Vector.FusedMultiplyAdd(row, y, s31);
        }

        Finish(s00, s01, a0, c);
        Finish(s10, s11, a1, c + ldc);
        Finish(s20, s21, a2, c + (2 * ldc));
        Finish(s30, s31, a3, c + (3 * ldc));

        void Finish(Vector<double> first, Vector<double> second, double* row, double* target)
        {
            double x = Vector.Sum(first), y = Vector.Sum(second);
            for (var rest = l; rest < k; rest++)
            {
                x += row[rest] * b0[rest];
                y += row[rest] * b1[rest];
            }

            target[0] += alpha * x;
            target[1] += alpha * y;
        }
    }
}
