using System;
using System.Numerics;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class ScalarMathTests
{
    // Exact rational sums: 40 terms of the series, in units of 2^-200.
    private const int Bits = 200;

    [Test]
    public void Expm1_and_log1p_are_right_to_a_few_units_in_the_last_place_at_every_size()
    {
        for (var e = -60; e <= -2; e++)
        {
            foreach (var m in new[] { 1.0, -1.0, 1.37, -1.91 })
            {
                var x = Math.ScaleB(m, e);
                Assert.That(ScalarMath.Expm1(x), Is.EqualTo(Sum(x, Factorial)).Within(4).Ulps, $"expm1({x})");
                Assert.That(ScalarMath.Log1p(x), Is.EqualTo(Sum(x, Alternating)).Within(4).Ulps, $"log1p({x})");
            }
        }
    }

    [Test]
    public void They_undo_each_other_and_have_the_right_limits()
    {
        foreach (var x in new[] { -0.9, -0.3, 0.6, 1.0, 2.5, 30.0 })
        {
            Assert.That(ScalarMath.Log1p(ScalarMath.Expm1(x)), Is.EqualTo(x).Within(1e-14 * Math.Max(1.0, Math.Abs(x))));
        }

        Assert.That(ScalarMath.Expm1(double.PositiveInfinity), Is.EqualTo(double.PositiveInfinity));
        Assert.That(ScalarMath.Expm1(double.NegativeInfinity), Is.EqualTo(-1.0));
        Assert.That(ScalarMath.Expm1(1000.0), Is.EqualTo(double.PositiveInfinity));
        Assert.That(ScalarMath.Expm1(-0.0), Is.EqualTo(0.0));
        Assert.That(ScalarMath.Log1p(double.PositiveInfinity), Is.EqualTo(double.PositiveInfinity));
        Assert.That(ScalarMath.Log1p(-1.0), Is.EqualTo(double.NegativeInfinity));
        Assert.That(ScalarMath.Log1p(-2.0), Is.NaN);
        Assert.That(ScalarMath.Expm1(double.NaN), Is.NaN);
        Assert.That(ScalarMath.Log1p(double.NaN), Is.NaN);
    }

    private static BigInteger Factorial(int k)
    {
        var product = BigInteger.One;
        for (var i = 2; i <= k; i++)
        {
            product *= i;
        }

        return product;
    }

    private static BigInteger Alternating(int k) => k % 2 == 1 ? k : -k;

    /// <summary>sum_k x^k/d(k), rounded once.</summary>
    private static double Sum(double x, Func<int, BigInteger> divisor)
    {
        // x = n 2^-s exactly.
        const int Shift = 120;
        var n = (BigInteger)Math.ScaleB(x, Shift);
        BigInteger power = BigInteger.One << Bits, sum = BigInteger.Zero;
        for (var k = 1; k <= 120; k++)
        {
            power = (power * n) >> Shift;
            sum += power / divisor(k);
        }

        return Math.ScaleB((double)sum, -Bits);
    }
}
