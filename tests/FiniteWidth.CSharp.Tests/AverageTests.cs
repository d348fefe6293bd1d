using FiniteWidth.Data;
using FiniteWidth.Numerics;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class AverageTests
{
    private static readonly Split Data = new LinearTeacher(inputs: 20, train: 60, test: 25, noise: 0.1, seed: 1).Generate();

    [Test]
    public void A_sample_is_averaged_over_training_sets()
    {
        var network = Network.Dense(Activation.Erf, 50);
        var study = new Study(Data.Train);

        var population = study.Population(Theories.Proportional, network);
        var half = population.Average(Theories.Proportional, network, temperature: 0.1, examples: 30);
        var all = population.Average(Theories.Proportional, network, 0.1, 60);

        Assert.That(half.Examples, Is.EqualTo(30));
        Assert.That(half.Score.Loss, Is.GreaterThan(all.Score.Loss));
        // All of the sample: the average is the sample itself, both saddles stationary to 1e-10.
        var posterior = study.Solve(Theories.Proportional, network, 0.1);
        Assert.That(all.OrderParameters[0], Is.EqualTo(posterior.OrderParameters[0]).Within(1e-8));
    }

    [Test]
    public void A_population_is_given_by_its_eigenvalues()
    {
        var network = Network.Dense(Activation.Linear, 50);
        var twice = Population.Create(0.1, [0.5, 0.2, 0.2], [1.0, 0.6, 0.8]);
        var levels = Population.OfLevels(0.1, [new KernelLevel(0.5, 1, 1.0), new KernelLevel(0.2, 2, 1.0)]);

        var separate = twice.Average(Theories.InfiniteWidth, network, 0.1, 10).Score;
        var together = levels.Average(Theories.InfiniteWidth, network, 0.1, 10).Score;

        // The same sums in another order.
        Assert.That(together.Loss, Is.EqualTo(separate.Loss).Within(1e-12));
        Assert.That(
            () => Population.Create(0.1, [0.5], []),
            Throws.TypeOf<FailureException>().With.Message.Contains("each eigenvalue needs one"));
    }

    [Test]
    public void A_last_layer_is_optimised_on_random_features()
    {
        var map = Network.Dense(Activation.Relu, 5).RandomFeatures(RandomStream.FromSeed(1), inputs: 20);
        var train = DataSet.Create(map(Data.Train.Inputs), Data.Train.Targets);
        var test = DataSet.Create(map(Data.Test.Inputs), Data.Test.Targets);

        var layer = train.OptimiseLastLayer();
        var bound = layer.GapBound();

        Assert.That(layer.Units, Is.EqualTo(5));
        Assert.That(layer.Error(train), Is.EqualTo(layer.TrainingError));
        Assert.That(layer.Error(test), Is.GreaterThan(0.0));
        // 2 N_out/P = 1/6 of the noise level.
        Assert.That(bound.Bound, Is.EqualTo(bound.NoiseLevel / 6).Within(1e-14));
    }
}
