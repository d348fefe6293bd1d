using System;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>
/// A dense row-major matrix over memory that somebody else owns, for the length of a call: how a product reaches into the middle
/// of an array without a copy.
/// </summary>
/// <typeparam name="T"><see cref="double"/> or <see cref="float"/>.</typeparam>
public readonly ref struct MatrixSpan<T>
    where T : unmanaged
{
    private readonly Span<T> entries;

    /// <summary>The first rows * columns of the entries, row after row.</summary>
    public MatrixSpan(Span<T> entries, int rows, int columns)
        : this(entries, rows, columns, columns)
    {
    }

    /// <summary>Rows that begin <paramref name="stride"/> entries apart, the first at the first entry.</summary>
    public MatrixSpan(Span<T> entries, int rows, int columns, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        var needed = rows == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
        if (entries.Length < needed)
        {
            throw new ArgumentException(
                $"A {rows} x {columns} matrix with rows {stride} entries apart needs {needed} entries, not {entries.Length}.", nameof(entries));
        }

        this.entries = entries[..(int)needed];
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Distance in entries between the starts of two successive rows.</summary>
    public int Stride { get; }

    internal ref T Origin => ref MemoryMarshal.GetReference(entries);

    /// <summary>Row <paramref name="i"/>, counted from 0.</summary>
    public Span<T> Row(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Rows, nameof(i));
        return entries.Slice(i * Stride, Columns);
    }

    /// <summary>The block of entries from (row, column) on.</summary>
    public MatrixSpan<T> View(int row, int column, int rows, int columns)
    {
        if (row < 0 || column < 0 || rows < 0 || columns < 0 || rows > Rows - row || columns > Columns - column)
        {
            throw new ArgumentOutOfRangeException(
                nameof(row),
                $"A view of {rows} x {columns} entries from ({row}, {column}) does not lie inside a {Rows} x {Columns} matrix.");
        }

        return rows == 0 ? default : new MatrixSpan<T>(entries[((row * Stride) + column)..], rows, columns, Stride);
    }
}
