using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

/// <summary>Kinks rounded over a distance.</summary>
public class RoundedKinkTests
{
    private const double Width = 0.3;

    private static readonly (double Above, double Below)[] Slopes = [(1.0, 0.0), (1.0, 0.2), (-0.5, 2.0)];

    private static (double Value, double Slope) At(ActivationFunction f, double z)
    {
        double[] value = new double[1], slope = new double[1];
        f.Apply([z], value, slope);
        return (value[0], slope[0]);
    }

    [Test]
    public void FarFromTheKinkNothingChanges()
    {
        foreach (var (a, b) in Slopes)
        {
            var rounded = ActivationFunctions.PiecewiseLinear(a, b).Rounded(Width);
            foreach (var z in new[] { -7.0, -0.301, 0.301, 5.0 })
            {
                var (value, slope) = At(rounded, z);
                Assert.That(value, Is.EqualTo(z > 0.0 ? a * z : b * z).Within(1e-14));
                Assert.That(slope, Is.EqualTo(z > 0.0 ? a : b).Within(1e-14));
            }
        }
    }

    // An average over z + w s of density (15/16)(1 - s^2)^2, by the midpoint rule.
    [Test]
    public void NearTheKinkItIsTheAverageOverTheDistance()
    {
        const int Steps = 20000;
        foreach (var (a, b) in Slopes)
        {
            var rounded = ActivationFunctions.PiecewiseLinear(a, b).Rounded(Width);
            foreach (var z in new[] { -0.29, -0.1, 0.0, 0.07, 0.25 })
            {
                double value = 0.0, slope = 0.0;
                for (var k = 0; k < Steps; k++)
                {
                    var s = ((2.0 * (k + 0.5)) / Steps) - 1.0;
                    var weight = 2.0 / Steps * 0.9375 * (1.0 - (s * s)) * (1.0 - (s * s));
                    var x = z + (Width * s);
                    value += weight * (x > 0.0 ? a * x : b * x);
                    slope += weight * (x > 0.0 ? a : b);
                }

                var actual = At(rounded, z);
                Assert.That(actual.Value, Is.EqualTo(value).Within(1e-7));
                Assert.That(actual.Slope, Is.EqualTo(slope).Within(2e-4));
            }
        }
    }

    [Test]
    public void WithoutAKinkOrADistanceItIsTheSame()
    {
        Assert.That(ActivationFunctions.Erf.Rounded(Width), Is.SameAs(ActivationFunctions.Erf));
        Assert.That(ActivationFunctions.Relu.Rounded(0.0), Is.SameAs(ActivationFunctions.Relu));
        var linear = ActivationFunctions.PiecewiseLinear(0.7, 0.7);
        Assert.That(linear.Rounded(Width), Is.SameAs(linear));
    }
}
