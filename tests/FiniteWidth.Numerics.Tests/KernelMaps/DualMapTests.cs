using System;
using System.Collections.Generic;
using System.Linq;
using FiniteWidth.Numerics.KernelMaps;
using FiniteWidth.Numerics.Vectors;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixture]
internal sealed class DualMapTests
{
    private static readonly IReadOnlyList<ActivationCase> ClosedForms = ActivationCase.ClosedForms;
    private static readonly IReadOnlyList<ActivationCase> All = ActivationCase.All;

    private static readonly (double C11, double C22)[] Variances = [(1.0, 1.0), (0.3, 1.7), (2.0, 0.05)];
    private static readonly double[] Correlations = [-0.9, -0.4, 0.0, 0.3, 0.8, 0.95];

    [TestCaseSource(nameof(All))]
    public void The_map_is_the_gaussian_average_of_the_activation_at_two_points(ActivationCase activation)
    {
        foreach (var (c11, c22) in Variances)
        {
            foreach (var rho in Correlations)
            {
                var c12 = rho * Math.Sqrt(c11 * c22);
                var expected = PlainQuadrature.Pair(activation.Sigma, c11, c12, c22);
                Assert.That(activation.Value(c11, c12, c22), Is.EqualTo(expected).Within(Accuracy(activation, c11, c22)), $"{c11}, {c12}, {c22}");
            }
        }
    }

    [TestCaseSource(nameof(All))]
    public void The_variance_and_the_mean_are_gaussian_averages_at_one_point(ActivationCase activation)
    {
        foreach (var c in new[] { 0.01, 0.4, 1.0, 3.0 })
        {
            var root = Math.Sqrt(c);
            var mean = PlainQuadrature.Mean(u => activation.Sigma(root * u));
            var square = PlainQuadrature.Mean(u => activation.Sigma(root * u) * activation.Sigma(root * u));

            // Both are quadratures or closed forms without truncation: a few hundred roundings.
            Assert.That(activation.Map.Mean(c), Is.EqualTo(mean).Within(1e-13 * (1.0 + Math.Abs(mean))));
            Assert.That(activation.Map.Variance(c), Is.EqualTo(square).Within(1e-13 * (1.0 + square)));
        }
    }

    [TestCaseSource(nameof(ClosedForms))]
    public void A_closed_form_is_the_sum_of_the_hermite_series_of_its_activation(ActivationCase activation)
    {
        // A kink or a jump leaves terms that fall slowly, but rho^k makes up for it at these orders.
        var tolerance = activation.Smooth ? 1e-12 : activation.Name is "sign" or "step" ? 0.03 : 1e-4;
        var series = activation with { Map = new HermiteMap(activation.Sigma, tolerance) };
        foreach (var (c11, c22) in Variances)
        {
            var scale = Math.Sqrt(activation.Map.Variance(c11) * activation.Map.Variance(c22));
            foreach (var rho in Correlations.Where(rho => activation.Smooth || Math.Abs(rho) < 0.85))
            {
                var c12 = rho * Math.Sqrt(c11 * c22);
                Assert.That(series.Value(c11, c12, c22), Is.EqualTo(activation.Value(c11, c12, c22)).Within(1e-11 * scale), $"{c11}, {rho}, {c22}");
            }
        }
    }

    [TestCaseSource(nameof(All))]
    public void Exchanging_two_points_does_not_change_a_bit(ActivationCase activation)
    {
        var random = new Random(1);
        const int Points = 41;
        var variances = Enumerable.Range(0, Points).Select(i => i == 3 ? 0.0 : Math.Pow(10.0, (2.0 * random.NextDouble()) - 1.5)).ToArray();
        var features = activation.Map.Prepare(variances);
        for (var i = 0; i < Points; i++)
        {
            for (var j = 0; j < Points; j++)
            {
                var c12 = new double[Points];
                c12.AsSpan().Fill(((0.1 * i * j) % 1.9 - 0.95) * Math.Sqrt(variances[i] * variances[j]));
                double[] row = new double[Points - j], column = new double[Points - i];
                activation.Map.Map(features, i, features, j, c12.AsSpan(0, row.Length), row);
                activation.Map.Map(features, j, features, i, c12.AsSpan(0, column.Length), column);
                Assert.That(row[0], Is.EqualTo(column[0]), $"{i}, {j}");
            }
        }
    }

    [TestCaseSource(nameof(ClosedForms))]
    public void At_duplicated_points_the_map_is_the_variance_at_every_scale(ActivationCase activation)
    {
        foreach (var c in new[] { 0.0, 1e-300, 1e-100, 1e-8, 0.3, 1.0, 7.0, 49.9, 1e5, 1e100, 1e300 })
        {
            // The exponential magnifies one rounding of its argument by that argument.
            var ulps = activation.Name is "exp" ? 8 + (4 * Math.Min(c, 700.0)) : 8;
            var variance = activation.Map.Variance(c);
            Assert.That(activation.Value(c, c, c), Is.EqualTo(variance).Within(ulps).Ulps, $"c = {c}");
        }
    }

    [TestCaseSource(nameof(All))]
    public void No_covariance_that_rounding_can_produce_gives_nan(ActivationCase activation)
    {
        double[] variances = activation.Name is "linear" or "erf" or "relu" or "leaky relu" or "sign" or "step" or "sin" or "cos"
            ? [0.0, double.Epsilon, 1e-300, 1e-20, 1.0, 3.0, 1e20, 1e300]
            : [0.0, double.Epsilon, 1e-300, 1e-20, 0.7, 1.0, 3.0];
        var features = activation.Map.Prepare(variances);
        double[] k = new double[1], d12 = new double[1], d11 = new double[1], d22 = new double[1];
        for (var i = 0; i < variances.Length; i++)
        {
            for (var j = 0; j < variances.Length; j++)
            {
                var s = Math.Sqrt(variances[i]) * Math.Sqrt(variances[j]);
                foreach (var c12 in new[] { s, -s, s * (1 + 4e-16), -s * (1 + 4e-16), s * (1 - 2e-16), 0.0, -0.0 })
                {
                    activation.Map.Map(features, i, features, j, [c12], k);
                    Assert.That(double.IsFinite(k[0]), $"K({variances[i]}, {c12}, {variances[j]}) = {k[0]}");
                    activation.Map.Derivatives(features, i, features, j, [c12], d12, d11, d22);
                    Assert.That(
                        !double.IsNaN(d12[0]) && !double.IsNaN(d11[0]) && !double.IsNaN(d22[0]),
                        $"K'({variances[i]}, {c12}, {variances[j]}) = {d12[0]}, {d11[0]}, {d22[0]}");
                }
            }
        }
    }

    [TestCaseSource(nameof(All))]
    public void A_point_at_the_origin_contributes_sigma_of_zero(ActivationCase activation)
    {
        var expected = activation.Sigma(0.0) * activation.Map.Mean(1.3);
        Assert.That(activation.Value(0.0, 0.0, 1.3), Is.EqualTo(expected).Within(1e-14));
        Assert.That(activation.Value(0.0, 0.0, 0.0), Is.EqualTo(activation.Sigma(0.0) * activation.Sigma(0.0)).Within(1e-14));
    }

    [TestCaseSource(nameof(All))]
    public void Derivatives_agree_with_central_differences(ActivationCase activation)
    {
        foreach (var (c11, c22) in Variances)
        {
            foreach (var rho in Correlations)
            {
                var c12 = rho * Math.Sqrt(c11 * c22);
                var (d12, d11, d22) = activation.Derivatives(c11, c12, c22);
                Check(d12, h => activation.Value(c11, c12 + h, c22), "c12");
                Check(d11, h => activation.Value(c11 + h, c12, c22), "c11");
                Check(d22, h => activation.Value(c11, c12, c22 + h), "c22");

                void Check(double derivative, Func<double, double> shifted, string variable)
                {
                    // Fourth order differences with h = 1e-3 of the scale: rounding 1e-13/h, or the tolerance of a series over h, and a fifth
                    // derivative that grows as the fifth power of 1/(1 - rho^2) for maps with a kink.
                    var h = 1e-3 * Math.Min(c11, c22) * (1.0 - Math.Abs(rho));
                    var difference = ((8.0 * (shifted(h) - shifted(-h))) - (shifted(2.0 * h) - shifted(-2.0 * h))) / (12.0 * h);
                    Assert.That(derivative, Is.EqualTo(difference).Within(1e-7 * (1.0 + Math.Abs(difference))), $"{variable}: {c11}, {rho}, {c22}");
                }
            }
        }
    }

    [TestCaseSource(nameof(All))]
    public void The_derivatives_of_variance_and_mean_agree_with_central_differences(ActivationCase activation)
    {
        foreach (var c in new[] { 0.05, 0.8, 2.5 })
        {
            var h = 1e-3 * c;
            Check(activation.Map.VarianceDerivative(c), activation.Map.Variance);
            Check(activation.Map.MeanDerivative(c), activation.Map.Mean);

            void Check(double derivative, Func<double, double> f)
            {
                // Fourth order: (h/c)^4 = 1e-12 of truncation, 1e-15/h of rounding.
                var difference = ((8.0 * (f(c + h) - f(c - h))) - (f(c + (2.0 * h)) - f(c - (2.0 * h)))) / (12.0 * h);
                Assert.That(derivative, Is.EqualTo(difference).Within(1e-9 * (1.0 + Math.Abs(difference))), $"c = {c}");
            }
        }
    }

    // Correctly rounded, from 60-digit arithmetic (mpmath). The angle is small there and enters with its third power.
    [TestCase(-0.5, 0.05449889052211468)]
    [TestCase(-0.999, 4.745320915101291e-06)]
    [TestCase(-0.999999, 1.5005272686862714e-10)]
    [TestCase(-0.9999999999, 1.5005273798339483e-16)]
    [TestCase(-0.99999999999999, 1.498728545924431e-22)]
    public void The_relu_map_keeps_its_digits_near_opposite_points(double c12, double expected) =>
        Assert.That(ActivationCase.ClosedForms.Single(a => a.Name == "relu").Value(1.0, c12, 1.0), Is.EqualTo(expected).Within(16).Ulps);

    [Test]
    public void Maps_agree_to_the_bit_between_vector_widths_and_between_whole_and_partial_vectors()
    {
        Compare((ErfMap)DualMaps.Erf);
        Compare((LeakyReluMap)DualMaps.Relu);
        Compare((SignMap)DualMaps.Step);
        Compare((SineMap)DualMaps.Sin);
        Compare((CosineMap)DualMaps.Cos);
        Compare((SquareMap)DualMaps.Square);
        Compare((ExponentialMap)DualMaps.Exp);
    }

    [Test]
    public void A_row_may_be_mapped_in_place()
    {
        foreach (var activation in All)
        {
            var variances = Enumerable.Range(0, 45).Select(i => 0.5 + (0.01 * i)).ToArray();
            var features = activation.Map.Prepare(variances);
            var row = variances.Select((c, j) => 0.4 * Math.Sin(j) * c).ToArray();
            var target = new double[row.Length];
            activation.Map.Map(features, 7, features, 0, row, target);
            activation.Map.Map(features, 7, features, 0, row, row);
            Assert.That(row, Is.EqualTo(target), activation.Name);
        }
    }

    [Test]
    public void Variances_that_are_none_are_refused_with_their_place()
    {
        foreach (var activation in All)
        {
            foreach (var bad in new[] { -1.0, double.NaN, double.PositiveInfinity })
            {
                Assert.That(() => activation.Map.Prepare([1.0, bad]), Throws.ArgumentException.With.Message.Contains("point 1"), activation.Name);
            }
        }
    }

    [Test]
    public void A_leaky_relu_with_a_slope_that_is_no_number_is_refused() =>
        Assert.That(() => DualMaps.LeakyRelu(1.0, double.NaN), Throws.ArgumentException.With.Message.Contains("finite"));

    /// <summary>Brute force is good to some hundred roundings; a series is as good as its tolerance.</summary>
    private static double Accuracy(ActivationCase activation, double c11, double c22) =>
        Math.Sqrt(activation.Map.Variance(c11) * activation.Map.Variance(c22)) * (activation.Map is HermiteMap series ? series.Tolerance : 1e-12);

    private static void Compare<F>(ClosedFormMap<F> map)
        where F : struct, IPairFormula
    {
        var variances = Enumerable.Range(0, 37).Select(i => 0.1 + (0.05 * i)).ToArray();
        var features = map.Prepare(variances);
        var c12 = variances.Select((c, j) => Math.Cos(j) * Math.Sqrt(c * variances[5])).ToArray();
        double[] wide = new double[37], other = new double[37];
        map.Map<Lanes512>(features, 5, features, 0, c12, wide);
        map.Map<Lanes256>(features, 5, features, 0, c12, other);
        Assert.That(other, Is.EqualTo(wide), map.GetType().Name);
        map.Map<Lanes128>(features, 5, features, 0, c12, other);
        Assert.That(other, Is.EqualTo(wide), map.GetType().Name);
        for (var j = 0; j < other.Length; j++)
        {
            map.Map(features, 5, features, j, c12.AsSpan(j, 1), other.AsSpan(j, 1));
        }

        Assert.That(other, Is.EqualTo(wide), map.GetType().Name);
    }
}
