using System;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics;

/// <summary>The kernel maps of the named activations.</summary>
/// <remarks>
/// With rho = c12/sqrt(c11 c22) and theta = arccos rho. A point of variance 0 contributes sigma(0); correlations that rounding has
/// put outside [-1, 1] count as -1 and 1. Derivatives that are unbounded in c12 (sign and step where two points coincide or
/// are opposite) are 0 there: along every path of the parameters rho has an extremum.
/// </remarks>
public static class DualMaps
{
    // Images reach variances of 30 times the mean, where a sharper bound would take orders beyond the thousand that is allowed.
    private const double NamedTolerance = 1e-8;

    // What a thousand terms reach where sigma'' jumps.
    private const double KinkedTolerance = 1e-6;

    /// <summary>sigma(z) = z: E[sigma sigma] = c12.</summary>
    public static DualMap Linear { get; } = new LinearMap();

    /// <summary>sigma(z) = erf z: E[sigma sigma] = (2/pi) arcsin(2 c12/sqrt((1 + 2c11)(1 + 2c22))).</summary>
    public static DualMap Erf { get; } = new ErfMap();

    /// <summary>sigma(z) = max(z, 0): E[sigma sigma] = sqrt(c11 c22) (sin theta + (pi - theta) cos theta)/(2 pi).</summary>
    public static DualMap Relu { get; } = new LeakyReluMap(1.0, 0.0);

    /// <summary>sigma(z) = sign z, sign 0 = 0: E[sigma sigma] = (2/pi) arcsin rho.</summary>
    public static DualMap Sign { get; } = new SignMap(0.0, 1.0, 0.0);

    /// <summary>sigma(z) = 1 for z &gt; 0, else 0: E[sigma sigma] = (pi - theta)/(2 pi).</summary>
    public static DualMap Step { get; } = new SignMap(0.5, 0.5, 0.0);

    /// <summary>sigma(z) = sin z: E[sigma sigma] = exp(-(c11 + c22)/2) sinh c12.</summary>
    public static DualMap Sin { get; } = new SineMap();

    /// <summary>sigma(z) = cos z: E[sigma sigma] = exp(-(c11 + c22)/2) cosh c12.</summary>
    public static DualMap Cos { get; } = new CosineMap();

    /// <summary>sigma(z) = z^2: E[sigma sigma] = c11 c22 + 2 c12^2.</summary>
    public static DualMap Square { get; } = new SquareMap();

    /// <summary>sigma(z) = exp z: E[sigma sigma] = exp((c11 + 2 c12 + c22)/2).</summary>
    public static DualMap Exp { get; } = new ExponentialMap();

    /// <summary>sigma(z) = tanh z, by its Hermite series.</summary>
    public static HermiteMap Tanh { get; } = new HermiteMap(Math.Tanh, NamedTolerance);

    /// <summary>sigma(z) = 1/(1 + exp(-z)), by its Hermite series.</summary>
    public static HermiteMap Logistic { get; } = new HermiteMap(ScalarActivations.Logistic, NamedTolerance);

    /// <summary>sigma(z) = log(1 + exp z), by its Hermite series.</summary>
    public static HermiteMap Softplus { get; } = new HermiteMap(ScalarActivations.Softplus, NamedTolerance);

    /// <summary>sigma(z) = z/(1 + exp(-z)), by its Hermite series.</summary>
    public static HermiteMap Silu { get; } = new HermiteMap(ScalarActivations.Silu, NamedTolerance);

    /// <summary>sigma(z) = z (1 + erf(z/sqrt 2))/2, by its Hermite series.</summary>
    public static HermiteMap Gelu { get; } = new HermiteMap(ScalarActivations.Gelu, NamedTolerance);

    /// <summary>sigma(z) = z for z &gt; 0, else exp z - 1, by its Hermite series: sigma'' jumps, which costs accuracy.</summary>
    public static HermiteMap Elu { get; } = new HermiteMap(ScalarActivations.Elu, KinkedTolerance, kinks: [0.0]);

    /// <summary>
    /// sigma(z) = <paramref name="above"/> for z &gt; 0, <paramref name="below"/> for z &lt; 0 and <paramref name="zero"/> at 0:
    /// E[sigma sigma] = m^2 + (above - below)^2/(2 pi) arcsin rho, m = (above + below)/2, and a point of variance 0 has zero for its m.
    /// </summary>
    public static DualMap PiecewiseConstant(double below, double zero, double above)
    {
        if (!double.IsFinite(below) || !double.IsFinite(zero) || !double.IsFinite(above))
        {
            throw new ArgumentException($"The values of a step are {below}, {zero} and {above}; all must be finite numbers.");
        }

        return new SignMap(0.5 * (above + below), 0.5 * (above - below), zero);
    }

    /// <summary>
    /// sigma(z) = a max(z, 0) + b min(z, 0):
    /// E[sigma sigma] = ((a + b)/2)^2 c12 + ((a - b)/2)^2 (2/pi) sqrt(c11 c22) (sqrt(1 - rho^2) + rho arcsin rho).
    /// </summary>
    public static DualMap LeakyRelu(double a, double b)
    {
        if (!double.IsFinite(a) || !double.IsFinite(b))
        {
            throw new ArgumentException($"The slopes of a leaky ReLU are {a} and {b}; both must be finite numbers.");
        }

        return new LeakyReluMap(a, b);
    }
}
