using System;
using System.Collections.Generic;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Tests;

/// <summary>An activation as a function of one variable, beside the kernel map that claims to belong to it.</summary>
internal sealed record ActivationCase(string Name, Func<double, double> Sigma, DualMap Map, bool Smooth)
{
    public static IReadOnlyList<ActivationCase> ClosedForms { get; } =
    [
        new("linear", z => z, DualMaps.Linear, true),
        new("erf", Erf, DualMaps.Erf, true),
        new("relu", z => Math.Max(z, 0.0), DualMaps.Relu, false),
        new("leaky relu", z => (1.2 * Math.Max(z, 0.0)) + (-0.3 * Math.Min(z, 0.0)), DualMaps.LeakyRelu(1.2, -0.3), false),
        new("sign", z => Math.Sign(z), DualMaps.Sign, false),
        new("step", z => z > 0.0 ? 1.0 : 0.0, DualMaps.Step, false),
        new("sin", Math.Sin, DualMaps.Sin, true),
        new("cos", Math.Cos, DualMaps.Cos, true),
        new("square", z => z * z, DualMaps.Square, true),
        new("exp", Math.Exp, DualMaps.Exp, true),
    ];

    public static IReadOnlyList<ActivationCase> Series { get; } =
    [
        new("tanh", Math.Tanh, DualMaps.Tanh, true),
        new("logistic", ScalarActivations.Logistic, DualMaps.Logistic, true),
        new("softplus", ScalarActivations.Softplus, DualMaps.Softplus, true),
        new("silu", ScalarActivations.Silu, DualMaps.Silu, true),
        new("gelu", ScalarActivations.Gelu, DualMaps.Gelu, true),
    ];

    public static IReadOnlyList<ActivationCase> All { get; } = [.. ClosedForms, .. Series];

    public double Value(double c11, double c12, double c22)
    {
        var features = Map.Prepare([c11, c22]);
        var k = new double[1];
        Map.Map(features, 0, features, 1, [c12], k);
        return k[0];
    }

    public (double D12, double D11, double D22) Derivatives(double c11, double c12, double c22)
    {
        var features = Map.Prepare([c11, c22]);
        double[] d12 = new double[1], d11 = new double[1], d22 = new double[1];
        Map.Derivatives(features, 0, features, 1, [c12], d12, d11, d22);
        return (d12[0], d11[0], d22[0]);
    }

    public override string ToString() => Name;

    private static double Erf(double z)
    {
        var value = new double[1];
        VectorMath.Erf([z], value);
        return value[0];
    }
}
