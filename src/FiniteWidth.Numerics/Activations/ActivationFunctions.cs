using System;
using FiniteWidth.Numerics.Activations;

namespace FiniteWidth.Numerics;

/// <summary>The named activations over spans, vectorised, and any other by delegates.</summary>
public static class ActivationFunctions
{
    /// <summary>sigma(z) = z.</summary>
    public static ActivationFunction Linear { get; } = new VectorUnit<LinearUnit>(default);

    /// <summary>sigma(z) = erf z, sigma'(z) = (2/sqrt(pi)) exp(-z^2).</summary>
    public static ActivationFunction Erf { get; } = new VectorUnit<ErfUnit>(default);

    /// <summary>sigma(z) = max(z, 0).</summary>
    public static ActivationFunction Relu { get; } = PiecewiseLinear(1.0, 0.0);

    /// <summary>sigma(z) = sign z, with derivative 0 everywhere.</summary>
    public static ActivationFunction Sign { get; } = new VectorUnit<StepUnit>(new StepUnit(1.0, 0.0, -1.0));

    /// <summary>sigma(z) = 1 for z > 0, else 0, with derivative 0 everywhere.</summary>
    public static ActivationFunction Step { get; } = new VectorUnit<StepUnit>(new StepUnit(1.0, 0.0, 0.0));

    /// <summary>sigma(z) = sin z.</summary>
    public static ActivationFunction Sin { get; } = new VectorUnit<SinUnit>(default);

    /// <summary>sigma(z) = cos z.</summary>
    public static ActivationFunction Cos { get; } = new VectorUnit<CosUnit>(default);

    /// <summary>sigma(z) = z^2.</summary>
    public static ActivationFunction Square { get; } = new VectorUnit<SquareUnit>(default);

    /// <summary>sigma(z) = exp z.</summary>
    public static ActivationFunction Exp { get; } = new VectorUnit<ExpUnit>(default);

    /// <summary>sigma(z) = tanh z.</summary>
    public static ActivationFunction Tanh { get; } = new VectorUnit<TanhUnit>(default);

    /// <summary>sigma(z) = 1/(1 + exp(-z)).</summary>
    public static ActivationFunction Logistic { get; } = new VectorUnit<LogisticUnit>(default);

    /// <summary>sigma(z) = log(1 + exp z).</summary>
    public static ActivationFunction Softplus { get; } = new VectorUnit<SoftplusUnit>(default);

    /// <summary>sigma(z) = z/(1 + exp(-z)).</summary>
    public static ActivationFunction Silu { get; } = new VectorUnit<SiluUnit>(default);

    /// <summary>sigma(z) = z Phi(z), Phi the standard normal distribution function.</summary>
    public static ActivationFunction Gelu { get; } = new VectorUnit<GeluUnit>(default);

    /// <summary>sigma(z) = z for z > 0, else exp z - 1.</summary>
    public static ActivationFunction Elu { get; } = new VectorUnit<EluUnit>(default);

    /// <summary>sigma(z) = a max(z, 0) + b min(z, 0).</summary>
    public static ActivationFunction PiecewiseLinear(double a, double b) =>
        new PiecewiseLinearFunction(a, b);

    /// <summary>Any other sigma with its derivative, called once an element.</summary>
    public static ActivationFunction Create(Func<double, double> function, Func<double, double> derivative)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(derivative);
        return new DelegateUnit(function, derivative);
    }

    /// <summary>Any other smooth sigma, its derivative by central differences of fourth order: good to about 1e-11.</summary>
    public static ActivationFunction Create(Func<double, double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new DelegateUnit(function, z => Difference(function, z));
    }

    private static double Difference(Func<double, double> f, double z)
    {
        // The fifth root of the rounding unit balances rounding against the h^4 of the formula.
        var scale = Math.Max(1.0, Math.Abs(z));
        var h = (z + (1e-3 * scale)) - z;
        return ((8.0 * (f(z + h) - f(z - h))) - (f(z + (2.0 * h)) - f(z - (2.0 * h)))) / (12.0 * h);
    }
}
