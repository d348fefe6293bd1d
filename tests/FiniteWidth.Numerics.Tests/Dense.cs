using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

/// <summary>Matrices to test with, and plain loops to test against.</summary>
internal static class Dense
{
    /// <summary>Sizes on both sides of every block and vector length in use.</summary>
    public static readonly int[] Sizes = [0, 1, 2, 3, 5, 8, 17, 31, 33, 64, 65, 130, 257];

    /// <summary>A matrix of normal numbers, cut from the middle of a larger one whose other entries are NaN.</summary>
    public static Matrix Random(nint rows, nint columns, long seed)
    {
        using var entries = Matrix.Uninitialized(rows, columns);
        RandomStream.FromSeed(2026).Split(seed).Normal(entries);
        return Strided(entries);
    }

    /// <summary>A matrix of NaN: what an output that must be overwritten may hold.</summary>
    public static Matrix Unwritten(nint rows, nint columns) => Strided(Matrix.Create(rows, columns, (_, _) => double.NaN));

    /// <summary>A copy inside a larger matrix of NaN.</summary>
    public static Matrix Strided(Matrix a)
    {
        var frame = Matrix.Create(a.Rows + 2, a.Columns + 5, (_, _) => double.NaN);
        var view = frame.View(1, 3, a.Rows, a.Columns);
        a.CopyTo(view);
        return view;
    }

    /// <summary>X X^T/m + ridge I with m = 2 n: symmetric, with eigenvalues of order one.</summary>
    public static Matrix Positive(nint n, double ridge, long seed)
    {
        var x = Random(n, Math.Max(1, 2 * n), seed);
        using var covariance = Product(x, Transpose(x));
        for (nint i = 0; i < n; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                covariance[i, j] = (covariance[i, j] / x.Columns) + (i == j ? ridge : 0);
            }
        }

        return Strided(covariance);
    }

    public static Matrix Identity(nint n) => Matrix.Create(n, n, (i, j) => i == j ? 1 : 0);

    public static Matrix Transpose(Matrix a) => Matrix.Create(a.Columns, a.Rows, (i, j) => a[j, i]);

    /// <summary>The entries on and below the diagonal; zeros above.</summary>
    public static Matrix Lower(Matrix a) => Matrix.Create(a.Rows, a.Columns, (i, j) => j <= i ? a[i, j] : 0);

    public static Matrix Product(Matrix a, Matrix b) => Matrix.Create(a.Rows, b.Columns, (i, j) =>
    {
        var sum = 0.0;
        for (nint k = 0; k < a.Columns; k++)
        {
            sum += a[i, k] * b[k, j];
        }

        return sum;
    });

    /// <summary>Asserts that two matrices differ by no more than <paramref name="tolerance"/> in any entry.</summary>
    public static void AssertEqual(Matrix actual, Matrix expected, double tolerance)
    {
        Assert.That((actual.Rows, actual.Columns), Is.EqualTo((expected.Rows, expected.Columns)));
        for (nint i = 0; i < actual.Rows; i++)
        {
            for (nint j = 0; j < actual.Columns; j++)
            {
                if (!(Math.Abs(actual[i, j] - expected[i, j]) <= tolerance))
                {
                    Assert.Fail($"Entry ({i}, {j}) is {actual[i, j]:R}, not {expected[i, j]:R} to {tolerance:E1}.");
                }
            }
        }
    }

    /// <summary>Asserts that A_ij and A_ji are the same number to the bit.</summary>
    public static void AssertSymmetricToTheBit(Matrix a)
    {
        for (nint i = 0; i < a.Rows; i++)
        {
            for (nint j = 0; j < i; j++)
            {
                if (BitConverter.DoubleToInt64Bits(a[i, j]) != BitConverter.DoubleToInt64Bits(a[j, i]))
                {
                    Assert.Fail($"Entries ({i}, {j}) and ({j}, {i}) are {a[i, j]:R} and {a[j, i]:R}.");
                }
            }
        }
    }
}
