using System;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>What is done to the entries of a kernel matrix besides evaluating them.</summary>
internal static unsafe class TileStore
{
    private const int Block = 8;

    /// <summary>Copies the entries of a tile that lie below the diagonal to their mirror images above it.</summary>
    public static void Mirror(Matrix k, Tile tile)
    {
        var stride = k.Stride;
        var origin = k.Pointer;
        for (var i = 0; i < tile.Rows; i += Block)
        {
            var rows = Math.Min(Block, tile.Rows - i);
            var end = tile.IsDiagonal ? i + rows : tile.Columns;
            for (var j = 0; j < end; j += Block)
            {
                var columns = Math.Min(Block, end - j);
                var from = origin + ((tile.Row + i) * stride) + tile.Column + j;
                var to = origin + ((tile.Column + j) * stride) + tile.Row + i;
                if (tile.IsDiagonal && i == j)
                {
                    MirrorTriangle(from, stride, rows);
                }
                else
                {
                    Transpose(from, to, stride, rows, columns);
                }
            }
        }

        GC.KeepAlive(k);
    }

    public static void AddConstant(Matrix k, double constant)
    {
        if (constant == 0.0)
        {
            return;
        }

        Parallel.For(0L, k.Rows, i =>
        {
            foreach (ref var entry in k.Row((nint)i))
            {
                entry += constant;
            }
        });
    }

    public static void SetDiagonal(Matrix k, double[] diagonal)
    {
        for (var i = 0; i < diagonal.Length; i++)
        {
            k[i, i] = diagonal[i];
        }
    }

    private static void Transpose(double* from, double* to, nint stride, int rows, int columns)
    {
        for (var j = 0; j < columns; j++)
        {
            for (var i = 0; i < rows; i++)
            {
                to[(j * stride) + i] = from[(i * stride) + j];
            }
        }
    }

    private static void MirrorTriangle(double* corner, nint stride, int rows)
    {
        for (var i = 1; i < rows; i++)
        {
            for (var j = 0; j < i; j++)
            {
                corner[(j * stride) + i] = corner[(i * stride) + j];
            }
        }
    }
}
