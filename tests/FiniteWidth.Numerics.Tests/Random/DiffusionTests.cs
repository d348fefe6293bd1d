using System;
using System.Linq;
using FiniteWidth.Numerics.Vectors;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class DiffusionTests
{
    private const int Count = 50_003;

    private static readonly RandomStream Stream = RandomStream.FromSeed(77);

    [Test]
    public void A_step_is_drift_prior_and_noise_on_any_number_of_threads([Values(1, 2, 5)] int threads)
    {
        double[] x = Normal(0), g = Normal(1), noise = Normal(2), target = new double[Count];
        var steps = Normal(3).Select(z => z * z).ToArray();
        var diffusion = new Diffusion(steps, threads);
        diffusion.Step(Stream.Split(2), x, g, target);
        for (var i = 0; i < Count; i++)
        {
            var expected = x[i] + (steps[i] * (g[i] - x[i])) + (Math.Sqrt(2.0 * steps[i]) * noise[i]);

            // Four roundings of numbers below 100.
            Assert.That(target[i], Is.EqualTo(expected).Within(1e-13));
        }

        var alone = new double[Count];
        new Diffusion(steps, 1).Step(Stream.Split(2), x, g, alone);
        Assert.That(target, Is.EqualTo(alone));
        diffusion.Step(Stream.Split(2), x, g, x);
        Assert.That(x, Is.EqualTo(alone));
    }

    [Test]
    public void A_step_allocates_nothing()
    {
        double[] x = Normal(0), g = Normal(1);
        var diffusion = new Diffusion(new double[Count], 1);
        diffusion.Step(Stream, x, g, x);
        var before = GC.GetAllocatedBytesForCurrentThread();
        diffusion.Step(Stream, x, g, x);
        Assert.That(GC.GetAllocatedBytesForCurrentThread(), Is.EqualTo(before));
    }

    [Test]
    public void Steps_that_are_negative_or_not_finite_are_refused([Values(-1e-9, double.NaN, double.PositiveInfinity)] double step) =>
        Assert.That(() => new Diffusion([0.1, step], 1), Throws.ArgumentException);

    [Test]
    public void Arrays_of_another_length_are_refused() =>
        Assert.That(() => new Diffusion([0.1], 1).Step(Stream, new double[1], new double[2], new double[1]), Throws.ArgumentException);

    [Test]
    public void A_long_fill_in_parts_is_the_fill_at_once()
    {
        var whole = new double[1000];
        Stream.Normal(whole);
        foreach (var size in new[] { 1, 3, 4, 250, 257 })
        {
            var parts = new double[1000];
            for (var start = 0; start < 1000; start += size)
            {
                Stream.Normal(parts.AsSpan(start, Math.Min(size, 1000 - start)), start);
            }

            Assert.That(parts, Is.EqualTo(whole));
        }
    }

    [Test]
    public void Normal_numbers_are_those_of_Box_and_Muller_at_every_width_of_the_vectors()
    {
        const int pairs = 10_001;
        double[] u = new double[pairs], v = new double[pairs];
        Stream.Split(8).Uniform(u);
        Stream.Split(9).Uniform(v);
        (u[0], v[0]) = (0.0, 0.0);
        (u[1], v[1]) = (1.0 - Math.Pow(2.0, -53), 0.25);
        (u[2], v[2]) = (Math.Pow(2.0, -53), 0.5);
        (u[3], v[3]) = (0.5, 1.0 - Math.Pow(2.0, -53));
        double[] wide = new double[2 * pairs], middle = new double[2 * pairs], narrow = new double[2 * pairs];
        BoxMuller.Run<Lanes512>(u, v, wide);
        BoxMuller.Run<Lanes256>(u, v, middle);
        BoxMuller.Run<Lanes128>(u, v, narrow);
        Assert.That(middle, Is.EqualTo(wide));
        Assert.That(narrow, Is.EqualTo(wide));
        for (var i = 0; i < pairs; i++)
        {
            var radius = Math.Sqrt(-2.0 * Math.Log(1.0 - u[i]));
            var (sin, cos) = double.SinCosPi(2.0 * v[i]);

            // Half a dozen roundings of numbers of the radius' size.
            Assert.That(wide[2 * i], Is.EqualTo(radius * cos).Within(8e-16 * radius));
            Assert.That(wide[(2 * i) + 1], Is.EqualTo(radius * sin).Within(8e-16 * radius));
        }
    }

    private static double[] Normal(long child)
    {
        var numbers = new double[Count];
        Stream.Split(child).Normal(numbers);
        return numbers;
    }
}
