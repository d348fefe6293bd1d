using System;
using System.Numerics;

namespace FiniteWidth.Numerics;

/// <summary>Elementwise arithmetic over spans of either precision.</summary>
internal static class Entries
{
    /// <summary>target[i] := (To)source[i].</summary>
    public static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> source, Span<TTo> target)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        Shapes.SameLength(source.Length, target.Length);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = TTo.CreateTruncating(source[i]);
        }
    }

    /// <summary>target[i] := target[i] * factor[i].</summary>
    public static void Multiply<T>(Span<T> target, ReadOnlySpan<T> factor)
        where T : unmanaged, INumberBase<T>
    {
        Shapes.SameLength(target.Length, factor.Length);
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
        Shapes.SameLength(target.Length, source.Length);
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
        Shapes.SameLength(target.Length, source.Length);
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

    /// <summary>sum_i a[i] b[i].</summary>
    public static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : unmanaged, INumberBase<T>
    {
        Shapes.SameLength(a.Length, b.Length);
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
}
