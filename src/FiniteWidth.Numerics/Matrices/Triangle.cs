using System;
using System.Numerics;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>What both providers do with one triangle of a square matrix.</summary>
internal static unsafe class Triangle
{
    // A tile and its transpose fit the first-level cache together.
    private const int Tile = 32;

    /// <summary>Copies the entries below the diagonal onto those above it, on all processors where allowed and worth it.</summary>
    public static void MirrorLower(Matrix a, bool mayUseThreads = true)
    {
        var tiles = (a.Rows + Tile - 1) / Tile;
        if (mayUseThreads && tiles > 4)
        {
            MirrorInParallel(a, tiles);
        }
        else
        {
            for (nint t = 0; t < tiles; t++)
            {
                MirrorTiles(a, t * Tile);
            }
        }

        GC.KeepAlive(a);
    }

    /// <summary>log det L L^T = 2 sum_i log L_ii.</summary>
    public static double LogDeterminant(Matrix factor)
    {
        Shapes.Square(factor, "A log-determinant");
        var sum = 0.0;
        for (nint i = 0; i < factor.Rows; i++)
        {
            sum += Math.Log(factor[i, i]);
        }

        return 2 * sum;
    }

    /// <summary>The 1-based index of the first diagonal entry that no Cholesky factor can have, or 0.</summary>
    public static nint FirstBadPivot(Matrix factor)
    {
        for (nint i = 0; i < factor.Rows; i++)
        {
            var pivot = factor[i, i];
            if (!(pivot > 0 && double.IsFinite(pivot)))
            {
                return i + 1;
            }
        }

        return 0;
    }

    /// <summary>Throws where an entry on or below the diagonal is infinite or not a number.</summary>
    public static void RequireFinite(Matrix a)
    {
        for (nint i = 0; i < a.Rows; i++)
        {
            var row = new ReadOnlySpan<double>(a.Pointer + (i * a.Stride), checked((int)(i + 1)));
            var j = FirstNonFinite(row);
            if (j >= 0)
            {
                throw new ArgumentException(
                    $"Eigenvalues need finite entries, but entry ({i}, {j}) of the matrix is {row[j]}.", nameof(a));
            }
        }

        GC.KeepAlive(a);
    }

    /// <summary>Throws where an entry of a kernel on or below its diagonal is infinite or not a number.</summary>
    public static void RequireFiniteKernel(Matrix k)
    {
        for (nint i = 0; i < k.Rows; i++)
        {
            if (FirstNonFinite(k.Row(i)[..checked((int)(i + 1))]) >= 0)
            {
                throw InaccurateKernelException.BeyondDoubles();
            }
        }
    }

    private static int FirstNonFinite(ReadOnlySpan<double> row)
    {
        // x - x is 0 for a finite x and NaN otherwise, so one sum tells whether the row is worth a second look.
        var sum = Vector<double>.Zero;
        var i = 0;
        for (; i <= row.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var x = new Vector<double>(row[i..]);
            sum += x - x;
        }

        if (Vector.Sum(sum) == 0)
        {
            row = row[i..];
        }
        else
        {
            i = 0;
        }

        for (var j = 0; j < row.Length; j++)
        {
            if (!double.IsFinite(row[j]))
            {
                return i + j;
            }
        }

        return -1;
    }

    // On its own, so that the closure is allocated only where it is used.
    private static void MirrorInParallel(Matrix a, nint tiles) =>
        Parallel.For(0L, tiles, t => MirrorTiles(a, (nint)t * Tile));

    private static void MirrorTiles(Matrix a, nint first)
    {
        nint n = a.Rows, stride = a.Stride;
        var origin = a.Pointer;
        var last = Math.Min(first + Tile, n);
        for (nint column = first; column < n; column += Tile)
        {
            var end = Math.Min(column + Tile, n);
            for (var i = first; i < last; i++)
            {
                var row = origin + (i * stride);
                for (var j = Math.Max(column, i + 1); j < end; j++)
                {
                    row[j] = origin[(j * stride) + i];
                }
            }
        }
    }
}
