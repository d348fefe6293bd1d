using System;
using FiniteWidth.Experiment;
using FiniteWidth.Numerics;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class NetworkPosteriorTests
{
    private static readonly DataSet Data = DataSet.FromArrays(
        new double[,] { { 1, 0, 2, 0 }, { 0, 1, -1, 0 } }, [0.5, -1.0]);

    [Test]
    public void A_chain_climbs_along_the_gradient_and_predicts()
    {
        var posterior = Network.Dense(Activation.Erf, 20).WithPriors(1.0, 2.0).Posterior(0.1, Data);
        var target = posterior.MarginalTarget();
        var position = new double[target.Dimension];
        RandomStream.FromSeed(1).Normal(position);
        var gradient = new double[target.Dimension];
        var before = target.Evaluate(position, gradient);
        for (var i = 0; i < position.Length; i++)
        {
            position[i] += 1e-3 * gradient[i];
        }

        Assert.That(target.Evaluate(position, gradient), Is.GreaterThan(before));
        var inputs = Matrix.FromArray(new double[,] { { 0, 0, 0, 0 }, { 1, 0, 2, 3 } });
        var prediction = posterior.Predictor(inputs).Marginal(position, RandomStream.FromSeed(2));

        // Odd units without biases give 0 at the origin, surely.
        Assert.That(prediction.Mean[0, 0], Is.EqualTo(0.0));
        Assert.That(prediction.Variance[0, 0], Is.EqualTo(0.0));
        Assert.That(prediction.Variance[1, 0], Is.GreaterThan(0.0));
    }

    [Test]
    public void Rates_of_Langevin_dynamics_are_the_temperature_times_the_precisions()
    {
        var posterior = Network.Dense(Activation.Relu, 3).WithPriors(1.0, 2.0).Posterior(0.5, Data);
        var rates = posterior.LangevinRates();
        Assert.That(posterior.FullTarget().Dimension, Is.EqualTo(rates.Length));
        Assert.That(rates[0], Is.EqualTo(0.5));
        Assert.That(rates[^1], Is.EqualTo(1.0));
    }

    [Test]
    public void A_temperature_of_zero_is_refused_with_a_sentence() =>
        Assert.That(
            () => Network.Dense(Activation.Erf, 2).Posterior(0.0, Data),
            Throws.InstanceOf<Exception>().With.Message.Contains("positive and finite"));
}
