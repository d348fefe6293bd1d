using System;
using System.Diagnostics.CodeAnalysis;

namespace FiniteWidth.Numerics;

/// <summary>The implementations of dense linear algebra, and the one in use.</summary>
public static class LinearAlgebra
{
    /// <summary>The provider in use: native where a BLAS/LAPACK library is found, else managed. Chosen once, at first use.</summary>
    /// <remarks>
    /// The environment variable FINITEWIDTH_BLAS names a library to use, by name or path, or says "managed". Without it
    /// OpenBLAS, MKL and Accelerate are looked for under their customary names.
    /// </remarks>
    /// <exception cref="InvalidOperationException">FINITEWIDTH_BLAS names a library that cannot be used.</exception>
    public static LinearAlgebraProvider Default => ProviderChoice.Current.Default;

    /// <summary>The provider that needs no native library.</summary>
    public static LinearAlgebraProvider Managed => ProviderChoice.Managed;

    /// <summary>The native provider, or false and one sentence that says why there is none.</summary>
    public static bool TryNative([NotNullWhen(true)] out LinearAlgebraProvider? native, out string reasonWhyNot)
    {
        native = ProviderChoice.Current.Native;
        reasonWhyNot = ProviderChoice.Current.ReasonWhyNot;
        return native is not null;
    }

    /// <summary>The condition number of A as the pivots of its Cholesky factor show it: no larger than it is.</summary>
    public static double PivotCondition(Matrix factor)
    {
        ArgumentNullException.ThrowIfNull(factor);
        double largest = 0, smallest = double.PositiveInfinity;
        for (nint i = 0; i < factor.Rows; i++)
        {
            var row = factor.Row(i)[..checked((int)(i + 1))];
            largest = Math.Max(largest, RowArithmetic.Dot(row, row));
            smallest = Math.Min(smallest, row[^1] * row[^1]);
        }

        return largest / smallest;
    }
}
