using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>A function of one variable, written for every vector width.</summary>
internal interface IUnary
{
    static abstract V Invoke<V>(V x)
        where V : struct, ILanes<V>;
}

/// <summary>A function of two variables, written for every vector width.</summary>
internal interface IBinary
{
    static abstract V Invoke<V>(V x, V y)
        where V : struct, ILanes<V>;
}

/// <summary>Elementwise loops over spans, at the widest vector that the processor runs well.</summary>
/// <remarks>
/// The last, incomplete vector is padded and goes through the same instructions, so that the value of an element does
/// not depend on where in the span it stands. The target may be one of the sources.
/// </remarks>
internal static class Loop
{
    public const int MaxLanes = 8;

    /// <summary>The number of lanes of the widest vector that the processor runs well.</summary>
    public static readonly int Lanes =
        Vector512.IsHardwareAccelerated ? Lanes512.Count : Vector256.IsHardwareAccelerated ? Lanes256.Count : Lanes128.Count;

    /// <summary>The least number of elements, no fewer than <paramref name="count"/>, that fills whole vectors.</summary>
    public static int WholeVectors(int count) => (count + Lanes - 1) / Lanes * Lanes;

    public static void Apply<F>(ReadOnlySpan<double> x, Span<double> target)
        where F : struct, IUnary
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<F, Lanes512>(x, target);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<F, Lanes256>(x, target);
        }
        else
        {
            Run<F, Lanes128>(x, target);
        }
    }

    public static void Apply<F>(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> target)
        where F : struct, IBinary
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<F, Lanes512>(x, y, target);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<F, Lanes256>(x, y, target);
        }
        else
        {
            Run<F, Lanes128>(x, y, target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<F, V>(ReadOnlySpan<double> x, Span<double> target)
        where F : struct, IUnary
        where V : struct, ILanes<V>
    {
        Lengths.Same(x.Length, target.Length);
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var result = ref MemoryMarshal.GetReference(target);
        var whole = x.Length - (x.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            F.Invoke(V.Load(ref source, (nuint)j)).Store(ref result, (nuint)j);
        }

        if (whole < x.Length)
        {
            Span<double> padded = stackalloc double[MaxLanes];
            padded.Clear();
            x[whole..].CopyTo(padded);
            ref var pad = ref MemoryMarshal.GetReference(padded);
            F.Invoke(V.Load(ref pad, 0)).Store(ref pad, 0);
            padded[..(x.Length - whole)].CopyTo(target[whole..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<F, V>(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> target)
        where F : struct, IBinary
        where V : struct, ILanes<V>
    {
        Lengths.Same(x.Length, y.Length);
        Lengths.Same(x.Length, target.Length);
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var second = ref MemoryMarshal.GetReference(y);
        ref var result = ref MemoryMarshal.GetReference(target);
        var whole = x.Length - (x.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            F.Invoke(V.Load(ref first, (nuint)j), V.Load(ref second, (nuint)j)).Store(ref result, (nuint)j);
        }

        if (whole < x.Length)
        {
            Span<double> padded = stackalloc double[2 * MaxLanes];
            padded.Clear();
            x[whole..].CopyTo(padded);
            y[whole..].CopyTo(padded[MaxLanes..]);
            ref var pad = ref MemoryMarshal.GetReference(padded);
            F.Invoke(V.Load(ref pad, 0), V.Load(ref pad, MaxLanes)).Store(ref pad, 0);
            padded[..(x.Length - whole)].CopyTo(target[whole..]);
        }
    }
}
