using System;
using System.Linq;
using FiniteWidth.Numerics.Cavity;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public class DirectionalMessageTests
{
    // Units of variance s^2 and the noise make c(z) a normal density of variance (N-1) s^2 + T around n.y, up to exp(theta z).
    [Test]
    public void Of_Gaussian_units_the_message_is_Gaussian([Values(2, 5, 40)] int width, [Values(0.01, 0.5)] double temperature)
    {
        const double target = 3.0;
        var variance = 0.8 / width;
        var curvature = 1.0 / (((width - 1) * variance) + temperature);
        var message = new DirectionalMessage(width, temperature, target);
        message.SetGaussian(1.7, 0.0);
        var grid = message.Grid;

        // What a unit in that message has: its own density times the message.
        var distribution = Enumerable.Range(0, grid.Count)
            .Select(i => Math.Exp((1.7 * grid[i]) - (0.5 * grid[i] * grid[i] / variance)))
            .ToArray();
        var sum = distribution.Sum();
        message.Follow(distribution.Select(p => p / sum).ToArray(), 1.0);
        double At(double z) => message.LogMessage[(int)Math.Round((z - grid.First) / grid.Step)];
        var near = 0.5 * Math.Sqrt(1.0 / curvature);
        var step = Math.Round(near / grid.Step) * grid.Step;
        var center = Math.Round((target / width) / grid.Step) * grid.Step;
        var found = (At(center + step) - (2.0 * At(center)) + At(center - step)) / (step * step);
        Assert.That(found, Is.EqualTo(-curvature).Within(1e-4 * curvature));
        Assert.That(At(0.0), Is.EqualTo(0.0).Within(1e-12));
    }

    [Test]
    public void What_it_has_beyond_the_Gaussian_one_is_nothing_at_first()
    {
        var message = new DirectionalMessage(10, 0.1, 2.0);
        message.SetGaussian(0.7, 1.3);
        Assert.That(message.Slope, Is.EqualTo(0.7).Within(0.7));
        var tilt = message.Beyond([1.0, 0.0], 0.7, 1.3);
        message.Tilt(0.25);
        var tilted = message.Beyond([1.0, 0.0], 0.7, 1.3);
        foreach (var z in new[] { -1.0, 0.3, 2.0 })
        {
            Assert.That(tilt.Value(z), Is.EqualTo(0.0).Within(1e-12));
            Assert.That(tilted.Value(z), Is.EqualTo(0.25 * z).Within(1e-12));
            Assert.That(tilted.Slope(z), Is.EqualTo(0.25).Within(1e-9));
        }
    }

    [Test]
    public void A_grid_interpolates_and_ends_at_its_ends()
    {
        var grid = new UniformGrid(-1.0, 0.5, 5);
        double[] values = [0.0, 1.0, 4.0, 9.0, 16.0];
        Assert.That(grid.Interpolate(values, -0.75), Is.EqualTo(0.5).Within(1e-15));
        Assert.That(grid.Interpolate(values, 1.0), Is.EqualTo(16.0));
        Assert.That(grid.Interpolate(values, 7.0), Is.EqualTo(16.0));
        Assert.That(grid.Interpolate(values, -7.0), Is.EqualTo(0.0));
    }

    // Without a tilt beyond the Gaussian field the readout given the weights is normal: mean B/(lambda + Q), variance 1/(lambda + Q).
    [Test]
    public void In_a_Gaussian_field_readouts_are_normal()
    {
        const double precision = 2.0;
        var stream = RandomStream.FromSeed(4);
        var coordinates = Matrix.Uninitialized(6, 3);
        stream.Split(0).Normal(coordinates);
        var inputs = new UnitInputs(ActivationFunctions.Erf, coordinates, Matrix.Zeros(0, 3), []);
        var population = new UnitPopulation(inputs, [0.0, 0.5, 1.0, 2.0], 64, stream.Split(1), 1);
        double[] g = [1.0, -0.5, 0.3, 0.8, -1.2, 0.4];
        var curvature = Matrix.Create(6, 6, (i, j) => i == j ? 1.5 : 0.1);
        var message = new DirectionalMessage(4.0, 0.1, 1.0);
        message.SetGaussian(0.6, 0.9);
        double[] direction = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        population.Sweep(new UnitField(4.0, g, curvature, message.Beyond(direction, 0.6, 0.9)), stream.Split(2), true);
        var density = new double[64];
        new LadderWeights([0.0, 0.5, 1.0, 2.0], odd: true).Solve(population, density);
        var quadrature = new ReadoutQuadrature(6.0, precision, 200);
        quadrature.Weigh(population, density);
        double[] zeroth = new double[64], first = new double[64], second = new double[64];
        quadrature.Sums(zeroth, first, second);
        Assert.That(zeroth.Sum(), Is.EqualTo(1.0).Within(1e-12));
        for (var i = 0; i < 64; i++)
        {
            var variance = 1.0 / (precision + population.Quadratic[i]);
            var mean = population.Linear[i] * variance;
            Assert.That(first[i] / zeroth[i], Is.EqualTo(mean).Within(2e-3));
            Assert.That(second[i] / zeroth[i], Is.EqualTo(variance + (mean * mean)).Within(2e-3));
        }

        Assert.That(quadrature.Distribution(message.Grid).Sum(), Is.EqualTo(1.0).Within(1e-12));

        // N E[z] is met, with the slope that is reported.
        var wanted = 0.02;
        var tilt = quadrature.Tilt(wanted, 50.0);
        quadrature.Sums(zeroth, first, second);
        var z = Enumerable.Range(0, 64).Sum(i => first[i] * population.Projections[i]);
        Assert.That(z, Is.EqualTo(wanted).Within(1e-7));
        Assert.That(tilt, Is.Not.Zero);

        // Or as nearly as the bound lets it.
        Assert.That(quadrature.Tilt(10.0, 0.01), Is.EqualTo(0.01).Within(1e-6));
    }
}
