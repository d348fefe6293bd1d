using System;

namespace FiniteWidth.Numerics;

/// <summary>Checks of arguments, each with one sentence that says what is wrong and what would be right.</summary>
internal static class Require
{
    public static void Variance(double c, int point)
    {
        if (!(c >= 0.0 && c < double.PositiveInfinity))
        {
            throw new ArgumentException($"The variance of point {point} is {c}; a variance is a finite number that is not negative.");
        }
    }

    public static void Variance(double c)
    {
        if (!(c >= 0.0 && c < double.PositiveInfinity))
        {
            throw new ArgumentException($"A variance is {c}; it must be a finite number that is not negative.");
        }
    }

    public static void SameLength(int expected, int actual)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"A target has {actual} entries, but there are {expected} covariances; the two must be equal.");
        }
    }

    public static void Shape(Matrix matrix, nint rows, nint columns, string name)
    {
        ArgumentNullException.ThrowIfNull(matrix, name);
        if (matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException($"{name} is {matrix.Rows} x {matrix.Columns}; it must be {rows} x {columns}.", name);
        }
    }
}
