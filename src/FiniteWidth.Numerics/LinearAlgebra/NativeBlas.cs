using unsafe Gemm = delegate* unmanaged<
    byte*, byte*, int*, int*, int*, double*, double*, int*, double*, int*, double*, double*, int*, nuint, nuint,
    void>;
using unsafe Gemv = delegate* unmanaged<
    byte*, int*, int*, double*, double*, int*, double*, int*, double*, double*, int*, nuint, void>;
using unsafe Ormqr = delegate* unmanaged<
    byte*, byte*, int*, int*, int*, double*, int*, double*, double*, int*, double*, int*, int*, nuint, nuint, void>;
using unsafe Ormtr = delegate* unmanaged<
    byte*, byte*, byte*, int*, int*, double*, int*, double*, double*, int*, double*, int*, int*, nuint, nuint, nuint, void>;
using unsafe Potrf = delegate* unmanaged<
    byte*, int*, double*, int*, int*, nuint, void>;
using unsafe Potri = delegate* unmanaged<
    byte*, int*, double*, int*, int*, nuint, void>;
using unsafe Sbtrd = delegate* unmanaged<
    byte*, byte*, int*, int*, double*, int*, double*, double*, double*, int*, double*, int*, nuint, nuint, void>;
using unsafe SingleGemm = delegate* unmanaged<
    byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*, nuint, nuint,
    void>;
using unsafe Sy2sb = delegate* unmanaged<
    byte*, int*, int*, double*, int*, double*, int*, double*, double*, int*, int*, nuint, void>;
using unsafe Syevd = delegate* unmanaged<
    byte*, byte*, int*, double*, int*, double*, double*, int*, int*, int*, int*, nuint, nuint, void>;
using unsafe Syevr = delegate* unmanaged<
    byte*, byte*, byte*, int*, double*, int*, double*, double*, int*, int*, double*, int*, double*, double*, int*,
    int*, double*, int*, int*, int*, int*, nuint, nuint, nuint, void>;
using unsafe Syrk = delegate* unmanaged<
    byte*, byte*, int*, int*, double*, double*, int*, double*, double*, int*, nuint, nuint, void>;
using unsafe Sytrd = delegate* unmanaged<
    byte*, int*, double*, int*, double*, double*, double*, double*, int*, int*, nuint, void>;
using unsafe Trsm = delegate* unmanaged<
    byte*, byte*, byte*, byte*, int*, int*, double*, double*, int*, double*, int*, nuint, nuint, nuint, nuint, void>;
using unsafe Trsv = delegate* unmanaged<
    byte*, byte*, byte*, int*, double*, int*, double*, int*, nuint, nuint, nuint, void>;

namespace FiniteWidth.Numerics;

/// <summary>
/// The BLAS and LAPACK routines in use, as Fortran sees them: column-major, every argument by address, 32-bit integers.
/// </summary>
/// <remarks>
/// Fortran compilers append the length of every character argument to the argument list. Leaving those out works until a
/// callee reuses its own argument area for a tail call, so they are passed; a library written in C ignores them.
/// </remarks>
internal sealed unsafe class NativeBlas
{
    private const byte None = (byte)'N';
    private const byte Transpose = (byte)'T';
    private const byte Upper = (byte)'U';
    private const byte Lower = (byte)'L';
    private const byte Vectors = (byte)'V';
    private const byte Right = (byte)'R';
    private const byte All = (byte)'A';

    private readonly Gemm gemm;
    private readonly SingleGemm singleGemm;
    private readonly Gemv gemv;
    private readonly Syrk syrk;
    private readonly Trsm trsm;
    private readonly Trsv trsv;
    private readonly Potrf potrf;
    private readonly Potri potri;
    private readonly Syevd syevd;
    private readonly Syevr syevr;
    private readonly Sytrd sytrd;
    private readonly Ormtr ormtr;

    // Not in every library: null.
    private readonly Sy2sb sy2sb;
    private readonly Sbtrd sbtrd;
    private readonly Ormqr ormqr;

    public NativeBlas(BlasLibrary library)
    {
        gemm = (Gemm)library.Fortran("dgemm");
        singleGemm = (SingleGemm)library.Fortran("sgemm");
        gemv = (Gemv)library.Fortran("dgemv");
        syrk = (Syrk)library.Fortran("dsyrk");
        trsm = (Trsm)library.Fortran("dtrsm");
        trsv = (Trsv)library.Fortran("dtrsv");
        potrf = (Potrf)library.Fortran("dpotrf");
        potri = (Potri)library.Fortran("dpotri");
        syevd = (Syevd)library.Fortran("dsyevd");
        syevr = (Syevr)library.Fortran("dsyevr");
        sytrd = (Sytrd)library.Fortran("dsytrd");
        ormtr = (Ormtr)library.Fortran("dormtr");
        sy2sb = (Sy2sb)library.Fortran("dsytrd_sy2sb");
        sbtrd = (Sbtrd)library.Fortran("dsbtrd");
        ormqr = (Ormqr)library.Fortran("dormqr");
    }

    /// <summary>The routines that a library must export.</summary>
    public static string[] Routines { get; } =
        ["dgemm", "sgemm", "dgemv", "dsyrk", "dtrsm", "dtrsv", "dpotrf", "dpotri", "dsyevd", "dsyevr", "dsytrd", "dormtr", "ilaver"];

    /// <summary>Whether the library has what a reduction to a band takes.</summary>
    public bool CanReduceToBand => sy2sb is not null && sbtrd is not null && ormqr is not null;

    /// <summary>C := alpha op(A) op(B) + beta C; C is m x n, the inner size k.</summary>
    public void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k, double alpha, double* a, int lda, double* b, int ldb,
        double beta, double* c, int ldc)
    {
        byte opA = Operation(transposeA), opB = Operation(transposeB);
        gemm(&opA, &opB, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
    }

    /// <summary>C := alpha op(A) op(B) + beta C in single precision; C is m x n, the inner size k.</summary>
    public void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb,
        float beta, float* c, int ldc)
    {
        byte opA = Operation(transposeA), opB = Operation(transposeB);
        singleGemm(&opA, &opB, &m, &n, &k, &alpha, a, &lda, b, &ldb, &beta, c, &ldc, 1, 1);
    }

    /// <summary>y := alpha op(A) x + beta y; A is m x n.</summary>
    public void Multiply(
        bool transpose, int m, int n, double alpha, double* a, int lda, double* x, double beta, double* y)
    {
        var op = Operation(transpose);
        var one = 1;
        gemv(&op, &m, &n, &alpha, a, &lda, x, &one, &beta, y, &one, 1);
    }

    /// <summary>Upper triangle of C := alpha A^T A for A k x n, or of alpha A A^T for A n x k where it is the outer one.</summary>
    public void GramUpper(bool outer, int n, int k, double alpha, double* a, int lda, double* c, int ldc)
    {
        byte uplo = Upper, op = Operation(!outer);
        var beta = 0.0;
        syrk(&uplo, &op, &n, &k, &alpha, a, &lda, &beta, c, &ldc, 1, 1);
    }

    /// <summary>B := B op(U)^(-1) for an upper triangular U; B is m x n.</summary>
    public void SolveRightUpper(bool transpose, int m, int n, double* u, int ldu, double* b, int ldb)
    {
        byte side = Right, uplo = Upper, op = Operation(transpose), diagonal = None;
        var one = 1.0;
        trsm(&side, &uplo, &op, &diagonal, &m, &n, &one, u, &ldu, b, &ldb, 1, 1, 1, 1);
    }

    /// <summary>b := op(U)^(-1) b for an upper triangular U.</summary>
    public void SolveUpper(bool transpose, int n, double* u, int ldu, double* b)
    {
        byte uplo = Upper, op = Operation(transpose), diagonal = None;
        var one = 1;
        trsv(&uplo, &op, &diagonal, &n, u, &ldu, b, &one, 1, 1, 1);
    }

    /// <summary>U with A = U^T U, over the upper triangle of A.</summary>
    public int CholeskyUpper(int n, double* a, int lda)
    {
        var uplo = Upper;
        int info;
        potrf(&uplo, &n, a, &lda, &info, 1);
        return info;
    }

    /// <summary>The upper triangle of A^(-1), over U with A = U^T U.</summary>
    public int InvertUpper(int n, double* u, int ldu)
    {
        var uplo = Upper;
        int info;
        potri(&uplo, &n, u, &ldu, &info, 1);
        return info;
    }

    /// <summary>
    /// Eigenvalues, and where asked for eigenvectors over A, by divide and conquer; reads the upper triangle.
    /// </summary>
    public int EigenDivideAndConquer(
        bool vectors, int n, double* a, int lda, double* values, double* work, int lwork, int* iwork, int liwork)
    {
        byte job = vectors ? Vectors : None, uplo = Upper;
        int info;
        syevd(&job, &uplo, &n, a, &lda, values, work, &lwork, iwork, &liwork, &info, 1, 1);
        return info;
    }

    /// <summary>A = Q T Q^T from the upper triangle, Q over A and in tau, T in d and e.</summary>
    public int Tridiagonalize(int n, double* a, int lda, double* d, double* e, double* tau, double* work, int lwork)
    {
        var uplo = Upper;
        int info;
        sytrd(&uplo, &n, a, &lda, d, e, tau, work, &lwork, &info, 1);
        return info;
    }

    /// <summary>A = Q B Q^T from the lower triangle, Q over A and in tau, B a column of w + 1 entries each that begins with the diagonal.</summary>
    public int ReduceToBand(int n, int w, double* a, int lda, double* band, double* tau, double* work, int lwork)
    {
        var uplo = Lower;
        int info, rows = w + 1;
        sy2sb(&uplo, &n, &w, a, &lda, band, &rows, tau, work, &lwork, &info, 1);
        return info;
    }

    /// <summary>The tridiagonal form of such a B, which is destroyed; its basis is not formed.</summary>
    public int TridiagonalizeBand(int n, int w, double* band, double* d, double* e, double* work)
    {
        byte job = None, uplo = Lower;
        int info, rows = w + 1, one = 1;
        double none;
        sbtrd(&job, &uplo, &n, &w, band, &rows, d, e, &none, &one, work, &info, 1, 1);
        return info;
    }

    /// <summary>C := C Q, or C Q^T where <paramref name="transpose"/>, by n reflections of a reduction to a band, for C m x n.</summary>
    public int RotateBandFromRight(
        bool transpose, int m, int n, double* a, int lda, double* tau, double* c, int ldc, double* work, int lwork)
    {
        byte side = Right, operation = Operation(transpose);
        int info;
        ormqr(&side, &operation, &m, &n, &n, a, &lda, tau, c, &ldc, work, &lwork, &info, 1, 1);
        return info;
    }

    /// <summary>C := C Q, or C Q^T where <paramref name="transpose"/>, for C m x n.</summary>
    public int RotateFromRight(
        bool transpose, int m, int n, double* a, int lda, double* tau, double* c, int ldc, double* work, int lwork)
    {
        byte side = Right, uplo = Upper, operation = Operation(transpose);
        int info;
        ormtr(&side, &uplo, &operation, &m, &n, a, &lda, tau, c, &ldc, work, &lwork, &info, 1, 1, 1);
        return info;
    }

    /// <summary>
    /// Eigenvalues and eigenvectors Z by relatively robust representations; reads the upper triangle, destroys A.
    /// </summary>
    public int EigenRobustRepresentations(
        int n, double* a, int lda, double* values, double* z, int ldz, int* support, double* work, int lwork,
        int* iwork, int liwork)
    {
        byte job = Vectors, range = All, uplo = Upper;
        int info, found, unusedIndex = 0;
        double unusedBound = 0, tolerance = 0;
        syevr(
            &job, &range, &uplo, &n, a, &lda, &unusedBound, &unusedBound, &unusedIndex, &unusedIndex, &tolerance,
            &found, values, z, &ldz, support, work, &lwork, iwork, &liwork, &info, 1, 1, 1);
        return info;
    }

    private static byte Operation(bool transpose) => transpose ? Transpose : None;
}
