using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>
/// What the reverse sweep over one tile leaves behind: its part of the gradient, and of the adjoints of the diagonals. Tiles
/// are added up in a fixed order, so the result does not depend on how many threads there were. The right points stand
/// <c>offset</c> places on in the table of points.
/// </summary>
internal sealed class Adjoints
{
    private readonly Tile tile;
    private readonly int offset;
    private readonly double[]?[] rows;
    private readonly double[]?[] columns;

    public Adjoints(Tile tile, int offset, int weights, int nodes)
    {
        this.tile = tile;
        this.offset = offset;
        Gradient = new double[weights];
        rows = new double[nodes][];
        columns = new double[nodes][];
    }

    public double[] Gradient { get; }

    /// <summary>Adds to the adjoint of the variance of a left point.</summary>
    public void AddLeft(int node, int point, double adjoint) => (rows[node] ??= new double[tile.Rows])[point - tile.Row] += adjoint;

    /// <summary>The adjoints of the variances of the right points from <paramref name="point"/> on.</summary>
    public Span<double> Right(int node, int point, int count) =>
        (columns[node] ??= new double[tile.Columns]).AsSpan(point - offset - tile.Column, count);

    public void AddTo(PairAdjoints all)
    {
        RowArithmetic.AddScaled(Gradient, 1.0, all.Weights);
        for (var node = 0; node < rows.Length; node++)
        {
            if (rows[node] is { } left)
            {
                RowArithmetic.AddScaled(left, 1.0, all.Variances[node].AsSpan(tile.Row, tile.Rows));
            }

            if (columns[node] is { } right)
            {
                RowArithmetic.AddScaled(right, 1.0, all.Variances[node].AsSpan(offset + tile.Column, tile.Columns));
            }
        }
    }
}
