using System;
using System.Collections.Generic;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

/// <summary>E[sigma'(z1) sigma'(z2)] against plain quadrature of sigma', whose formula the package does not know.</summary>
public sealed class SlopeTests
{
    private static readonly (string Name, DualMap Map, Func<double, double> Slope)[] Activations =
    [
        ("linear", DualMaps.Linear, _ => 1.0),
        ("erf", DualMaps.Erf, z => 2.0 / Math.Sqrt(Math.PI) * Math.Exp(-z * z)),
        ("sin", DualMaps.Sin, Math.Cos),
        ("cos", DualMaps.Cos, z => -Math.Sin(z)),
        ("square", DualMaps.Square, z => 2.0 * z),
        ("exp", DualMaps.Exp, Math.Exp),
        ("tanh", DualMaps.Tanh, z => 1.0 - (Math.Tanh(z) * Math.Tanh(z))),
        ("sigmoid", DualMaps.Logistic, z => Logistic(z) * Logistic(-z)),
        ("softplus", DualMaps.Softplus, Logistic),
        ("silu", DualMaps.Silu, z => Logistic(z) + (z * Logistic(z) * Logistic(-z))),
        ("custom sin", new HermiteMap(Math.Sin), Math.Cos),
    ];

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (var (name, map, slope) in Activations)
        {
            foreach (var c in new[] { 1e-5, 1e-3, 2e-3, 0.1, 1.0, 4.0 })
            {
                yield return new TestCaseData(map, slope, c).SetArgDisplayNames(name, $"{c}");
            }
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Its_variance_is_the_mean_square_of_the_slope(DualMap map, Func<double, double> slope, double c)
    {
        var expected = Mean(z => slope(Math.Sqrt(c) * z) * slope(Math.Sqrt(c) * z));

        // Of a series by numerical differentiation, which costs four digits where the activation hardly varies.
        Assert.That(map.Slope!.Variance(c), Is.EqualTo(expected).Within(1e-12 * expected));
    }

    [TestCaseSource(nameof(Cases))]
    public void Between_two_points_it_is_the_mean_product_of_the_slopes(DualMap map, Func<double, double> slope, double c)
    {
        foreach (var rho in new[] { -0.9, 0.0, 0.6 })
        {
            double first = c, second = 0.4 * c;
            var expected = Mean(u => Mean(v =>
                slope(Math.Sqrt(first) * u)
                * slope(Math.Sqrt(second) * ((rho * u) + (Math.Sqrt(1.0 - (rho * rho)) * v)))));
            var scale = Math.Sqrt(map.Slope!.Variance(first) * map.Slope.Variance(second));

            // The named series' tolerance of 1e-5 near rho = 1, times rho^K with K above 30 terms here.
            Assert.That(Value(map.Slope, first, second, rho), Is.EqualTo(expected).Within(1e-7 * scale));
        }
    }

    [Test]
    public void A_kink_has_a_slope_that_steps()
    {
        // E[step step] = (pi - theta)/(2 pi).
        foreach (var rho in new[] { -1.0, -0.5, 0.0, 0.5, 1.0 })
        {
            var expected = (Math.PI - Math.Acos(rho)) / (2.0 * Math.PI);

            // arccos magnifies rounding by a square root at its ends.
            Assert.That(Value(DualMaps.Relu.Slope!, 2.0, 0.5, rho), Is.EqualTo(expected).Within(1e-8));
        }

        // A kink found by quadrature: E[sigma'^2] = P(z > 1/2).
        var shifted = new HermiteMap(z => Math.Max(z - 0.5, 0.0));
        Span<double> tail = [0.5 / Math.Sqrt(2.0)];
        VectorMath.Erfc(tail, tail);

        // The last panel around the kink is 1e-7 wide, where what it misses, the square of that, is rounding of sigma.
        Assert.That(shifted.Slope!.Variance(1.0), Is.EqualTo(0.5 * tail[0]).Within(1e-7));
    }

    [Test]
    public void A_jump_has_no_slope()
    {
        Assert.That(DualMaps.Sign.Slope, Is.Null);
        Assert.That(DualMaps.Step.Slope, Is.Null);

        foreach (var at in new[] { 0.0, 0.3, -1.7 })
        {
            var jump = new HermiteMap(z => z > at ? 1.0 : -1.0);
            Assert.That(
                () => jump.Slope!.Variance(1.0),
                Throws.TypeOf<InaccurateKernelException>().With.Message.StartsWith("The activation jumps"));
        }

        // Steep, but no jump.
        var steep = new HermiteMap(z => Math.Tanh(1000.0 * z));

        // 1000^2 (1 - tanh^2(1000 z))^2 integrates to 1000 4/3, times the density at 0, which varies by 1e-6 over its width.
        var expected = 1000.0 * 4.0 / 3.0 / Math.Sqrt(2.0 * Math.PI);
        Assert.That(steep.Slope!.Variance(1.0), Is.EqualTo(expected).Within(1e-5 * expected));
    }

    [Test]
    public void A_program_with_a_slope_has_values_and_says_that_it_has_no_gradient()
    {
        var builder = new PairProgram.Builder();
        var map = builder.Map(DualMaps.Erf.Slope!, builder.Combine([0], [builder.Gram()]));
        var program = builder.Build(map);
        var gram = Matrix.FromArray(new[,] { { 1.0, 0.3 }, { 0.3, 2.0 } });
        var k = Matrix.Zeros(2, 2);
        program.SymmetricFromGram([0.5], gram, k);

        Assert.That(k[0, 1], Is.EqualTo(Value(DualMaps.Erf.Slope!, 0.5, 1.0, 0.15 / Math.Sqrt(0.5))).Within(1e-15));
        Assert.That(k[1, 1], Is.EqualTo(DualMaps.Erf.Slope!.Variance(1.0)));
        Assert.That(() => program.Gradient([0.5], gram, gram), Throws.TypeOf<NotSupportedException>());
    }

    private static double Value(PairMap map, double first, double second, double rho)
    {
        var points = map.Prepare([first, second]);
        Span<double> k = [rho * Math.Sqrt(first * second)];
        map.Map(points, 0, points, 1, k, k);
        return k[0];
    }

    private static double Logistic(double z) => 1.0 / (1.0 + Math.Exp(-z));

    /// <summary>E[f(z)], by the trapezoidal rule, which converges geometrically for the smooth functions here.</summary>
    private static double Mean(Func<double, double> f)
    {
        const double Step = 0.1;
        var sum = 0.0;
        for (var i = -120; i <= 120; i++)
        {
            var z = Step * i;
            sum += Step * Math.Exp(-0.5 * z * z) / Math.Sqrt(2.0 * Math.PI) * f(z);
        }

        return sum;
    }
}
