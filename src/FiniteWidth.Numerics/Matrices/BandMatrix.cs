using System;

namespace FiniteWidth.Numerics;

/// <summary>A symmetric matrix B, n x n, of nothing beyond w places beside its diagonal.</summary>
public sealed class BandMatrix : ISymmetricForm
{
    private readonly double[] rows;

    /// <summary>B from its lower rows, w + 1 entries each: those of columns i - w to i, of which what lies outside is not read.</summary>
    public BandMatrix(int width, double[] rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Length % (width + 1) != 0)
        {
            throw new ArgumentException($"A band matrix of width {width} has {width + 1} entries a row: {rows.Length} are no whole number of rows.", nameof(rows));
        }

        (Width, this.rows) = (width, rows);
    }

    /// <summary>B from its lower columns, w + 1 entries each that begin with the diagonal.</summary>
    internal static BandMatrix OfColumns(int width, double[] columns)
    {
        var rows = new double[columns.Length];
        for (var i = 0; i < rows.Length / (width + 1); i++)
        {
            for (var d = 0; d <= Math.Min(i, width); d++)
            {
                rows[(i * (width + 1)) + width - d] = columns[((i - d) * (width + 1)) + d];
            }
        }

        return new BandMatrix(width, rows);
    }

    /// <summary>n.</summary>
    public int Size => rows.Length / (Width + 1);

    /// <summary>w.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    FormFactor? ISymmetricForm.Factor(double shift, double scale) => Factor(shift, scale);

    /// <summary>shift I + scale B = L L^T, which must be positive; null where it is not: O(n w^2).</summary>
    public BandFactor? Factor(double shift, double scale)
    {
        var entries = Width + 1;
        var factor = new double[rows.Length];
        for (var i = 0; i < Size; i++)
        {
            var row = factor.AsSpan(i * entries, entries);
            var first = Math.Max(0, i - Width);

            // The entry of column k stands at k - i + w.
            for (var k = first; k <= i; k++)
            {
                row[k - i + Width] = scale * rows[(i * entries) + k - i + Width];
            }

            for (var j = first; j < i; j++)
            {
                var above = factor.AsSpan(j * entries, entries);
                var known = VectorArithmetic.Dot(row.Slice(first - i + Width, j - first), above.Slice(first - j + Width, j - first));
                row[j - i + Width] = (row[j - i + Width] - known) / above[Width];
            }

            var left = row.Slice(first - i + Width, i - first);
            var pivot = row[Width] + shift - VectorArithmetic.Dot(left, left);
            if (!(pivot > 0))
            {
                return null;
            }

            row[Width] = Math.Sqrt(pivot);
        }

        return new BandFactor(Width, factor);
    }
}
