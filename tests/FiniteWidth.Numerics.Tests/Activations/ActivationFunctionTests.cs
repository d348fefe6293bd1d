using System;
using System.Collections.Generic;
using System.Linq;
using FiniteWidth.Numerics.KernelMaps;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class ActivationFunctionTests
{
    private static readonly double RootTwo = Math.Sqrt(2.0);

    private static IEnumerable<TestCaseData> Cases
    {
        get
        {
            yield return Case("linear", ActivationFunctions.Linear, z => z, _ => 1.0);
            yield return Case("erf", ActivationFunctions.Erf, Erf, z => 2.0 / Math.Sqrt(Math.PI) * Math.Exp(-z * z));
            yield return Case("relu", ActivationFunctions.Relu, z => Math.Max(z, 0.0), z => z > 0.0 ? 1.0 : 0.0);
            yield return Case(
                "piecewise linear", ActivationFunctions.PiecewiseLinear(1.2, -0.3),
                z => z > 0.0 ? 1.2 * z : -0.3 * z, z => z > 0.0 ? 1.2 : -0.3);
            yield return Case("sign", ActivationFunctions.Sign, z => Math.Sign(z), _ => 0.0);
            yield return Case("step", ActivationFunctions.Step, z => z > 0.0 ? 1.0 : 0.0, _ => 0.0);
            yield return Case("sin", ActivationFunctions.Sin, Math.Sin, Math.Cos);
            yield return Case("cos", ActivationFunctions.Cos, Math.Cos, z => -Math.Sin(z));
            yield return Case("square", ActivationFunctions.Square, z => z * z, z => 2.0 * z);
            yield return Case("exp", ActivationFunctions.Exp, Math.Exp, Math.Exp);
            yield return Case("tanh", ActivationFunctions.Tanh, Math.Tanh, z => Math.Pow(Math.Cosh(z), -2.0));
            yield return Case("logistic", ActivationFunctions.Logistic, ScalarActivations.Logistic, LogisticSlope);
            yield return Case("softplus", ActivationFunctions.Softplus, ScalarActivations.Softplus, ScalarActivations.Logistic);
            yield return Case(
                "silu", ActivationFunctions.Silu, ScalarActivations.Silu, z => ScalarActivations.Logistic(z) + (z * LogisticSlope(z)));
            yield return Case(
                "gelu", ActivationFunctions.Gelu, ScalarActivations.Gelu,
                z => (0.5 * Erfc(-z / RootTwo)) + (z * Math.Exp(-0.5 * z * z) / Math.Sqrt(2.0 * Math.PI)));
            yield return Case("elu", ActivationFunctions.Elu, ScalarActivations.Elu, z => z > 0.0 ? 1.0 : Math.Exp(z));
            yield return Case("delegates", ActivationFunctions.Create(Math.Atan, z => 1.0 / (1.0 + (z * z))), Math.Atan, z => 1.0 / (1.0 + (z * z)));
        }
    }

    // The values of the square and the exponential reach e^8: rounding is relative to them, absolute for the rest.
    [TestCaseSource(nameof(Cases))]
    public void Values_and_slopes_are_those_of_the_definition(
        ActivationFunction function, Func<double, double> sigma, Func<double, double> derivative)
    {
        double[] special = [0.0, 1e-300, -1e-300, 1e-8, -1e-8];
        double[] z = [.. Enumerable.Range(-400, 801).Select(i => i / 50.0), .. special];
        double[] value = new double[z.Length], slope = new double[z.Length], alone = new double[z.Length];
        function.Apply(z, value, slope);
        function.Apply(z, alone);
        Assert.That(alone, Is.EqualTo(value));
        for (var i = 0; i < z.Length; i++)
        {
            Assert.That(value[i], Is.EqualTo(sigma(z[i])).Within(2e-15 * (1.0 + Math.Abs(sigma(z[i])))), $"sigma({z[i]})");
            Assert.That(slope[i], Is.EqualTo(derivative(z[i])).Within(2e-15 * (1.0 + Math.Abs(derivative(z[i])))), $"sigma'({z[i]})");
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void An_element_depends_neither_on_its_place_nor_on_its_precision_beyond_rounding(
        ActivationFunction function, Func<double, double> sigma, Func<double, double> derivative)
    {
        Assert.That(derivative(0.3), Is.Not.NaN);
        var z = Enumerable.Range(0, 21).Select(i => (i / 3.0) - 3.0).ToArray();
        double[] value = new double[z.Length], slope = new double[z.Length];
        function.Apply(z, value, slope);
        for (var i = 0; i < z.Length; i++)
        {
            double[] one = [z[i]], itsSlope = [0.0];
            function.Apply(one, one, itsSlope);
            Assert.That(one[0], Is.EqualTo(value[i]));
            Assert.That(itsSlope[0], Is.EqualTo(slope[i]));
        }

        var single = Array.ConvertAll(Enumerable.Repeat(z, 60).SelectMany(part => part).ToArray(), x => (float)x);
        var singleSlope = new float[single.Length];
        var expected = Array.ConvertAll(single, x => (float)sigma(x));
        function.ApplyInPlace<float>(single, singleSlope);

        // Half a unit in the last place of a float, and another where the double was on the edge.
        Assert.That(single, Is.EqualTo(expected).AsCollection.Within(1).Ulps);
    }

    [Test]
    public void The_exponential_branch_of_elu_keeps_its_digits_near_zero()
    {
        var z = Enumerable.Range(1, 15).Select(k => -Math.Pow(10.0, -k)).ToArray();
        var value = new double[z.Length];
        ActivationFunctions.Elu.Apply(z, value);
        for (var i = 0; i < z.Length; i++)
        {
            // exp z - 1 to the fifth power: at z = -0.1 what is left is 2e-8 of it.
            var series = z[i] * (1.0 + (z[i] / 2.0 * (1.0 + (z[i] / 3.0 * (1.0 + (z[i] / 4.0 * (1.0 + (z[i] / 5.0))))))));
            Assert.That(value[i], Is.EqualTo(series).Within(Math.Abs(series) * Math.Max(2e-8 * Math.Pow(-10.0 * z[i], 5), 4e-16)), $"{z[i]}");
        }
    }

    [Test]
    public void Differences_stand_in_for_an_unknown_derivative()
    {
        var function = ActivationFunctions.Create(Math.Tanh);
        var z = Enumerable.Range(-40, 81).Select(i => i / 10.0).ToArray();
        double[] value = new double[z.Length], slope = new double[z.Length];
        function.Apply(z, value, slope);
        for (var i = 0; i < z.Length; i++)
        {
            // h = 1e-3: 4 h^4 of the formula for |z| around 1, and 1e-16/h of rounding.
            Assert.That(slope[i], Is.EqualTo(Math.Pow(Math.Cosh(z[i]), -2.0)).Within(2e-11 * Math.Pow(Math.Max(1.0, Math.Abs(z[i])), 4)));
        }
    }

    [Test]
    public void Spans_of_different_lengths_are_refused() =>
        Assert.That(() => ActivationFunctions.Erf.Apply(new double[3], new double[3], new double[2]), Throws.ArgumentException);

    private static TestCaseData Case(string name, ActivationFunction function, Func<double, double> sigma, Func<double, double> derivative) =>
        new TestCaseData(function, sigma, derivative).SetArgDisplayNames(name);

    private static double LogisticSlope(double z) => ScalarActivations.Logistic(z) * ScalarActivations.Logistic(-z);

    private static double Erf(double z)
    {
        double[] value = [z];
        VectorMath.Erf(value, value);
        return value[0];
    }

    private static double Erfc(double z)
    {
        double[] value = [z];
        VectorMath.Erfc(value, value);
        return value[0];
    }
}
