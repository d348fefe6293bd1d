using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.KernelMaps;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.Activations;

internal readonly struct LinearUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = 1.0;
        return z;
    }
}

internal readonly struct ErfUnit : IUnit
{
    private const double SlopeAtZero = 1.1283791670955126;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        var value = ErrorFunction.Erf(z, out var gaussian);
        slope = SlopeAtZero * gaussian;
        return value;
    }
}

/// <summary>sigma(z) = a max(z, 0) + b min(z, 0).</summary>
internal readonly struct PiecewiseLinearUnit(double a, double b) : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = V.Select(z > 0.0, a, b);
        return slope * z;
    }
}

/// <summary>
/// a max(z, 0) + b min(z, 0), averaged over z + w s with s of density (15/16) (1 - s^2)^2 on (-1, 1).
/// </summary>
internal readonly struct RoundedKinkUnit(double a, double b, double w) : IUnit
{
    private readonly double jump = a - b;
    private readonly double inverse = 1.0 / w;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        // Of max(z, 0) at t = z/w: the slope is S(t) = 1/2 + (15/16) (t - 2 t^3/3 + t^5/5), the value w times its integral.
        var t = V.Max(V.Min(inverse * z, 1.0), -1.0);
        var square = t * t;
        var rise = V.Fma(t * V.Fma(square, V.Fma(square, 0.2, -2.0 / 3.0), 1.0), 0.9375, 0.5);
        var integral = V.Fma(
            square * V.Fma(square, V.Fma(square, 1.0 / 30.0, -1.0 / 6.0), 0.5), 0.9375, V.Fma(t, 0.5, 0.15625));
        var ramp = V.Fma(integral, w, V.Max(z - w, 0.0));
        slope = V.Fma(rise, jump, b);
        return V.Fma(ramp, jump, b * z);
    }
}

/// <summary>A value on each side of 0 and one at 0.</summary>
internal readonly struct StepUnit(double above, double zero, double below) : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = 0.0;
        return V.Select(z > 0.0, above, V.Select(z < 0.0, below, z + zero));
    }
}

internal readonly struct SinUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = V.Cos(z);
        return V.Sin(z);
    }
}

internal readonly struct CosUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = -V.Sin(z);
        return V.Cos(z);
    }
}

internal readonly struct SquareUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = z + z;
        return z * z;
    }
}

internal readonly struct ExpUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V> => slope = Exponential.Exp(z);
}

internal readonly struct TanhUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        var t = Exponential.Tanh(z);
        slope = V.Fma(-t, t, 1.0);
        return t;
    }
}

internal readonly struct LogisticUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V> => Logistic(z, out slope, out _);

    /// <summary>s = 1/(1 + e^-z), s' = s (1 - s) and e^(-|z|), without overflow or cancellation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Logistic<V>(V z, out V slope, out V decay)
        where V : struct, ILanes<V>
    {
        decay = Exponential.Exp(-V.Abs(z));
        var inverse = 1.0 / (1.0 + decay);
        slope = decay * inverse * inverse;
        return V.Select(z < 0.0, decay, 1.0) * inverse;
    }
}

internal readonly struct SoftplusUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        slope = LogisticUnit.Logistic(z, out _, out var decay);

        // log(1 + e) with the rounding error of 1 + e put back: the result then keeps the digits of a small e.
        var sum = 1.0 + decay;
        return V.Select(z > 0.0, z, 0.0) + V.Log(sum) + ((decay - (sum - 1.0)) / sum);
    }
}

internal readonly struct SiluUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        var s = LogisticUnit.Logistic(z, out var ds, out _);
        slope = V.Fma(z, ds, s);
        return z * s;
    }
}

internal readonly struct GeluUnit : IUnit
{
    private const double InverseRootTwo = 0.7071067811865476;
    private const double DensityAtZero = 0.3989422804014327;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        var distribution = 0.5 * ErrorFunction.Erfc(-InverseRootTwo * z);
        slope = V.Fma(z, DensityAtZero * Exponential.Exp(-0.5 * z * z), distribution);
        return z * distribution;
    }
}

/// <summary>z above 0, else exp z - 1.</summary>
internal readonly struct EluUnit : IUnit
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>
    {
        var below = Exponential.Expm1(z);
        slope = V.Select(z > 0.0, 1.0, 1.0 + below);
        return V.Select(z > 0.0, z, below);
    }
}
