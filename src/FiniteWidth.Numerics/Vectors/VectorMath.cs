using System;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics;

/// <summary>
/// Elementary and special functions over spans, at the widest vector of the processor. The target may be the source.
/// </summary>
/// <remarks>
/// Errors stay below two units in the last place (three for the hyperbolic functions); NaN gives NaN. The value of an
/// element depends neither on its place in the span nor, for all but log, sin and cos, on the width of the vectors.
/// </remarks>
public static class VectorMath
{
    /// <summary>exp x, subnormal results included.</summary>
    public static void Exp(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<ExpFunction>(x, target);

    /// <summary>exp x - 1, without cancellation near 0.</summary>
    public static void Expm1(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<Expm1Function>(x, target);

    /// <summary>sinh x.</summary>
    public static void Sinh(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<SinhFunction>(x, target);

    /// <summary>cosh x.</summary>
    public static void Cosh(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<CoshFunction>(x, target);

    /// <summary>tanh x.</summary>
    public static void Tanh(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<TanhFunction>(x, target);

    /// <summary>log x.</summary>
    public static void Log(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<LogFunction>(x, target);

    /// <summary>sin x.</summary>
    public static void Sin(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<SinFunction>(x, target);

    /// <summary>cos x.</summary>
    public static void Cos(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<CosFunction>(x, target);

    /// <summary>arcsin x in [-pi/2, pi/2]; NaN outside [-1, 1].</summary>
    public static void Asin(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<AsinFunction>(x, target);

    /// <summary>arccos x in [0, pi]; NaN outside [-1, 1].</summary>
    public static void Acos(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<AcosFunction>(x, target);

    /// <summary>erf x = (2/sqrt(pi)) integral of exp(-t^2) from 0 to x.</summary>
    public static void Erf(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<ErfFunction>(x, target);

    /// <summary>erfc x = 1 - erf x, without cancellation for x > 0.</summary>
    public static void Erfc(ReadOnlySpan<double> x, Span<double> target) => Loop.Apply<ErfcFunction>(x, target);

    /// <summary>The angle of the point (x, y) in [-pi, pi]; 0 at the origin.</summary>
    public static void Atan2(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> target) =>
        Loop.Apply<Atan2Function>(y, x, target);

    internal readonly struct ExpFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => Exponential.Exp(x);
    }

    internal readonly struct Expm1Function : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => Exponential.Expm1(x);
    }

    internal readonly struct SinhFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => Exponential.Sinh(x);
    }

    internal readonly struct CoshFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => Exponential.Cosh(x);
    }

    internal readonly struct TanhFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => Exponential.Tanh(x);
    }

    internal readonly struct LogFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => V.Log(x);
    }

    internal readonly struct SinFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => V.Sin(x);
    }

    internal readonly struct CosFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => V.Cos(x);
    }

    internal readonly struct AsinFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => InverseTrigonometric.Asin(x);
    }

    internal readonly struct AcosFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => InverseTrigonometric.Acos(x);
    }

    internal readonly struct ErfFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => ErrorFunction.Erf(x);
    }

    internal readonly struct ErfcFunction : IUnary
    {
        public static V Invoke<V>(V x)
            where V : struct, ILanes<V> => ErrorFunction.Erfc(x);
    }

    internal readonly struct Atan2Function : IBinary
    {
        public static V Invoke<V>(V y, V x)
            where V : struct, ILanes<V> => InverseTrigonometric.Atan2(y, x);
    }
}
