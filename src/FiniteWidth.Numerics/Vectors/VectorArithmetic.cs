using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>Sums, products and rotations of long vectors, at the width of the processor's, without allocation.</summary>
/// <remarks>Every span has the same length, or an <see cref="ArgumentException"/> says so.</remarks>
public static class VectorArithmetic
{
    /// <summary>sum_j x_j y_j.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        SameLength(x.Length, y.Length);
        return RowArithmetic.Dot(x, y);
    }

    /// <summary>target := target + weight x.</summary>
    public static void AddScaled(ReadOnlySpan<double> x, double weight, Span<double> target)
    {
        SameLength(x.Length, target.Length);
        RowArithmetic.AddScaled(x, weight, target);
    }

    /// <summary>target := target + weight x y, entry by entry.</summary>
    public static void AddProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double weight, Span<double> target)
    {
        SameLength(x.Length, target.Length);
        SameLength(y.Length, target.Length);
        RowArithmetic.AddProduct(x, y, weight, target);
    }

    /// <summary>target := weight target.</summary>
    public static void Scale(double weight, Span<double> target) => RowArithmetic.Scale(target, weight, target);

    /// <summary>target := x target, entry by entry.</summary>
    public static void Multiply(ReadOnlySpan<double> x, Span<double> target)
    {
        SameLength(x.Length, target.Length);
        RowArithmetic.Multiply(x, target, target);
    }

    /// <summary>(x, y) := (cosine x + sine y, cosine y - sine x): every point of the planes turns clockwise by one angle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(double cosine, double sine, Span<double> x, Span<double> y)
    {
        SameLength(x.Length, y.Length);
        var first = MemoryMarshal.Cast<double, Vector<double>>(x);
        var second = MemoryMarshal.Cast<double, Vector<double>>(y);
        for (var v = 0; v < first.Length; v++)
        {
            (first[v], second[v]) = ((cosine * first[v]) + (sine * second[v]), (cosine * second[v]) - (sine * first[v]));
        }

        for (var j = first.Length * Vector<double>.Count; j < x.Length; j++)
        {
            (x[j], y[j]) = ((cosine * x[j]) + (sine * y[j]), (cosine * y[j]) - (sine * x[j]));
        }
    }

    /// <summary>
    /// (x_j, y_j) := (c_j x_j + w s_j y_j, c_j y_j - w s_j x_j): each point turns by an angle of its own, clockwise for w = 1 and
    /// back for w = -1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(ReadOnlySpan<double> cosines, ReadOnlySpan<double> sines, double w, Span<double> x, Span<double> y)
    {
        SameLength(cosines.Length, x.Length);
        SameLength(sines.Length, x.Length);
        SameLength(x.Length, y.Length);
        var c = MemoryMarshal.Cast<double, Vector<double>>(cosines);
        var s = MemoryMarshal.Cast<double, Vector<double>>(sines);
        var first = MemoryMarshal.Cast<double, Vector<double>>(x);
        var second = MemoryMarshal.Cast<double, Vector<double>>(y);
        for (var v = 0; v < first.Length; v++)
        {
            var sine = w * s[v];
            (first[v], second[v]) = ((c[v] * first[v]) + (sine * second[v]), (c[v] * second[v]) - (sine * first[v]));
        }

        for (var j = first.Length * Vector<double>.Count; j < x.Length; j++)
        {
            var sine = w * sines[j];
            (x[j], y[j]) = ((cosines[j] * x[j]) + (sine * y[j]), (cosines[j] * y[j]) - (sine * x[j]));
        }
    }

    private static void SameLength(int expected, int actual)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"Vectors of {expected} and of {actual} entries were given; they must have the same length.");
        }
    }
}
