using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Threading;
using FiniteWidth.Numerics.KernelPrograms;

namespace FiniteWidth.Numerics.Krylov;

/// <summary>
/// A kernel matrix K of P points in single precision: the tiles on and below its diagonal, one after the other, in memory or in a
/// file that is mapped into it. About 2 P^2 bytes, a quarter of what doubles take.
/// </summary>
/// <remarks>
/// Tiles are evaluated in double precision and rounded once, in units of a power of two that brings the largest variance to order one.
/// Products sum within a tile in single precision and over tiles in double; they do not depend on the number of threads.
/// </remarks>
public sealed unsafe class TiledKernel : IDisposable
{
    // A tile of this edge is 1 MB: products run near their peak and it stays in the second-level cache.
    private const int LargestEdge = 512;
    private const int SmallestEdge = 32;
    private const int TilesAcross = 8;

    private readonly int edge;
    private readonly NativeBuffer? memory;
    private readonly MappedFile? file;
    private readonly double[] squares;
    private double trace;

    private TiledKernel(int size, double unit, string? path)
    {
        Size = size;
        Unit = unit;
        edge = EdgeFor(size);
        squares = new double[Blocks];
        if (path is null)
        {
            memory = new NativeBuffer((nint)((BytesFor(size) + sizeof(double) - 1) / sizeof(double)), clear: false);
        }
        else
        {
            file = new MappedFile(path, BytesFor(size));
        }
    }

    /// <summary>P.</summary>
    public int Size { get; }

    /// <summary>The power of two that stored entries are multiplied with to give those of K.</summary>
    public double Unit { get; }

    /// <summary>The trace of K.</summary>
    public double Trace => trace;

    /// <summary>The Frobenius norm of K: the root of the sum of the squares of its eigenvalues.</summary>
    public double FrobeniusNorm
    {
        get
        {
            var sum = 0.0;
            foreach (var square in squares)
            {
                sum += square;
            }

            return Unit * Math.Sqrt(sum);
        }
    }

    /// <summary>
    /// The spectral norm that rounding to single precision adds to K, were the roundings independent: 2^-24 |K|_F/sqrt(P), times 2.
    /// </summary>
    public double Rounding => 2 * FrobeniusNorm / Math.Sqrt(Size) / (1 << 24);

    private int Blocks => (Size + edge - 1) / edge;

    private float* Entries => file is null ? (float*)memory!.Pointer : file.Pointer;

    /// <summary>The bytes that the tiles of a kernel of P points take.</summary>
    public static long BytesFor(int size)
    {
        var edge = EdgeFor(size);
        var bytes = 0L;
        for (long row = 0; row < size; row += edge)
        {
            var rows = Math.Min(edge, size - row);
            bytes += rows * (row + rows) * sizeof(float);
        }

        return bytes;
    }

    /// <summary>
    /// K of the points in the rows of X (P x N0), with Gram matrix scale X X^T, in memory or, where <paramref name="path"/> is given, in
    /// that file, which is made anew and deleted at the end.
    /// </summary>
    /// <param name="program">The kernel.</param>
    /// <param name="weights">The values of the program's weights.</param>
    /// <param name="x">The points.</param>
    /// <param name="scale">What the products of points are multiplied with, 1/N0.</param>
    /// <param name="path">The file of the tiles, or null.</param>
    /// <param name="progress">Told the fraction of the tiles that are done, now and then.</param>
    /// <param name="cancellation">Ends the work between two tiles.</param>
    /// <exception cref="InaccurateKernelException">An entry is infinite or not a number.</exception>
    public static TiledKernel Create(
        PairProgram program,
        ReadOnlySpan<double> weights,
        Matrix x,
        double scale,
        string? path,
        Action<double>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(x);
        var size = checked((int)x.Rows);
        var diagonal = program.Diagonal(weights, GramTiles.Variances(x, scale));
        var kernel = new TiledKernel(size, UnitOf(diagonal), path);
        try
        {
            kernel.Fill(program, weights, x, scale, progress, cancellation);
        }
        catch
        {
            kernel.Dispose();
            throw;
        }

        foreach (var variance in diagonal)
        {
            kernel.trace += variance;
        }

        return kernel;
    }

    /// <summary>Y := X K for vectors in the rows of X and of Y, both b x P.</summary>
    public void Multiply(Matrix x, Matrix y, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        var count = checked((int)x.Rows);
        Require.Shape(x, count, Size, nameof(x));
        Require.Shape(y, count, Size, nameof(y));
        if (count == 0)
        {
            return;
        }

        var panels = Panels(x, count);
        var algebra = LinearAlgebra.Default;
        using (algebra.SingleThreaded())
        {
            Work.For(Blocks, () => (new float[count * edge], new double[count * edge]), (block, room) =>
            {
                cancellation.ThrowIfCancellationRequested();
                MultiplyRows(algebra, block, count, panels, room.Item1, room.Item2, y);
            });
        }

        GC.KeepAlive(this);
    }

    /// <summary>Frees the memory, or unmaps and deletes the file.</summary>
    public void Dispose()
    {
        memory?.Dispose();
        file?.Dispose();
    }

    private static int EdgeFor(int size) => Math.Clamp((size / TilesAcross + 7) / 8 * 8, SmallestEdge, LargestEdge);

    // The largest variance lies between 1 and 2 in these units.
    private static double UnitOf(double[] diagonal)
    {
        var largest = 0.0;
        foreach (var variance in diagonal)
        {
            largest = Math.Max(largest, Math.Abs(variance));
        }

        return largest > 0 && double.IsFinite(largest) ? Math.ScaleB(1, Math.ILogB(largest)) : 1;
    }

    private int RowsOf(int block) => Math.Min(edge, Size - (block * edge));

    // Row blocks follow each other, in each the tiles from the left.
    private float* TileAt(int row, int column)
    {
        var before = (long)row * edge * (((long)row * edge) + edge) / 2;
        return Entries + before + ((long)RowsOf(row) * column * edge);
    }

    private Span<float> TileSpan(int row, int column) => new(TileAt(row, column), RowsOf(row) * RowsOf(column));

    private void Fill(
        PairProgram program, ReadOnlySpan<double> weights, Matrix x, double scale, Action<double>? progress, CancellationToken cancellation)
    {
        var tiles = (double)Blocks * (Blocks + 1) / 2;
        var done = 0;
        var gate = new Lock();
        var tileSquares = new double[Blocks * (Blocks + 1) / 2];
        program.SymmetricTiles(
            LinearAlgebra.Default,
            weights,
            x,
            scale,
            edge,
            (row, column, tile) =>
            {
                int i = row / edge, j = column / edge;
                tileSquares[(i * (i + 1) / 2) + j] = Store(tile, TileSpan(i, j));
                lock (gate)
                {
                    progress?.Invoke(++done / tiles);
                }
            },
            cancellation);
        for (var i = 0; i < Blocks; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                squares[i] += (i == j ? 1 : 2) * tileSquares[(i * (i + 1) / 2) + j];
            }
        }
    }

    // Rounds a tile into its place; the sum of its squares, in units.
    private double Store(Matrix tile, Span<float> place)
    {
        var inverse = 1 / Unit;
        var sum = 0.0;
        for (nint i = 0; i < tile.Rows; i++)
        {
            var row = tile.Row(i);
            var target = place.Slice((int)i * row.Length, row.Length);
            for (var j = 0; j < row.Length; j++)
            {
                var value = row[j] * inverse;
                target[j] = (float)value;
                sum += value * value;
            }
        }

        return double.IsFinite(sum)
            ? sum
            : throw InaccurateKernelException.BeyondDoubles();
    }

    // The columns of X that belong to a block of points, rounded, one block after the other.
    private float[] Panels(Matrix x, int count)
    {
        var panels = new float[checked(count * Size)];
        Work.For(Blocks, () => panels, (block, target) =>
        {
            int start = block * edge, width = RowsOf(block);
            for (var i = 0; i < count; i++)
            {
                var row = x.Row(i).Slice(start, width);
                var place = target.AsSpan((count * start) + (i * width), width);
                for (var j = 0; j < width; j++)
                {
                    place[j] = (float)row[j];
                }
            }
        });
        return panels;
    }

    private MatrixSpan<float> Panel(float[] panels, int block, int count) =>
        new(panels.AsSpan(count * block * edge, count * RowsOf(block)), count, RowsOf(block));

    private void MultiplyRows(
        LinearAlgebraProvider algebra, int block, int count, float[] panels, float[] product, double[] sum, Matrix y)
    {
        var width = RowsOf(block);
        var entries = count * width;
        var total = sum.AsSpan(0, entries);
        var part = product.AsSpan(0, entries);
        var target = new MatrixSpan<float>(part, count, width);
        total.Clear();
        for (var other = 0; other < Blocks; other++)
        {
            var panel = Panel(panels, other, count);
            if (other <= block)
            {
                var tile = new MatrixSpan<float>(TileSpan(block, other), width, RowsOf(other));
                algebra.Multiply(1.0, panel, false, tile, true, 0.0, target);
            }
            else
            {
                var tile = new MatrixSpan<float>(TileSpan(other, block), RowsOf(other), width);
                algebra.Multiply(1.0, panel, false, tile, false, 0.0, target);
            }

            for (var i = 0; i < entries; i++)
            {
                total[i] += part[i];
            }
        }

        for (var i = 0; i < count; i++)
        {
            var row = y.Row(i).Slice(block * edge, width);
            var from = total.Slice(i * width, width);
            for (var j = 0; j < width; j++)
            {
                row[j] = Unit * from[j];
            }
        }
    }

    /// <summary>A file of a given length in the address space, deleted when it is closed.</summary>
    private sealed class MappedFile : IDisposable
    {
        private readonly FileStream stream;
        private readonly MemoryMappedFile map;
        private readonly MemoryMappedViewAccessor view;
        private readonly byte* address;

        public MappedFile(string path, long bytes)
        {
            stream = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            try
            {
                // Where the disk is too small this fails, rather than a write into the mapping later on.
                RandomAccess.SetLength(stream.SafeFileHandle, bytes);
                Reserve(bytes);
                map = MemoryMappedFile.CreateFromFile(
                    stream, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
                view = map.CreateViewAccessor(0, bytes);
                view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
            }
            catch
            {
                stream.Dispose();
                throw;
            }
        }

        public float* Pointer => (float*)(address + view.PointerOffset);

        public void Dispose()
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
            stream.Dispose();
        }

        // A file with holes would end the process where the disk fills up.
        private void Reserve(long bytes)
        {
            var zeros = new byte[1 << 22];
            for (var offset = 0L; offset < bytes; offset += zeros.Length)
            {
                RandomAccess.Write(stream.SafeFileHandle, zeros.AsSpan(0, (int)Math.Min(zeros.Length, bytes - offset)), offset);
            }
        }
    }
}
