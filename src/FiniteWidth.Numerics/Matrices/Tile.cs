using System;

namespace FiniteWidth.Numerics;

/// <summary>A block of pairs: some left points from <see cref="Row"/> on with some right points from <see cref="Column"/> on.</summary>
internal readonly record struct Tile(int Row, int Column, int Rows, int Columns)
{
    /// <summary>The largest edge: the product of a tile runs near its peak, and the tile is still in cache when it is mapped and mirrored.</summary>
    public const int LargestEdge = 384;

    private const int SmallestEdge = 64;
    private const int TilesAcross = 8;

    public bool IsDiagonal => Row == Column;

    /// <summary>
    /// An edge that leaves work for many cores and depends on the number of points alone, so that the rounding of a result
    /// does not depend on the machine's number of threads.
    /// </summary>
    public static int Edge(int points) => Math.Clamp((points / TilesAcross + 7) / 8 * 8, SmallestEdge, LargestEdge);

    /// <summary>The tiles on and below the diagonal of a symmetric matrix.</summary>
    public static Tile[] Lower(int points, int edge)
    {
        var blocks = (points + edge - 1) / edge;
        var tiles = new Tile[blocks * (blocks + 1) / 2];
        var t = 0;
        for (var i = 0; i < blocks; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                tiles[t++] = At(i * edge, j * edge, points, points, edge);
            }
        }

        return tiles;
    }

    /// <summary>The tiles of a rectangular matrix.</summary>
    public static Tile[] All(int rows, int columns, int edge)
    {
        int across = (columns + edge - 1) / edge, down = (rows + edge - 1) / edge;
        var tiles = new Tile[across * down];
        for (var t = 0; t < tiles.Length; t++)
        {
            tiles[t] = At(t / across * edge, t % across * edge, rows, columns, edge);
        }

        return tiles;
    }

    private static Tile At(int row, int column, int rows, int columns, int edge) =>
        new(row, column, Math.Min(edge, rows - row), Math.Min(edge, columns - column));
}
