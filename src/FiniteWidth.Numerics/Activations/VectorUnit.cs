using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FiniteWidth.Numerics.KernelMaps;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.Activations;

/// <summary>An activation at the widest vector that the processor runs well.</summary>
internal class VectorUnit<U>(U unit) : ActivationFunction
    where U : struct, IUnit
{
    public override void Apply(ReadOnlySpan<double> z, Span<double> value)
    {
        Lengths.Same(z.Length, value.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Lanes512>(unit, z, value);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Lanes256>(unit, z, value);
        }
        else
        {
            Run<Lanes128>(unit, z, value);
        }
    }

    public override void Apply(ReadOnlySpan<double> z, Span<double> value, Span<double> slope)
    {
        Lengths.Same(z.Length, value.Length);
        Lengths.Same(z.Length, slope.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Lanes512>(unit, z, value, slope);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Lanes256>(unit, z, value, slope);
        }
        else
        {
            Run<Lanes128>(unit, z, value, slope);
        }
    }

    protected override void ApplyInPlace(Span<float> value, Span<float> slope)
    {
        Lengths.Same(value.Length, slope.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Lanes512>(unit, value, slope);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Lanes256>(unit, value, slope);
        }
        else
        {
            Run<Lanes128>(unit, value, slope);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<V>(U unit, Span<float> value, Span<float> slope)
        where V : struct, ILanes<V>
    {
        ref var values = ref MemoryMarshal.GetReference(value);
        ref var slopes = ref MemoryMarshal.GetReference(slope);
        var whole = value.Length - (value.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            var result = unit.Invoke(V.LoadSingle(ref values, (nuint)j), out var derivative);
            result.StoreSingle(ref values, (nuint)j);
            derivative.StoreSingle(ref slopes, (nuint)j);
        }

        if (whole < value.Length)
        {
            Span<float> padded = stackalloc float[2 * Loop.MaxLanes];
            padded.Clear();
            value[whole..].CopyTo(padded);
            ref var pad = ref MemoryMarshal.GetReference(padded);
            var result = unit.Invoke(V.LoadSingle(ref pad, 0), out var derivative);
            result.StoreSingle(ref pad, 0);
            derivative.StoreSingle(ref pad, Loop.MaxLanes);
            padded[..(value.Length - whole)].CopyTo(value[whole..]);
            padded.Slice(Loop.MaxLanes, value.Length - whole).CopyTo(slope[whole..]);
        }
    }

    // The last, incomplete vector is padded and goes through the same instructions, as in Loop.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<V>(U unit, ReadOnlySpan<double> z, Span<double> value)
        where V : struct, ILanes<V>
    {
        ref var source = ref MemoryMarshal.GetReference(z);
        ref var target = ref MemoryMarshal.GetReference(value);
        var whole = z.Length - (z.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            unit.Invoke(V.Load(ref source, (nuint)j), out _).Store(ref target, (nuint)j);
        }

        if (whole < z.Length)
        {
            Span<double> padded = stackalloc double[Loop.MaxLanes];
            padded.Clear();
            z[whole..].CopyTo(padded);
            ref var pad = ref MemoryMarshal.GetReference(padded);
            unit.Invoke(V.Load(ref pad, 0), out _).Store(ref pad, 0);
            padded[..(z.Length - whole)].CopyTo(value[whole..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<V>(U unit, ReadOnlySpan<double> z, Span<double> value, Span<double> slope)
        where V : struct, ILanes<V>
    {
        ref var source = ref MemoryMarshal.GetReference(z);
        ref var values = ref MemoryMarshal.GetReference(value);
        ref var slopes = ref MemoryMarshal.GetReference(slope);
        var whole = z.Length - (z.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            var result = unit.Invoke(V.Load(ref source, (nuint)j), out var derivative);
            result.Store(ref values, (nuint)j);
            derivative.Store(ref slopes, (nuint)j);
        }

        if (whole < z.Length)
        {
            Span<double> padded = stackalloc double[2 * Loop.MaxLanes];
            padded.Clear();
            z[whole..].CopyTo(padded);
            ref var pad = ref MemoryMarshal.GetReference(padded);
            var result = unit.Invoke(V.Load(ref pad, 0), out var derivative);
            result.Store(ref pad, 0);
            derivative.Store(ref pad, Loop.MaxLanes);
            padded[..(z.Length - whole)].CopyTo(value[whole..]);
            padded.Slice(Loop.MaxLanes, z.Length - whole).CopyTo(slope[whole..]);
        }
    }
}
