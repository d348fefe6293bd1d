using System;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class RoundedTests
{
    private static double[] Normal(int count, long seed) => Dense.Random(1, count, seed).Row(0).ToArray();

    [Test]
    public void Sums_and_products_of_rounded_rows_are_those_of_the_rows(
        [Values(0, 1, 5, 8, 19)] int count, [Values(0, 1, 15, 2049, 70_000)] int length)
    {
        var rows = Dense.Random(count, length, 1);
        var rounded = new RoundedRows(rows);
        double[] weights = Normal(count, 2), x = Normal(length, 3);
        var sum = new float[length];
        Array.Fill(sum, float.NaN);
        rounded.Combine(weights, sum);
        var products = rounded.Multiply(x.Select(v => (float)v).ToArray());
        for (var j = 0; j < length; j += Math.Max(1, length / 50))
        {
            var expected = Enumerable.Range(0, count).Sum(i => weights[i] * rows[i, j]);
            Assert.That(sum[j], Is.EqualTo(expected).Within(1e-5));
        }

        for (var i = 0; i < count; i++)
        {
            var expected = x.Select((v, j) => v * rows[i, j]).Sum();
            Assert.That(products[i], Is.EqualTo(expected).Within(1e-6 * Math.Sqrt(length) * 10));
        }
    }

    [Test]
    public void Numbers_of_another_count_are_refused()
    {
        var rounded = new RoundedRows(Dense.Random(3, 4, 1));
        Assert.That(
            () => rounded.Multiply(new float[5]),
            Throws.ArgumentException.With.Message.Contains("3 rows of 4 entries"));
    }

    [Test]
    public void The_curvature_is_the_derivative_of_the_traces([Values(1, 7, 64, 150)] int size)
    {
        const int count = 3;
        var directions = Enumerable.Range(0, count).Select(k => Dense.Positive(size, 0.1, k)).ToArray();
        var a = Dense.Positive(size, 1.0, 10);
        var y = Normal(size, 11);
        var coefficients = Normal(count, 12);
        var triangles = Matrix.Create(
            count,
            (nint)size * (size + 1) / 2,
            (k, entry) =>
            {
                var row = (nint)((Math.Sqrt((8 * entry) + 1) - 1) / 2);
                return directions[k][row, entry - (row * (row + 1) / 2)];
            });

        // Tr(M B_k) at A + step sum_k c_k B_k.
        double[] Traces(double step, out Matrix inverse, out double[] w)
        {
            inverse = Matrix.Create(
                size, size, (i, j) => a[i, j] + (step * Enumerable.Range(0, count).Sum(k => coefficients[k] * directions[k][i, j])));
            w = (double[])y.Clone();
            Assert.That(LinearAlgebra.Managed.Cholesky(inverse), Is.EqualTo((nint)0));
            LinearAlgebra.Managed.Solve(inverse, w);
            LinearAlgebra.Managed.Invert(inverse);
            var traces = new double[count];
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < size; j++)
                {
                    for (var k = 0; k < count; k++)
                    {
                        traces[k] += (inverse[i, j] - (w[i] * w[j])) * directions[k][i, j];
                    }
                }
            }

            return traces;
        }

        const double h = 1e-4;
        double[] above = Traces(h, out _, out _), below = Traces(-h, out _, out _);
        _ = Traces(0, out var inverse, out var w);
        var curvature = new RoundedCurvature(new RoundedRows(triangles), inverse, w);
        var first = curvature.Along(coefficients);
        for (var k = 0; k < count; k++)
        {
            Assert.That(first[k], Is.EqualTo((above[k] - below[k]) / (2 * h)).Within(1e-4 * (size + above.Max(Math.Abs))));
        }

        Assert.That(curvature.Along(coefficients), Is.EqualTo(first), "a second time");
    }
}
