using System;
using System.Linq;
using FiniteWidth.Numerics.KernelMaps;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixture]
internal sealed class HermiteMapTests
{
    [Test]
    public void The_estimated_error_meets_the_tolerance_and_the_order_grows_with_the_variance()
    {
        var map = new HermiteMap(Math.Tanh);
        var previous = 0;
        foreach (var c in new[] { 0.1, 1.0, 4.0, 10.0 })
        {
            var accuracy = map.Estimate([0.01, c]);
            Assert.That(accuracy.Error, Is.LessThanOrEqualTo(map.Tolerance));
            Assert.That(accuracy.Order, Is.GreaterThan(previous));
            previous = accuracy.Order;
        }
    }

    [Test]
    public void On_the_diagonal_the_series_falls_short_of_the_variance_by_the_estimated_error()
    {
        // The estimate is the tail at rho = 1 itself, so the two agree to the rounding of E[sigma^2].
        var relu = new ActivationCase("relu", z => Math.Max(z, 0.0), new HermiteMap(z => Math.Max(z, 0.0), 1e-3), false);
        var error = ((HermiteMap)relu.Map).Estimate([1.7]).Error;
        Assert.That(1.0 - (relu.Value(1.7, 1.7, 1.7) / relu.Map.Variance(1.7)), Is.EqualTo(error).Within(1e-13));
        Assert.That(error, Is.InRange(1e-4, 1e-3));
    }

    [Test]
    public void An_accuracy_that_cannot_be_met_is_an_error_with_the_numbers_in_it()
    {
        var sign = new HermiteMap(z => Math.Sign(z), 1e-10, 200);
        Assert.That(
            () => sign.Prepare([1.0, 2.0]),
            Throws.TypeOf<InaccurateKernelException>().With.Message.Contains("order 200").And.Message.Contains("tolerance 1e-10"));
    }

    [Test]
    public void Activations_that_cannot_be_integrated_are_refused_with_a_reason()
    {
        Assert.That(
            () => new HermiteMap(z => Math.Exp(0.3 * z * z)).Variance(1.0),
            Throws.TypeOf<InaccurateKernelException>().With.Message.Contains("grows so fast"));
        Assert.That(() => new HermiteMap(z => 1.0 / z).Variance(1.0), Throws.TypeOf<InaccurateKernelException>());
        Assert.That(() => new HermiteMap(Math.Log).Variance(1.0), Throws.TypeOf<InaccurateKernelException>());
        var noise = new Random(3);
        Assert.That(
            () => new HermiteMap(_ => noise.NextDouble()).Variance(1.0),
            Throws.TypeOf<InaccurateKernelException>().With.Message.Contains("too rough"));
    }

    [Test]
    public void Points_prepared_apart_with_different_orders_are_refused()
    {
        var map = new HermiteMap(Math.Tanh);
        double[][] left = map.Prepare([0.1]), right = map.Prepare([4.0]);
        Assert.That(() => map.Map(left, 0, right, 0, [0.1], new double[1]), Throws.ArgumentException.With.Message.Contains("one call"));
    }

    [Test]
    public void A_tolerance_below_rounding_is_refused() =>
        Assert.That(() => new HermiteMap(Math.Tanh, 1e-16), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("must lie between"));

    [Test]
    public void Kinks_and_jumps_anywhere_are_integrated_to_rounding()
    {
        // E[max(z - t, 0)^2] and E[1(z > t)] have closed forms through erfc.
        const double T = 0.377;
        var tail = new double[1];
        VectorMath.Erfc([T / Math.Sqrt(2.0)], tail);
        var above = 0.5 * tail[0];
        var density = Math.Exp(-0.5 * T * T) / Math.Sqrt(2.0 * Math.PI);
        var ramp = ((1.0 + (T * T)) * above) - (T * density);
        Assert.That(new HermiteMap(z => Math.Max(z - T, 0.0)).Variance(1.0), Is.EqualTo(ramp).Within(1e-14));
        Assert.That(new HermiteMap(z => z > T ? 1.0 : 0.0).Variance(1.0), Is.EqualTo(above).Within(1e-14));

        // E[1 - tanh^2] is the density at 0 times 2/1e4, up to third order in 1e-4.
        var steep = 1.0 - (2e-4 / Math.Sqrt(2.0 * Math.PI));
        Assert.That(new HermiteMap(z => Math.Tanh(1e4 * z)).Variance(1.0), Is.EqualTo(steep).Within(1e-11));
    }

    [Test]
    public void Derivatives_reach_their_limits_at_zero_variance()
    {
        // d12 -> sigma'(0)^2 and d11 -> sigma''(0) sigma(0)/2; rounding of the coefficients at c = 1e-3 leaves 1e-13.
        foreach (var c in new[] { 0.0, 1e-200, 1e-12 })
        {
            Check(Math.Tanh, 1.0, 0.0);
            Check(ScalarActivations.Logistic, 1.0 / 16.0, 0.0);
            Check(ScalarActivations.Softplus, 0.25, Math.Log(2.0) / 8.0);
            Check(ScalarActivations.Silu, 0.25, 0.0);

            void Check(Func<double, double> sigma, double slopes, double curvature)
            {
                var map = new HermiteMap(sigma);
                var (d12, d11, d22) = new ActivationCase("", sigma, map, true).Derivatives(c, c / 3.0, c);
                Assert.That(d12, Is.EqualTo(slopes).Within(1e-11));
                Assert.That(d11, Is.EqualTo(curvature).Within(1e-11));
                Assert.That(d22, Is.EqualTo(curvature).Within(1e-11));
                Assert.That(map.VarianceDerivative(c), Is.EqualTo(slopes + (2.0 * curvature)).Within(1e-11));
            }
        }
    }

    [Test]
    public void Derivatives_pass_smoothly_from_small_variances_to_larger_ones()
    {
        // Two ways of computing them meet at c = 1e-3; sigma''''/8 times the step is all that may differ.
        var silu = ActivationCase.Series.Single(a => a.Name == "silu");
        var below = silu.Derivatives(0.9999999e-3, 5e-4, 0.9999999e-3);
        var above = silu.Derivatives(1.0000001e-3, 5e-4, 1.0000001e-3);
        Assert.That(below.D11, Is.EqualTo(above.D11).Within(1e-9));
        Assert.That(below.D12, Is.EqualTo(above.D12).Within(1e-9));
    }

    [Test]
    public void A_fast_growing_activation_is_followed_beyond_twelve_standard_deviations()
    {
        // E[exp(2z)] at variance 9 is exp(18), from z around 6 standard deviations.
        var map = new HermiteMap(Math.Exp);
        Assert.That(map.Variance(9.0), Is.EqualTo(Math.Exp(18.0)).Within(1e-12 * Math.Exp(18.0)));
    }

    [Test]
    public void An_activation_that_is_zero_has_a_kernel_of_zeros() =>
        Assert.That(new ActivationCase("zero", _ => 0.0, new HermiteMap(_ => 0.0), true).Value(1.0, 0.5, 2.0), Is.Zero);

    [Test]
    public void No_points_need_no_terms()
    {
        Assert.That(new HermiteMap(Math.Tanh).Estimate([]).Error, Is.Zero);
        Assert.That(new HermiteMap(Math.Tanh).Prepare([]), Has.All.Empty);
    }
}
