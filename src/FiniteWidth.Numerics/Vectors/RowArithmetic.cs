using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>Elementwise arithmetic over the segments of a row.</summary>
internal static class RowArithmetic
{
    /// <summary>target := weight x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(ReadOnlySpan<double> x, double weight, Span<double> target)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(x);
        var results = MemoryMarshal.Cast<double, Vector<double>>(target);
        for (var v = 0; v < vectors.Length; v++)
        {
            results[v] = vectors[v] * weight;
        }

        for (var j = vectors.Length * Vector<double>.Count; j < x.Length; j++)
        {
            target[j] = x[j] * weight;
        }
    }

    /// <summary>target := target + weight x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(ReadOnlySpan<double> x, double weight, Span<double> target)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(x);
        var results = MemoryMarshal.Cast<double, Vector<double>>(target);
        for (var v = 0; v < vectors.Length; v++)
        {
            results[v] += vectors[v] * weight;
        }

        for (var j = vectors.Length * Vector<double>.Count; j < x.Length; j++)
        {
            target[j] += x[j] * weight;
        }
    }

    /// <summary>target_j := bias + weight sum_r source_(r stride + j), r below <paramref name="rows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumRows(
        ReadOnlySpan<double> source, int stride, int rows, double weight, double bias, Span<double> target)
    {
        if (rows > 0)
        {
            // Throws where the last row ends beyond the source.
            _ = source.Slice((rows - 1) * stride, target.Length);
        }

        const int Unrolled = 4;
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target);
        var width = Vector<double>.Count;
        var j = 0;
        for (; j <= target.Length - (Unrolled * width); j += Unrolled * width)
        {
            Vector<double> a = default, b = default, c = default, d = default;
            for (int r = 0, k = j; r < rows; r++, k += stride)
            {
                a += Vector.LoadUnsafe(ref from, (nuint)k);
                b += Vector.LoadUnsafe(ref from, (nuint)(k + width));
                c += Vector.LoadUnsafe(ref from, (nuint)(k + (2 * width)));
                d += Vector.LoadUnsafe(ref from, (nuint)(k + (3 * width)));
            }

            var start = new Vector<double>(bias);
            (start + (a * weight)).StoreUnsafe(ref to, (nuint)j);
            (start + (b * weight)).StoreUnsafe(ref to, (nuint)(j + width));
            (start + (c * weight)).StoreUnsafe(ref to, (nuint)(j + (2 * width)));
            (start + (d * weight)).StoreUnsafe(ref to, (nuint)(j + (3 * width)));
        }

        for (; j <= target.Length - width; j += width)
        {
            Vector<double> sum = default;
            for (int r = 0, k = j; r < rows; r++, k += stride)
            {
                sum += Vector.LoadUnsafe(ref from, (nuint)k);
            }

            (new Vector<double>(bias) + (sum * weight)).StoreUnsafe(ref to, (nuint)j);
        }

        for (; j < target.Length; j++)
        {
            var sum = 0.0;
            for (int r = 0, k = j; r < rows; r++, k += stride)
            {
                sum += source[k];
            }

            target[j] = bias + (sum * weight);
        }
    }

    /// <summary>target := x y, entry by entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> target)
    {
        var first = MemoryMarshal.Cast<double, Vector<double>>(x);
        var second = MemoryMarshal.Cast<double, Vector<double>>(y);
        var results = MemoryMarshal.Cast<double, Vector<double>>(target);
        for (var v = 0; v < first.Length; v++)
        {
            results[v] = first[v] * second[v];
        }

        for (var j = first.Length * Vector<double>.Count; j < x.Length; j++)
        {
            target[j] = x[j] * y[j];
        }
    }

    /// <summary>target := target + weight x y, entry by entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double weight, Span<double> target)
    {
        var first = MemoryMarshal.Cast<double, Vector<double>>(x);
        var second = MemoryMarshal.Cast<double, Vector<double>>(y);
        var results = MemoryMarshal.Cast<double, Vector<double>>(target);
        for (var v = 0; v < first.Length; v++)
        {
            results[v] += first[v] * second[v] * weight;
        }

        for (var j = first.Length * Vector<double>.Count; j < x.Length; j++)
        {
            target[j] += x[j] * y[j] * weight;
        }
    }

    /// <summary>sum_j x_j y_j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var first = MemoryMarshal.Cast<double, Vector<double>>(x);
        var second = MemoryMarshal.Cast<double, Vector<double>>(y);
        Vector<double> even = default, odd = default;
        var v = 0;
        for (; v < first.Length - 1; v += 2)
        {
            even += first[v] * second[v];
            odd += first[v + 1] * second[v + 1];
        }

        if (v < first.Length)
        {
            even += first[v] * second[v];
        }

        var sum = Vector.Sum(even + odd);
        for (var j = first.Length * Vector<double>.Count; j < x.Length; j++)
        {
            sum += x[j] * y[j];
        }

        return sum;
    }
}
