using System;
using System.Threading;

namespace FiniteWidth.Numerics;

/// <summary>Linear algebra by a native BLAS and LAPACK library with 32-bit integers (LP64).</summary>
/// <remarks>
/// A row-major matrix is the transpose of a column-major one over the same memory, so its lower triangle is the upper
/// triangle that the library sees, and eigenvectors, which the library returns as columns, are rows. The number of
/// entries may exceed 2^31; every single dimension and stride must not.
/// </remarks>
public sealed unsafe class NativeLinearAlgebra : LinearAlgebraProvider
{
    // 1 + 6 n + 2 n^2, the workspace of divide and conquer, still fits 32 bits at this n.
    private const int LargestDivideAndConquer = 32766;

    // Panels of the reduction to tridiagonal form are never wider, in any LAPACK.
    private const int WidestPanel = 64;

    // Wide enough for products of blocks, narrow enough for what is done with the band.
    private const int BandWidth = 32;

    // dormtr keeps a table of this size behind its panel.
    private const int RotationTable = 65 * 64;

    private readonly BlasLibrary library;
    private readonly NativeBlas blas;
    private readonly Lock gate = new();
    private int scopes;
    private int threadsOutside;

    internal NativeLinearAlgebra(BlasLibrary library)
    {
        this.library = library;
        blas = new NativeBlas(library);
    }

    /// <summary>The library and its version, for example "OpenBLAS 0.3.21".</summary>
    public string Library => library.Name;

    /// <summary>The processor core that the library chose its kernels for, or null where it does not tell.</summary>
    public string? Core => library.Core;

    /// <summary>How many threads one call may use now, or null where the library does not tell.</summary>
    public int? Threads => library.Threads;

    /// <inheritdoc/>
    public override string Description
    {
        get
        {
            var threads = Threads is { } count ? $"{count} thread{(count == 1 ? "" : "s")}" : null;
            var details = (Core, threads) switch
            {
                (null, null) => "",
                (null, _) => $" ({threads})",
                (_, null) => $" ({Core})",
                _ => $" ({Core}, {threads})",
            };
            return Library + details;
        }
    }

    /// <inheritdoc/>
    public override void Gram(Matrix x, double scale, Matrix c)
    {
        Shapes.Gram(x, c);
        if (x.Rows == 0)
        {
            return;
        }

        blas.GramUpper(false, Int(x.Rows), Int(x.Columns), scale, x.Pointer, Leading(x), c.Pointer, Leading(c));
        GC.KeepAlive(x);
        Triangle.MirrorLower(c, mayUseThreads: scopes == 0);
    }

    /// <inheritdoc/>
    public override void GramLower(Matrix x, bool transpose, double scale, Matrix c)
    {
        Shapes.Gram(x, transpose, c);
        if (c.Rows > 0)
        {
            var inner = transpose ? x.Rows : x.Columns;
            blas.GramUpper(transpose, Int(c.Rows), Int(inner), scale, x.Pointer, Leading(x), c.Pointer, Leading(c));
            GC.KeepAlive(x);
            GC.KeepAlive(c);
        }
    }

    /// <inheritdoc/>
    public override void Multiply(double alpha, Matrix a, bool transposeA, Matrix b, bool transposeB, double beta, Matrix c)
    {
        Shapes.Product(a, transposeA, b, transposeB, c);
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        var inner = transposeA ? a.Rows : a.Columns;
        blas.Multiply(
            transposeB, transposeA, Int(c.Columns), Int(c.Rows), Int(inner),
            alpha, b.Pointer, Leading(b), a.Pointer, Leading(a), beta, c.Pointer, Leading(c));
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(c);
    }

    /// <inheritdoc/>
    public override void Multiply(double alpha, Matrix a, bool transposeA, ReadOnlySpan<double> x, double beta, Span<double> y)
    {
        Shapes.Product(a, transposeA, x.Length, y.Length);
        if (beta == 0)
        {
            // Some libraries multiply what y held by beta, and 0 times NaN is not 0.
            y.Clear();
        }

        if (y.IsEmpty)
        {
            return;
        }

        if (x.IsEmpty)
        {
            // The reference library returns early here, without the scaling by beta.
            foreach (ref var entry in y)
            {
                entry *= beta;
            }

            return;
        }

        fixed (double* from = x, to = y)
        {
            blas.Multiply(!transposeA, Int(a.Columns), Int(a.Rows), alpha, a.Pointer, Leading(a), from, beta, to);
        }

        GC.KeepAlive(a);
    }

    /// <inheritdoc/>
    public override void Multiply<T>(
        double alpha, MatrixSpan<T> a, bool transposeA, MatrixSpan<T> b, bool transposeB, double beta, MatrixSpan<T> c)
    {
        Shapes.Product(a, transposeA, b, transposeB, c);
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        var inner = transposeA ? a.Rows : a.Columns;
        fixed (T* left = &a.Origin, right = &b.Origin, result = &c.Origin)
        {
            if (typeof(T) == typeof(double))
            {
                blas.Multiply(
                    transposeB, transposeA, c.Columns, c.Rows, inner,
                    alpha, (double*)right, Leading(b), (double*)left, Leading(a), beta, (double*)result, Leading(c));
            }
            else if (typeof(T) == typeof(float))
            {
                blas.Multiply(
                    transposeB, transposeA, c.Columns, c.Rows, inner,
                    (float)alpha, (float*)right, Leading(b), (float*)left, Leading(a), (float)beta, (float*)result, Leading(c));
            }
            else
            {
                throw new NotSupportedException($"Products are of doubles or of floats, not of {typeof(T).Name}.");
            }
        }
    }

    /// <inheritdoc/>
    public override nint Cholesky(Matrix a)
    {
        Shapes.Square(a, "A Cholesky factorisation");
        if (a.Rows == 0)
        {
            return 0;
        }

        nint failing = Accepted(blas.CholeskyUpper(Int(a.Rows), a.Pointer, Leading(a)));
        // Fast kernels test pivots with a comparison that NaN passes. A NaN only reaches later rows, so the first bad
        // pivot is the failing minor.
        var computed = failing == 0 ? a : a.View(0, 0, failing - 1, failing - 1);
        var bad = Triangle.FirstBadPivot(computed);
        return bad == 0 ? failing : bad;
    }

    /// <inheritdoc/>
    public override double LogDeterminant(Matrix factor) => Triangle.LogDeterminant(factor);

    /// <inheritdoc/>
    public override void SolveTriangular(Matrix factor, bool transpose, Matrix b)
    {
        ArgumentNullException.ThrowIfNull(b);
        Shapes.Solve(factor, b.Rows, nameof(b));
        if (b.Rows == 0 || b.Columns == 0)
        {
            return;
        }

        blas.SolveRightUpper(transpose, Int(b.Columns), Int(b.Rows), factor.Pointer, Leading(factor), b.Pointer, Leading(b));
        GC.KeepAlive(factor);
        GC.KeepAlive(b);
    }

    /// <inheritdoc/>
    public override void Solve(Matrix factor, Span<double> b)
    {
        Shapes.Solve(factor, b.Length, nameof(b));
        if (b.IsEmpty)
        {
            return;
        }

        fixed (double* entries = b)
        {
            blas.SolveUpper(transpose: true, b.Length, factor.Pointer, Leading(factor), entries);
            blas.SolveUpper(transpose: false, b.Length, factor.Pointer, Leading(factor), entries);
        }

        GC.KeepAlive(factor);
    }

    /// <inheritdoc/>
    public override void Invert(Matrix factor)
    {
        Shapes.Square(factor, "An inverse");
        if (factor.Rows == 0)
        {
            return;
        }

        var zero = Accepted(blas.InvertUpper(Int(factor.Rows), factor.Pointer, Leading(factor)));
        if (zero > 0)
        {
            throw new ArgumentException(
                $"A Cholesky factor has positive diagonal entries, but entry ({zero - 1}, {zero - 1}) is 0.", nameof(factor));
        }

        Triangle.MirrorLower(factor, mayUseThreads: scopes == 0);
    }

    /// <inheritdoc/>
    public override double[] Eigen(Matrix a)
    {
        Shapes.Square(a, "An eigendecomposition");
        Triangle.RequireFinite(a);
        // Measured on two cores, divide and conquer is a tenth faster at n = 2000 and a hundred times more orthogonal; the
        // other one needs a single spare matrix instead of two, and reaches every n.
        return a.Rows <= LargestDivideAndConquer ? EigenDivideAndConquer(a) : EigenRobustRepresentations(a);
    }

    /// <inheritdoc/>
    public override double[] Eigenvalues(Matrix a)
    {
        Shapes.Square(a, "An eigendecomposition");
        Triangle.RequireFinite(a);
        return DivideAndConquer(a, vectors: false, workspace: 1 + ((2 + WidestPanel) * a.Rows));
    }

    /// <inheritdoc/>
    public override TridiagonalReduction Tridiagonalize(Matrix a)
    {
        Shapes.Square(a, "A tridiagonal reduction");
        Triangle.RequireFinite(a);
        var n = Int(a.Rows);
        var diagonal = new double[n];
        var offDiagonal = new double[Math.Max(0, n - 1)];
        var scalars = new double[n];
        if (n > 0)
        {
            using var work = Matrix.Uninitialized(1, (nint)n * WidestPanel);
            fixed (double* d = diagonal, tau = scalars)
            fixed (double* e = n > 1 ? offDiagonal : new double[1])
            {
                _ = Accepted(blas.Tridiagonalize(n, a.Pointer, Leading(a), d, e, tau, work.Pointer, Int(work.Columns)));
            }

            GC.KeepAlive(a);
        }

        return new TridiagonalReduction(a, scalars, new TridiagonalMatrix(diagonal, offDiagonal));
    }

    /// <inheritdoc/>
    public override bool ReducesToBand(nint rows) => blas.CanReduceToBand && rows > 2 * BandWidth;

    /// <inheritdoc/>
    public override BandReduction ReduceToBand(Matrix a)
    {
        Shapes.Square(a, "A reduction to a band");
        if (!ReducesToBand(a.Rows))
        {
            return base.ReduceToBand(a);
        }

        Triangle.RequireFinite(a);
        // What Fortran takes for the lower triangle: its panels are columns, which are contiguous there.
        Triangle.MirrorLower(a);
        var n = Int(a.Rows);
        var columns = new double[n * (BandWidth + 1)];
        double[] scalars = new double[n], diagonal = new double[n], offDiagonal = new double[n - 1];
        using var work = Matrix.Uninitialized(1, ((nint)n * BandWidth) + ((nint)n * 2 * WidestPanel) + (2 * BandWidth * BandWidth));
        fixed (double* band = columns, tau = scalars)
        {
            _ = Accepted(blas.ReduceToBand(n, BandWidth, a.Pointer, Leading(a), band, tau, work.Pointer, Int(work.Columns)));
        }

        var form = BandMatrix.OfColumns(BandWidth, columns);
        fixed (double* band = columns, d = diagonal, e = offDiagonal)
        {
            _ = Accepted(blas.TridiagonalizeBand(n, BandWidth, band, d, e, work.Pointer));
        }

        GC.KeepAlive(a);
        return new BandReduction(
            form, new TridiagonalMatrix(diagonal, offDiagonal), (c, back) => RotateBand(a, scalars, c, back));
    }

    // The first coordinates are left alone; otherwise as of a tridiagonal reduction.
    private void RotateBand(Matrix reflections, double[] scalars, Matrix c, bool back)
    {
        if (c.Columns == 0)
        {
            return;
        }

        int m = Int(c.Rows) - BandWidth, k = Int(c.Columns);
        using var work = Matrix.Uninitialized(1, ((nint)k * WidestPanel) + RotationTable);
        fixed (double* tau = scalars)
        {
            _ = Accepted(blas.RotateBandFromRight(
                back, k, m, reflections.Pointer + BandWidth, Leading(reflections), tau,
                c.Pointer + ((nint)BandWidth * Leading(c)), Leading(c), work.Pointer, Int(work.Columns)));
        }

        GC.KeepAlive(reflections);
        GC.KeepAlive(c);
    }

    /// <inheritdoc/>
    public override void Rotate(TridiagonalReduction reduction, Matrix c) => Rotate(reduction, back: false, c);

    /// <inheritdoc/>
    public override void RotateBack(TridiagonalReduction reduction, Matrix c) => Rotate(reduction, back: true, c);

    private void Rotate(TridiagonalReduction reduction, bool back, Matrix c)
    {
        Shapes.Rotation(reduction, c);
        var q = reduction.Reflections;
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        // The rows of C are the columns of what Fortran sees: (Q^T C)^T = C^T Q and (Q C)^T = C^T Q^T.
        int n = Int(c.Rows), k = Int(c.Columns);
        using var work = Matrix.Uninitialized(1, (nint)k * WidestPanel + RotationTable);
        fixed (double* tau = reduction.Scalars)
        {
            _ = Accepted(
                blas.RotateFromRight(
                    back, k, n, q.Pointer, Leading(q), tau, c.Pointer, Leading(c), work.Pointer, Int(work.Columns)));
        }

        GC.KeepAlive(q);
        GC.KeepAlive(c);
    }

    /// <inheritdoc/>
    public override void EnterSingleThreaded()
    {
        lock (gate)
        {
            if (scopes++ == 0 && Threads is { } threads)
            {
                threadsOutside = threads;
                library.SetThreads(1);
            }
        }
    }

    /// <inheritdoc/>
    public override void LeaveSingleThreaded()
    {
        lock (gate)
        {
            if (--scopes == 0 && threadsOutside > 0)
            {
                library.SetThreads(threadsOutside);
            }
        }
    }

    /// <inheritdoc/>
    public override void LimitThreads(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        lock (gate)
        {
            threadsOutside = Math.Min(threadsOutside, most);
            if (Threads > most)
            {
                library.SetThreads(most);
            }
        }
    }

    internal double[] EigenDivideAndConquer(Matrix a) =>
        DivideAndConquer(a, vectors: true, workspace: 1 + (6 * a.Rows) + (2 * a.Rows * a.Rows));

    internal double[] EigenRobustRepresentations(Matrix a)
    {
        var n = Int(a.Rows);
        var values = new double[n];
        if (n == 0)
        {
            return values;
        }

        using var vectors = Matrix.Uninitialized(n, n);
        using var work = Matrix.Uninitialized(1, (26 + WidestPanel) * (nint)n);
        var integers = new int[checked(10 * n)];
        var support = new int[checked(2 * n)];
        int info;
        fixed (double* valuesPointer = values)
        fixed (int* integersPointer = integers, supportPointer = support)
        {
            info = blas.EigenRobustRepresentations(
                n, a.Pointer, Leading(a), valuesPointer, vectors.Pointer, n, supportPointer,
                work.Pointer, Int(work.Columns), integersPointer, integers.Length);
        }

        RequireConverged(info);
        vectors.CopyTo(a);
        return values;
    }

    private double[] DivideAndConquer(Matrix a, bool vectors, nint workspace)
    {
        var n = Int(a.Rows);
        var values = new double[n];
        if (n == 0)
        {
            return values;
        }

        using var work = Matrix.Uninitialized(1, workspace);
        var integers = new int[3 + (5 * n)];
        int info;
        fixed (double* valuesPointer = values)
        fixed (int* integersPointer = integers)
        {
            info = blas.EigenDivideAndConquer(
                vectors, n, a.Pointer, Leading(a), valuesPointer, work.Pointer, Int(workspace), integersPointer, integers.Length);
        }

        GC.KeepAlive(a);
        RequireConverged(info);
        return values;
    }

    private void RequireConverged(int info)
    {
        if (Accepted(info) > 0)
        {
            throw new ArithmeticException($"The symmetric eigenvalue solver of {Library} did not converge (info = {info}).");
        }
    }

    private int Accepted(int info) =>
        info >= 0 ? info : throw new InvalidOperationException($"{Library} refused argument {-info} of a call.");

    private int Leading(Matrix a) => Int(Math.Max(1, a.Rows <= 1 ? a.Columns : a.Stride));

    private static int Leading<T>(MatrixSpan<T> a)
        where T : unmanaged => Math.Max(1, a.Stride);

    private int Int(nint size) =>
        size <= int.MaxValue
            ? (int)size
            : throw new ArgumentException(
                $"A dimension of {size} exceeds {int.MaxValue}, the largest that the 32-bit interface of {Library} takes.");
}
