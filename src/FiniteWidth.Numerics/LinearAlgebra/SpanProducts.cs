using System.Numerics;

namespace FiniteWidth.Numerics;

/// <summary>The managed products of matrices over spans: row by row, on the calling thread, without allocating.</summary>
internal static class SpanProducts
{
    public static void Multiply<T>(
        T alpha, MatrixSpan<T> a, bool transposeA, MatrixSpan<T> b, bool transposeB, T beta, MatrixSpan<T> c)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var inner = transposeA ? a.Rows : a.Columns;
        for (var i = 0; i < c.Rows; i++)
        {
            var target = c.Row(i);
            if (T.IsZero(beta))
            {
                target.Clear();
            }
            else
            {
                Entries.Scale(beta, target, target);
            }

            for (var k = 0; !transposeB && k < inner; k++)
            {
                Entries.Add(alpha * Entry(a, transposeA, i, k), b.Row(k), target);
            }

            for (var j = 0; transposeB && j < c.Columns; j++)
            {
                target[j] += alpha * (transposeA ? Column(a, i, b, j) : Entries.Dot<T>(a.Row(i), b.Row(j)));
            }
        }
    }

    private static T Entry<T>(MatrixSpan<T> a, bool transpose, int i, int k)
        where T : unmanaged => transpose ? a.Row(k)[i] : a.Row(i)[k];

    /// <summary>The scalar product of column i of A and row j of B.</summary>
    private static T Column<T>(MatrixSpan<T> a, int i, MatrixSpan<T> b, int j)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        for (var k = 0; k < a.Rows; k++)
        {
            sum += a.Row(k)[i] * b.Row(j)[k];
        }

        return sum;
    }
}
