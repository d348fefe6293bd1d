using System;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class ScaledKernelActionTests
{
    private static readonly double[] Eigenvalues = [0, 1e-7, 0.3, 2, 50];
    private static readonly double[] Power = [0.1, 0.7, 1.3, 0, 4];

    private static double Direct(double temperature, double scale) =>
        Eigenvalues.Zip(Power, (k, y) => (3 * Math.Log(1 + (scale * k / temperature))) + (y / (temperature + (scale * k)))).Sum();

    [Test]
    public void It_is_the_sum_over_eigenvalues_and_its_derivatives_are_differences(
        [Values(1e-4, 0.3, 1e3)] double temperature, [Values(1e-3, 0.7, 1e4)] double scale)
    {
        var action = ScaledKernelAction.At(Eigenvalues, Power, 3, temperature, scale);
        Assert.That(action.Value, Is.EqualTo(Direct(temperature, scale)).Within(1e-9).Percent);

        const double h = 1e-4;
        var above = ScaledKernelAction.At(Eigenvalues, Power, 3, temperature, scale * Math.Exp(h));
        var below = ScaledKernelAction.At(Eigenvalues, Power, 3, temperature, scale * Math.Exp(-h));
        var size = Math.Abs(action.First) + Math.Abs(action.Second) + 1e-12;
        Assert.That((above.Value - below.Value) / (2 * h), Is.EqualTo(action.First).Within(1e-6 * size));
        Assert.That((above.First - below.First) / (2 * h), Is.EqualTo(action.Second).Within(1e-6 * size));
    }

    [Test]
    public void The_determinant_of_many_small_or_large_eigenvalues_stays_finite([Values(1e-30, 1e30)] double k)
    {
        var eigenvalues = Enumerable.Repeat(k, 5000).ToArray();
        var action = ScaledKernelAction.At(eigenvalues, new double[5000], 1, 0, 1);
        Assert.That(action.Value, Is.EqualTo(5000 * Math.Log(k)).Within(1e-10).Percent);
    }

    [Test]
    public void Each_eigenvalue_needs_its_component() =>
        Assert.That(
            () => ScaledKernelAction.At(Eigenvalues, new double[4], 1, 1, 1),
            Throws.ArgumentException.With.Message.StartsWith("There are 5 eigenvalues and 4 components"));
}
