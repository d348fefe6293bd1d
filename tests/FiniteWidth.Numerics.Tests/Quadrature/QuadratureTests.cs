using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class QuadratureTests
{
    [Test]
    public void Hermite_rules_of_order_one_to_three_are_the_closed_forms()
    {
        AssertRule(GaussHermite.Rule(1), [0], [1]);
        AssertRule(GaussHermite.Rule(2), [-1, 1], [0.5, 0.5]);
        AssertRule(GaussHermite.Rule(3), [-Math.Sqrt(3), 0, Math.Sqrt(3)], [1.0 / 6, 2.0 / 3, 1.0 / 6]);
    }

    [Test]
    public void Legendre_rules_of_order_one_to_three_are_the_closed_forms()
    {
        AssertRule(GaussLegendre.Rule(1, -1, 1), [0], [2]);
        AssertRule(GaussLegendre.Rule(2, -1, 1), [-Math.Sqrt(1.0 / 3), Math.Sqrt(1.0 / 3)], [1, 1]);
        AssertRule(GaussLegendre.Rule(3, -1, 1), [-Math.Sqrt(0.6), 0, Math.Sqrt(0.6)], [5.0 / 9, 8.0 / 9, 5.0 / 9]);
    }

    [Test]
    public void Hermite_rules_are_exact_for_normal_moments_up_to_twice_their_order([Values(1, 2, 5, 10, 31, 64)] int order)
    {
        var rule = GaussHermite.Rule(order);
        var moment = 1.0;
        for (var k = 0; k <= 2 * order - 1; k += 2)
        {
            // E z^k = (k - 1)!!; both the sum of positive terms and the powers in it round k times.
            Assert.That(rule.Integrate(z => Math.Pow(z, k)), Is.EqualTo(moment).Within(moment * Tolerance.Rounding(k + order)));
            Assert.That(rule.Integrate(z => Math.Pow(z, k + 1)), Is.EqualTo(0).Within(moment * (k + 1) * Tolerance.Rounding(k + order)));
            moment *= k + 1;
        }
    }

    [Test]
    public void Hermite_rules_of_high_order_are_ordered_symmetric_and_sum_to_one([Values(100, 101, 371, 500, 1000)] int order)
    {
        var rule = GaussHermite.Rule(order);
        Assert.That(rule.Nodes.ToArray(), Is.Ordered.Ascending);
        for (var i = 0; i < order; i++)
        {
            Assert.That(rule.Nodes[i], Is.EqualTo(-rule.Nodes[order - 1 - i]));
            Assert.That(rule.Weights[i], Is.EqualTo(rule.Weights[order - 1 - i]).And.Not.Negative.And.Not.NaN);
        }

        Assert.That(rule.Integrate(_ => 1), Is.EqualTo(1).Within(Tolerance.Rounding(order)));
        // Analytic functions of the whole plane, resolved by far at these orders: E cos(3 z) = exp(-9/2), E exp(5 z) = exp(25/2),
        // the latter out of weights down to 1e-22 relative to the largest.
        Assert.That(rule.Integrate(z => Math.Cos(3 * z)), Is.EqualTo(Math.Exp(-4.5)).Within(Tolerance.Rounding(order)));
        var exponential = Math.Exp(12.5);
        Assert.That(rule.Integrate(z => Math.Exp(5 * z)), Is.EqualTo(exponential).Within(exponential * Tolerance.Rounding(order)));
    }

    [Test]
    public void Hermite_weights_in_the_tail_are_accurate_relative_to_themselves()
    {
        // E exp(20 z - 200) = 1 is carried by nodes near z = 20, whose weights are of order exp(-200). Rounding a node there
        // changes the exponent by 20^2 = 400 units of roundoff.
        var rule = GaussHermite.Rule(500);
        Assert.That(rule.Integrate(z => Math.Exp((20 * z) - 200)), Is.EqualTo(1).Within(Tolerance.Rounding(400)));
    }

    [Test]
    public void Legendre_rules_are_exact_for_powers_up_to_twice_their_order([Values(1, 2, 7, 20, 65, 300)] int order)
    {
        var rule = GaussLegendre.Rule(order, 0, 1);
        for (var k = 0; k < 2 * order; k++)
        {
            Assert.That(rule.Integrate(x => Math.Pow(x, k)), Is.EqualTo(1.0 / (k + 1)).Within(Tolerance.Rounding(order) / 10));
        }
    }

    [Test]
    public void Legendre_rules_follow_their_interval()
    {
        var rule = GaussLegendre.Rule(30, 2, 5);
        Assert.That(rule.Nodes.ToArray(), Is.Ordered.Ascending.And.All.InRange(2, 5));
        Assert.That(rule.Integrate(Math.Exp), Is.EqualTo(Math.Exp(5) - Math.Exp(2)).Within(Math.Exp(5) * Tolerance.Rounding(30)));
        Assert.That(GaussLegendre.Rule(4, 3, 3).Integrate(_ => 1), Is.Zero);
    }

    [Test]
    public void Orders_and_intervals_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussHermite.Rule(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussLegendre.Rule(-1, 0, 1));
        Assert.That(Assert.Throws<ArgumentException>(() => GaussLegendre.Rule(3, 1, 0))!.Message, Does.Contain("[1, 0]"));
        Assert.Throws<ArgumentException>(() => GaussLegendre.Rule(3, 0, double.PositiveInfinity));
    }

    private static void AssertRule(QuadratureRule rule, double[] nodes, double[] weights)
    {
        Assert.That(rule.Order, Is.EqualTo(nodes.Length));
        Assert.That(rule.Nodes.ToArray(), Is.EqualTo(nodes).Within(Tolerance.Rounding(0)));
        Assert.That(rule.Weights.ToArray(), Is.EqualTo(weights).Within(Tolerance.Rounding(0)));
    }
}
