using System;
using FiniteWidth.Numerics;

namespace FiniteWidth.Distributed;

/// <summary>A matrix dealt out over a grid of processes, block-cyclic along both axes, and the part of it that lies here.</summary>
/// <remarks>
/// ScaLAPACK keeps columns together: <see cref="Local"/> has a row for every local column of the matrix, and in it an entry for every
/// local row.
/// </remarks>
internal sealed unsafe class BlockCyclicMatrix : IDisposable
{
    private const int Dense = 1;

    /// <summary>Entries that hold whatever the memory held.</summary>
    public BlockCyclicMatrix(ProcessGrid grid, BlockCyclicAxis rows, BlockCyclicAxis columns)
    {
        Rows = rows;
        Columns = columns;
        Local = Matrix.Uninitialized(columns.LocalCount, rows.LocalCount);
        Descriptor = [Dense, grid.Context, rows.Count, columns.Count, rows.Block, columns.Block, 0, 0, Math.Max(1, rows.LocalCount)];
    }

    public BlockCyclicAxis Rows { get; }

    public BlockCyclicAxis Columns { get; }

    /// <summary>Local columns x local rows.</summary>
    public Matrix Local { get; }

    /// <summary>What ScaLAPACK is told of the layout.</summary>
    public int[] Descriptor { get; }

    public double* Pointer => Local.Pointer;

    /// <summary>The local part of a matrix that all ranks have.</summary>
    public void Take(Matrix whole)
    {
        for (var j = 0; j < Local.Rows; j++)
        {
            var column = Local.Row(j);
            for (var i = 0; i < column.Length; i++)
            {
                column[i] = whole[Rows.ToGlobal(i), Columns.ToGlobal(j)];
            }
        }
    }

    /// <summary>Writes the local part into a matrix of zeros, as long as the whole: the sum over ranks is the whole.</summary>
    public void PutInto(Matrix whole)
    {
        for (var j = 0; j < Local.Rows; j++)
        {
            var column = Local.Row(j);
            for (var i = 0; i < column.Length; i++)
            {
                whole[Rows.ToGlobal(i), Columns.ToGlobal(j)] = column[i];
            }
        }
    }

    /// <summary>Sets the diagonal of a square matrix, as far as it is local.</summary>
    public void SetDiagonal(ReadOnlySpan<double> values)
    {
        for (var j = 0; j < Local.Rows; j++)
        {
            var place = Columns.ToGlobal(j);
            if (Rows.ToLocal(place) is >= 0 and var i)
            {
                Local[j, i] = values[place];
            }
        }
    }

    /// <summary>The diagonal of a square matrix, zero where it is not local.</summary>
    public double[] LocalDiagonal()
    {
        var diagonal = new double[Columns.Count];
        for (var j = 0; j < Local.Rows; j++)
        {
            var place = Columns.ToGlobal(j);
            if (Rows.ToLocal(place) is >= 0 and var i)
            {
                diagonal[place] = Local[j, i];
            }
        }

        return diagonal;
    }

    /// <summary>Of every local column, how many local rows lie above the diagonal: they are the first ones.</summary>
    public int[] RowsAboveDiagonal()
    {
        var counts = new int[Columns.LocalCount];
        for (var j = 0; j < counts.Length; j++)
        {
            counts[j] = Rows.LocalBefore(Columns.ToGlobal(j));
        }

        return counts;
    }

    /// <summary>The upper triangle of a local column, the diagonal included.</summary>
    public Span<double> Upper(int column) => Local.Row(column)[..Rows.LocalBefore(Columns.ToGlobal(column) + 1)];

    public void Dispose() => Local.Dispose();
}
