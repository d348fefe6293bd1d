using System;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class VectorArithmeticTests
{
    // A vector and some entries left over, for every width of vector; nothing; fewer than a vector.
    private static readonly int[] Lengths = [0, 1, 3, 8, 37];

    // One rounding more or fewer, of numbers below ten.
    private const double Rounding = 1e-14;

    [TestCaseSource(nameof(Lengths))]
    public void Sums_and_products_are_those_of_a_plain_loop(int length)
    {
        double[] x = Numbers(1, length), y = Numbers(2, length), z = Numbers(3, length);
        Assert.That(VectorArithmetic.Dot(x, y), Is.EqualTo(x.Zip(y, (a, b) => a * b).Sum()).Within(10 * Rounding));

        var scaled = (double[])z.Clone();
        VectorArithmetic.AddScaled(x, -1.5, scaled);
        Assert.That(scaled, Is.EqualTo(z.Zip(x, (a, b) => a - (1.5 * b))).Within(Rounding));

        var product = (double[])z.Clone();
        VectorArithmetic.AddProduct(x, y, 0.5, product);
        Assert.That(product, Is.EqualTo(Enumerable.Range(0, length).Select(j => z[j] + (0.5 * x[j] * y[j]))).Within(Rounding));
    }

    [TestCaseSource(nameof(Lengths))]
    public void A_rotation_turns_every_plane_by_its_angle_and_back(int length)
    {
        double[] x = Numbers(1, length), y = Numbers(2, length), angles = Numbers(3, length);
        double[] cosines = angles.Select(Math.Cos).ToArray(), sines = angles.Select(Math.Sin).ToArray();
        double[] a = (double[])x.Clone(), b = (double[])y.Clone();

        VectorArithmetic.Rotate(cosines, sines, 1, a, b);
        Assert.That(a, Is.EqualTo(Enumerable.Range(0, length).Select(j => (cosines[j] * x[j]) + (sines[j] * y[j]))).Within(Rounding));
        Assert.That(b, Is.EqualTo(Enumerable.Range(0, length).Select(j => (cosines[j] * y[j]) - (sines[j] * x[j]))).Within(Rounding));
        VectorArithmetic.Rotate(cosines, sines, -1, a, b);
        Assert.That(a, Is.EqualTo(x).Within(Rounding));
        Assert.That(b, Is.EqualTo(y).Within(Rounding));

        VectorArithmetic.Rotate(Math.Cos(0.3), Math.Sin(0.3), a, b);
        VectorArithmetic.Rotate(Math.Cos(0.3), -Math.Sin(0.3), a, b);
        Assert.That(a, Is.EqualTo(x).Within(Rounding));
        Assert.That(b, Is.EqualTo(y).Within(Rounding));
    }

    [Test]
    public void Vectors_of_different_lengths_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => VectorArithmetic.Dot(new double[3], new double[4]));
        Assert.That(error!.Message, Does.Contain("3").And.Contain("4"));
    }

    private static double[] Numbers(long child, int length)
    {
        var numbers = new double[length];
        RandomStream.FromSeed(5).Split(child).Normal(numbers);
        return numbers;
    }
}
