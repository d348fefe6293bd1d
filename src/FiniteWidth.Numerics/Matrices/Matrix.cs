using System;
using System.Threading.Tasks;
using MathNet.Numerics.LinearAlgebra;

namespace FiniteWidth.Numerics;

/// <summary>
/// A dense row-major matrix of doubles in 64-byte aligned native memory, sized in <see cref="nint"/>: it may hold more
/// entries than a .NET array can index. A view shares the memory of the matrix it was cut from.
/// </summary>
/// <remarks>
/// Memory is freed when the matrix and all its views are unreachable, or at once by <see cref="Dispose"/>, after which
/// neither the matrix nor its views may be used.
/// </remarks>
public sealed unsafe class Matrix : IDisposable
{
    private readonly NativeBuffer buffer;
    private readonly double* origin;

    private Matrix(NativeBuffer buffer, double* origin, nint rows, nint columns, nint stride)
    {
        this.buffer = buffer;
        this.origin = origin;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Number of rows.</summary>
    public nint Rows { get; }

    /// <summary>Number of columns.</summary>
    public nint Columns { get; }

    /// <summary>Distance in entries between the starts of two successive rows (the leading dimension).</summary>
    public nint Stride { get; }

    /// <summary>True when rows follow one another without a gap.</summary>
    public bool IsContiguous => Stride == Columns || Rows <= 1;

    /// <summary>Address of the entry (0, 0). Valid while this matrix is reachable: see <see cref="GC.KeepAlive"/>.</summary>
    public double* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(buffer.IsClosed, this);
            return origin;
        }
    }

    /// <summary>The entry in row <paramref name="i"/> and column <paramref name="j"/>, both from 0.</summary>
    public double this[nint i, nint j]
    {
        get
        {
            var entry = *Entry(i, j);
            // Without this the memory might be freed, on another thread, between the address and the access.
            GC.KeepAlive(this);
            return entry;
        }

        set
        {
            *Entry(i, j) = value;
            GC.KeepAlive(this);
        }
    }

    /// <summary>A matrix of zeros.</summary>
    public static Matrix Zeros(nint rows, nint columns) => Allocate(rows, columns, clear: true);

    /// <summary>A matrix whose entries hold whatever the memory held: every entry must be written before it is read.</summary>
    public static Matrix Uninitialized(nint rows, nint columns) => Allocate(rows, columns, clear: false);

    /// <summary>A matrix whose entry (i, j) is <paramref name="entry"/>(i, j).</summary>
    public static Matrix Create(nint rows, nint columns, Func<nint, nint, double> entry)
    {
        var result = Uninitialized(rows, columns);
        for (nint i = 0; i < rows; i++)
        {
            for (nint j = 0; j < columns; j++)
            {
                result.origin[(i * columns) + j] = entry(i, j);
            }
        }

        return result;
    }

    /// <summary>A copy of <paramref name="entries"/>, read row by row.</summary>
    public static Matrix FromArray(nint rows, nint columns, ReadOnlySpan<double> entries)
    {
        if (entries.Length != rows * columns)
        {
            throw new ArgumentException($"A {rows} x {columns} matrix has {rows * columns} entries, not {entries.Length}.", nameof(entries));
        }

        var result = Uninitialized(rows, columns);
        entries.CopyTo(new Span<double>(result.origin, entries.Length));
        return result;
    }

    /// <summary>A copy of a two-dimensional array.</summary>
    public static Matrix FromArray(double[,] entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        fixed (double* source = entries)
        {
            return FromArray(entries.GetLength(0), entries.GetLength(1), new ReadOnlySpan<double>(source, entries.Length));
        }
    }

    /// <summary>A copy of a Math.NET matrix.</summary>
    public static Matrix FromMathNet(Matrix<double> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        return FromArray(matrix.RowCount, matrix.ColumnCount, matrix.ToRowMajorArray());
    }

    /// <summary>Row <paramref name="i"/> as a span over the matrix's own memory. Valid while this matrix is reachable.</summary>
    public Span<double> Row(nint i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((nuint)i, (nuint)Rows, nameof(i));
        return new Span<double>(Pointer + (i * Stride), checked((int)Columns));
    }

    /// <summary>The block of <paramref name="rows"/> x <paramref name="columns"/> entries from (row, column) on, without a copy.</summary>
    public Matrix View(nint row, nint column, nint rows, nint columns)
    {
        if (row < 0 || column < 0 || rows < 0 || columns < 0 || rows > Rows - row || columns > Columns - column)
        {
            throw new ArgumentOutOfRangeException(
                nameof(row),
                $"A view of {rows} x {columns} entries from ({row}, {column}) does not lie inside a {Rows} x {Columns} matrix.");
        }

        return new Matrix(buffer, Pointer + (row * Stride) + column, rows, columns, Stride);
    }

    /// <summary>A contiguous copy.</summary>
    public Matrix Clone()
    {
        var copy = Uninitialized(Rows, Columns);
        CopyTo(copy);
        return copy;
    }

    /// <summary>Writes every entry into <paramref name="target"/>, which has the same shape.</summary>
    public void CopyTo(Matrix target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Rows != Rows || target.Columns != Columns)
        {
            throw new ArgumentException($"A {Rows} x {Columns} matrix does not fit one of {target.Rows} x {target.Columns}.", nameof(target));
        }

        var bytes = (ulong)Columns * sizeof(double);
        double* from = Pointer, to = target.Pointer;
        void CopyRow(nint i) => Buffer.MemoryCopy(from + (i * Stride), to + (i * target.Stride), bytes, bytes);
        if (Rows * Columns < 1 << 16)
        {
            for (nint i = 0; i < Rows; i++)
            {
                CopyRow(i);
            }
        }
        else
        {
            Parallel.For(0L, Rows, i => CopyRow((nint)i));
        }

        GC.KeepAlive(this);
        GC.KeepAlive(target);
    }

    /// <summary>A copy of the diagonal.</summary>
    public double[] Diagonal()
    {
        var diagonal = new double[Math.Min(Rows, Columns)];
        for (nint i = 0; i < diagonal.Length; i++)
        {
            diagonal[i] = this[i, i];
        }

        return diagonal;
    }

    /// <summary>A copy as a two-dimensional array.</summary>
    public double[,] ToArray()
    {
        var entries = new double[Rows, Columns];
        for (nint i = 0; i < Rows; i++)
        {
            var row = Row(i);
            for (var j = 0; j < row.Length; j++)
            {
                entries[i, j] = row[j];
            }
        }

        GC.KeepAlive(this);
        return entries;
    }

    /// <summary>A copy as a Math.NET matrix.</summary>
    public Matrix<double> ToMathNet() => Matrix<double>.Build.DenseOfArray(ToArray());

    /// <inheritdoc/>
    public void Dispose() => buffer.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"Matrix {Rows} x {Columns}";

    private static Matrix Allocate(nint rows, nint columns, bool clear)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        var buffer = new NativeBuffer(checked(rows * columns), clear);
        return new Matrix(buffer, buffer.Pointer, rows, columns, columns);
    }

    private double* Entry(nint i, nint j)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((nuint)i, (nuint)Rows, nameof(i));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((nuint)j, (nuint)Columns, nameof(j));
        return Pointer + (i * Stride) + j;
    }
}
