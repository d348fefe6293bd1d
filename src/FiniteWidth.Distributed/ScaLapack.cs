using System;
using System.Runtime.InteropServices;
using FiniteWidth.Numerics;

namespace FiniteWidth.Distributed;

/// <summary>
/// The routines of ScaLAPACK that kernels need, on whole block-cyclic matrices: every rank of the grid calls at once. A symmetric A is its
/// upper triangle, A = U^T U; but it is reduced to tridiagonal form by its lower one.
/// </summary>
internal static unsafe partial class ScaLapack
{
    private const byte Left = (byte)'L';
    private const byte Lower = (byte)'L';
    private const byte Upper = (byte)'U';
    private const byte Ordinary = (byte)'N';
    private const byte Transposed = (byte)'T';
    private const nuint Letter = 1;

    /// <summary>
    /// A = Q F Q^T, F tridiagonal. The reflections of Q overwrite A; of F, and of the scalars of Q, every rank gets what belongs to its
    /// columns.
    /// </summary>
    public static void Tridiagonalize(BlockCyclicMatrix a, double[] diagonal, double[] beside, double[] scalars)
    {
        fixed (double* d = diagonal, e = beside, tau = scalars)
        fixed (int* layout = a.Descriptor)
        {
            var uplo = Lower;
            int n = a.Rows.Count, one = 1, size = -1, info;
            double best;
            PdSytrd(&uplo, &n, a.Pointer, &one, &one, layout, d, e, tau, &best, &size, &info, Letter);
            size = checked((int)best);
            using var work = Matrix.Uninitialized(1, size);
            PdSytrd(&uplo, &n, a.Pointer, &one, &one, layout, d, e, tau, work.Pointer, &size, &info, Letter);
            Require(info, "PDSYTRD");
        }
    }

    /// <summary>C := Q^T C, or Q C where <paramref name="back"/>, by the reflections of <see cref="Tridiagonalize"/>.</summary>
    public static void Rotate(BlockCyclicMatrix reflections, double[] scalars, bool back, BlockCyclicMatrix c)
    {
        fixed (double* tau = scalars)
        fixed (int* layout = reflections.Descriptor, layoutC = c.Descriptor)
        {
            byte side = Left, uplo = Lower, transposed = back ? Ordinary : Transposed;
            int m = c.Rows.Count, n = c.Columns.Count, one = 1, size = -1, info;
            double* a = reflections.Pointer, b = c.Pointer;
            double best;
            PdOrmtr(
                &side, &uplo, &transposed, &m, &n, a, &one, &one, layout, tau, b, &one, &one, layoutC, &best, &size, &info, Letter, Letter, Letter);
            size = checked((int)best);
            using var work = Matrix.Uninitialized(1, size);
            PdOrmtr(
                &side, &uplo, &transposed, &m, &n, a, &one, &one, layout, tau, b, &one, &one, layoutC, work.Pointer, &size, &info, Letter, Letter, Letter);
            Require(info, "PDORMTR");
        }
    }

    /// <summary>Overwrites A with U. Returns 0, or the 1-based index of the first leading minor that is not positive.</summary>
    public static int Cholesky(BlockCyclicMatrix a)
    {
        fixed (int* layout = a.Descriptor)
        {
            var uplo = Upper;
            int n = a.Rows.Count, one = 1, info;
            PdPotrf(&uplo, &n, a.Pointer, &one, &one, layout, &info, Letter);
            return info >= 0 ? info : Require(info, "PDPOTRF");
        }
    }

    /// <summary>Overwrites U with A^(-1).</summary>
    public static void Invert(BlockCyclicMatrix factor)
    {
        fixed (int* layout = factor.Descriptor)
        {
            var uplo = Upper;
            int n = factor.Rows.Count, one = 1, info;
            PdPotri(&uplo, &n, factor.Pointer, &one, &one, layout, &info, Letter);
            Require(info, "PDPOTRI");
        }
    }

    /// <summary>B := U^(-T) B, or U^(-1) B where <paramref name="back"/>.</summary>
    public static void SolveTriangular(BlockCyclicMatrix factor, bool back, BlockCyclicMatrix b)
    {
        fixed (int* layout = factor.Descriptor, layoutB = b.Descriptor)
        {
            byte uplo = Upper, transposed = back ? Ordinary : Transposed, unit = Ordinary;
            int n = factor.Rows.Count, k = b.Columns.Count, one = 1, info;
            PdTrtrs(
                &uplo, &transposed, &unit, &n, &k, factor.Pointer, &one, &one, layout, b.Pointer, &one, &one, layoutB, &info, Letter, Letter, Letter);
            Require(info, "PDTRTRS");
        }
    }

    private static int Require(int info, string routine) =>
        info == 0 ? 0 : throw new InvalidOperationException($"{routine} returned {info}.");

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "pdsytrd_")]
    private static partial void PdSytrd(
        byte* uplo, int* n, double* a, int* ia, int* ja, int* layout, double* d, double* e, double* tau, double* work, int* size, int* info, nuint length);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "pdormtr_")]
    private static partial void PdOrmtr(
        byte* side, byte* uplo, byte* transposed, int* m, int* n, double* a, int* ia, int* ja, int* layoutA, double* tau,
        double* c, int* ic, int* jc, int* layoutC, double* work, int* size, int* info, nuint length, nuint second, nuint third);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "pdpotrf_")]
    private static partial void PdPotrf(byte* uplo, int* n, double* a, int* ia, int* ja, int* layout, int* info, nuint length);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "pdpotri_")]
    private static partial void PdPotri(byte* uplo, int* n, double* a, int* ia, int* ja, int* layout, int* info, nuint length);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "pdtrtrs_")]
    private static partial void PdTrtrs(
        byte* uplo, byte* transposed, byte* unit, int* n, int* k, double* a, int* ia, int* ja, int* layoutA,
        double* b, int* ib, int* jb, int* layoutB, int* info, nuint length, nuint second, nuint third);
}
