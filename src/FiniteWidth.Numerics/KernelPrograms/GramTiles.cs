using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>The Gram matrix scale X1 X2^T, tile by tile.</summary>
internal static class GramTiles
{
    /// <summary>Its diagonal for X1 = X2.</summary>
    public static double[] Variances(Matrix x, double scale)
    {
        var variances = new double[checked((int)x.Rows)];
        Work.For(variances.Length, () => variances, (i, target) => target[i] = scale * RowArithmetic.Dot(x.Row(i), x.Row(i)));
        return variances;
    }

    /// <summary>Writes one tile of scale X X^T into a matrix of the tile's size.</summary>
    public static void MultiplyInto(LinearAlgebraProvider algebra, double scale, Matrix x, Tile tile, Matrix k) =>
        algebra.Multiply(
            scale,
            x.View(tile.Row, 0, tile.Rows, x.Columns),
            false,
            x.View(tile.Column, 0, tile.Columns, x.Columns),
            true,
            0.0,
            k);

    /// <summary>Writes one tile of it into <paramref name="k"/>.</summary>
    public static void Multiply(LinearAlgebraProvider algebra, double scale, Matrix x1, Matrix x2, Tile tile, Matrix k) =>
        algebra.Multiply(
            scale,
            x1.View(tile.Row, 0, tile.Rows, x1.Columns),
            false,
            x2.View(tile.Column, 0, tile.Columns, x2.Columns),
            true,
            0.0,
            k.View(tile.Row, tile.Column, tile.Rows, tile.Columns));
}
