using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>Elementwise arithmetic over spans of either precision.</summary>
internal static class Entries
{
    /// <summary>target[i] := source[i], rounded to the target's precision.</summary>
    public static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> source, Span<TTo> target)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        Lengths.Same(source.Length, target.Length);
        if (typeof(TFrom) == typeof(TTo))
        {
            MemoryMarshal.Cast<TFrom, TTo>(source).CopyTo(target);
            return;
        }

        var i = 0;
        if (typeof(TFrom) == typeof(double) && typeof(TTo) == typeof(float))
        {
            i = Narrow(MemoryMarshal.Cast<TFrom, double>(source), MemoryMarshal.Cast<TTo, float>(target));
        }
        else if (typeof(TFrom) == typeof(float) && typeof(TTo) == typeof(double))
        {
            i = Widen(MemoryMarshal.Cast<TFrom, float>(source), MemoryMarshal.Cast<TTo, double>(target));
        }

        for (; i < source.Length; i++)
        {
            target[i] = TTo.CreateTruncating(source[i]);
        }
    }

    /// <summary>The entries of a matrix row by row, rounded to T's precision.</summary>
    public static T[] Copy<T>(Matrix matrix)
        where T : unmanaged, INumberBase<T>
    {
        var columns = (int)matrix.Columns;
        var copy = GC.AllocateUninitializedArray<T>(checked((int)matrix.Rows * columns));
        for (var i = 0; i < matrix.Rows; i++)
        {
            Convert<double, T>(matrix.Row(i), copy.AsSpan(i * columns, columns));
        }

        return copy;
    }

    /// <summary>target[i] := target[i] * factor[i].</summary>
    public static void Multiply<T>(Span<T> target, ReadOnlySpan<T> factor)
        where T : unmanaged, INumberBase<T>
    {
        Lengths.Same(target.Length, factor.Length);
        var i = 0;
        for (; i <= target.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(target[i..]) * new Vector<T>(factor[i..])).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] *= factor[i];
        }
    }

    /// <summary>target[i] := factor * source[i].</summary>
    public static void Scale<T>(T factor, ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged, INumberBase<T>
    {
        Lengths.Same(target.Length, source.Length);
        var factors = new Vector<T>(factor);
        var i = 0;
        for (; i <= target.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (factors * new Vector<T>(source[i..])).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = factor * source[i];
        }
    }

    /// <summary>target[i] := target[i] + factor * source[i].</summary>
    public static void Add<T>(T factor, ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged, INumberBase<T>
    {
        Lengths.Same(target.Length, source.Length);
        var factors = new Vector<T>(factor);
        var i = 0;
        for (; i <= target.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            (new Vector<T>(target[i..]) + (factors * new Vector<T>(source[i..]))).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }

    /// <summary>(x[i], y[i]) := (cosine x[i] + sine y[i], cosine y[i] - sine x[i]).</summary>
    public static void Rotate<T>(T cosine, T sine, Span<T> x, Span<T> y)
        where T : unmanaged, INumberBase<T>
    {
        Lengths.Same(x.Length, y.Length);
        Vector<T> c = new(cosine), s = new(sine);
        var i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> first = new(x[i..]), second = new(y[i..]);
            ((c * first) + (s * second)).CopyTo(x[i..]);
            ((c * second) - (s * first)).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) + (sine * y[i]), (cosine * y[i]) - (sine * x[i]));
        }
    }

    /// <summary>sum_i a[i] b[i].</summary>
    public static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : unmanaged, INumberBase<T>
    {
        Lengths.Same(a.Length, b.Length);
        var sums = Vector<T>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            sums += new Vector<T>(a[i..]) * new Vector<T>(b[i..]);
        }

        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>target[i] := x[i] + step[i] (g[i] - x[i]) + sqrt(2 step[i]) noise[i].</summary>
    public static void Diffuse(
        ReadOnlySpan<double> step, ReadOnlySpan<double> x, ReadOnlySpan<double> g, ReadOnlySpan<double> noise, Span<double> target)
    {
        var i = 0;
        for (; i <= target.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> e = new(step[i..]), from = new(x[i..]);
            var drift = from + (e * (new Vector<double>(g[i..]) - from));
            (drift + (Vector.SquareRoot(e + e) * new Vector<double>(noise[i..]))).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = x[i] + (step[i] * (g[i] - x[i])) + (Math.Sqrt(2.0 * step[i]) * noise[i]);
        }
    }

    // Both convert whole vectors and return how many numbers those held.
    private static int Narrow(ReadOnlySpan<double> source, Span<float> target)
    {
        var i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<double> low = new(source[i..]), high = new(source[(i + Vector<double>.Count)..]);
            Vector.Narrow(low, high).CopyTo(target[i..]);
        }

        return i;
    }

    private static int Widen(ReadOnlySpan<float> source, Span<double> target)
    {
        var i = 0;
        for (; i <= source.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(source[i..]), out var low, out var high);
            low.CopyTo(target[i..]);
            high.CopyTo(target[(i + Vector<double>.Count)..]);
        }

        return i;
    }
}
