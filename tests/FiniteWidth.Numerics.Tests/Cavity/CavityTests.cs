using System;
using FiniteWidth.Numerics.Cavity;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class CavityTests
{
    [Test]
    public void A_projection_of_units_is_that_of_their_features()
    {
        const int units = 200;
        var inputs = new UnitInputs(ActivationFunctions.Erf, Matrix.Create(2, 2, (i, j) => i == j ? 1.0 : 0.3), Matrix.Zeros(0, 2), []);
        var population = new UnitPopulation(inputs, [0.0, 1.0], units, RandomStream.FromSeed(3), 1);
        var field = new UnitField(4.0, [0.6, 0.8], Matrix.Create(2, 2, (i, j) => i == j ? 1.0 : 0.0));
        population.Sweep(field, RandomStream.FromSeed(4), false);
        var (along, first, second) = (new double[units], new double[units], new double[units]);
        population.Project([0.6, 0.8], along);
        population.Project([1.0, 0.0], first);
        population.Project([0.0, 1.0], second);
        for (var i = 0; i < units; i++)
        {
            Assert.That(along[i], Is.EqualTo((0.6 * first[i]) + (0.8 * second[i])).Within(1e-6));

            // B is the projection on g over sqrt(N), and Q that of G.
            Assert.That(along[i] / 2.0, Is.EqualTo(population.Linear[i]).Within(1e-6));
            Assert.That(((first[i] * first[i]) + (second[i] * second[i])) / 4.0, Is.EqualTo(population.Quadratic[i]).Within(1e-6));
        }
    }

    [Test]
    public void A_field_without_curvature_is_one_whose_curvature_is_zero()
    {
        const int units = 200;
        var inputs = new UnitInputs(ActivationFunctions.Erf, Matrix.Create(2, 2, (i, j) => i == j ? 1.0 : 0.3), Matrix.Create(1, 2, (_, _) => 0.4), [0.5]);
        var (kernels, crosses) = (new Matrix[2], new Matrix[2]);
        var weights = new double[units];
        Array.Fill(weights, 1.0 / units);
        for (var k = 0; k < 2; k++)
        {
            var population = new UnitPopulation(inputs, [0.0, 2.0], units, RandomStream.FromSeed(3), 1);
            population.Sweep(k == 0 ? new UnitField([0.6, 0.8]) : new UnitField(1.0, [0.6, 0.8], Matrix.Zeros(2, 2)), RandomStream.FromSeed(4), false);
            Assert.That(population.Quadratic.ToArray(), Is.All.Zero);
            (kernels[k], crosses[k]) = (Matrix.Zeros(2, 2), Matrix.Zeros(1, 2));
            if (k == 0)
            {
                population.Moments(weights, kernels[k]);
                population.TestMoments(RandomStream.FromSeed(5), crosses[k]);
            }
            else
            {
                population.Moments(weights, weights, kernels[k], Matrix.Zeros(2, 2));
                population.TestMoments(weights, RandomStream.FromSeed(5), crosses[k], Matrix.Zeros(1, 2), new double[1]);
            }
        }

        for (var j = 0; j < 2; j++)
        {
            Assert.That(crosses[0][0, j], Is.EqualTo(crosses[1][0, j]));
            for (var i = 0; i < 2; i++)
            {
                Assert.That(kernels[0][i, j], Is.EqualTo(kernels[1][i, j]));
            }
        }
    }

    [Test]
    public void A_direction_of_another_length_is_refused()
    {
        var inputs = new UnitInputs(ActivationFunctions.Erf, Matrix.Zeros(2, 2), Matrix.Zeros(0, 2), []);
        var population = new UnitPopulation(inputs, [0.0, 1.0], 4, RandomStream.FromSeed(3), 1);
        Assert.That(() => population.Project([1.0], new double[4]), Throws.ArgumentException);
    }
}
