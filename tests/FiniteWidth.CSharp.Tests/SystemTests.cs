using System;
using System.Linq;
using FiniteWidth.Data;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class SystemTests
{
    private const double Temperature = 0.1;

    private static readonly Split Data = new LinearTeacher(inputs: 16, train: 30, test: 25, noise: 0.1, seed: 1).Generate();

    private static readonly Network OneLayer = Network.Dense(Activation.Erf, 40).WithPriors(1.2, 0.8);

    [Test]
    public void A_residual_network_is_solved_like_any_other()
    {
        var residual = Network.Residual(Activation.Erf, 40, 20).WithBias(2.0);
        var posterior = new Study(Data.Train).Solve(Theories.Proportional, residual, Temperature);

        Assert.That(residual.Wiring, Is.EqualTo(Wiring.Residual));
        Assert.That(posterior.SaddlePoint.Chosen.Residual, Is.LessThan(1e-10));
        var sequential = new Study(Data.Train).Solve(Theories.Proportional, residual.WithWiring(Wiring.Sequential), Temperature);
        Assert.That(posterior.Score(Data.Test).Loss, Is.Not.EqualTo(sequential.Score(Data.Test).Loss).Within(1e-3));
    }

    [Test]
    public void The_scale_mixture_has_distributions_and_an_error_bar()
    {
        var study = new Study(Data.Train);
        var mixture = study.SolveMixture(OneLayer, Temperature);
        var points = mixture.Distributions(Data.Test.Inputs);
        var prediction = mixture.Predict(Data.Test.Inputs);
        var median = points[0].Quantile(0.5);

        // The same sums in the same order.
        Assert.That(points[0].Mean(), Is.EqualTo(prediction.Mean[0, 0]));
        Assert.That(points[0].Variance(), Is.EqualTo(prediction.Variance[0, 0]));
        // Bisection to the last bit, on a distribution function accurate to 1e-15.
        Assert.That(points[0].Cumulative(median), Is.EqualTo(0.5).Within(1e-12));
        // Near the median of a bell of deviation s the density is 1/(s sqrt(2 pi)), to the part that the mixture is not a Gaussian.
        var bell = 1.0 / Math.Sqrt(2.0 * Math.PI * points[0].Variance());
        Assert.That(points[0].Density(median), Is.EqualTo(bell).Within(0.2 * bell));
        Assert.That(
            mixture.ErrorBar(Data.Test),
            Is.EqualTo(mixture.Score(Data.Test).Loss - mixture.Saddle.Score(Data.Test).Loss).Within(1e-12));
        Assert.That(() => points[0].Quantile(1.0), Throws.TypeOf<FailureException>());
    }

    [Test]
    public void Several_outputs_have_a_matrix_and_a_covariance()
    {
        var signs = Enumerable.Range(0, 30).Select(i => Data.Train.Targets[i, 0] > 0.0).ToArray();
        var inputs = Data.Train.Inputs.ToArray();
        var targets = new double[30, 2];

        for (var i = 0; i < 30; i++)
        {
            targets[i, signs[i] ? 0 : 1] = 1.0;
        }

        var oneHot = DataSet.FromArrays(inputs, targets);
        var posterior = new Study(oneHot).SolveSeveralOutputs(OneLayer, Temperature);
        double[,] qbar = posterior.OrderParameter;
        var prediction = posterior.Predict(oneHot.Inputs);

        Assert.That(qbar.GetLength(0), Is.EqualTo(2));
        // Symmetric to rounding.
        Assert.That(prediction.Covariance[0][0, 1], Is.EqualTo(prediction.Covariance[0][1, 0]).Within(1e-15));
        Assert.That(posterior.Score(oneHot).Loss, Is.Positive);
        // Its own training examples, at a temperature below the targets' size.
        Assert.That(posterior.Accuracy(oneHot), Is.GreaterThan(0.9));
        Assert.That(double.IsFinite(posterior.LogEvidence()));
    }

    [Test]
    public void A_convolutional_layer_is_built_from_patches()
    {
        var image = new ImageShape(height: 4, width: 4, channels: 1);
        var layer = ConvolutionalNetwork.Create(Activation.Erf, 40, image, patch: 2, stride: 2, Pooling.None).WithPriors(1.2, 0.8);
        var study = new ConvolutionStudy(Data.Train);
        var posterior = study.Solve(layer, Temperature);
        var wide = study.Solve(layer.WithChannels(1_000_000_000), Temperature);

        Assert.That(layer.Patches, Is.EqualTo(4));
        Assert.That(posterior.OrderParameter.GetLength(0), Is.EqualTo(4));
        Assert.That(posterior.Score(Data.Test).Loss, Is.Positive);
        Assert.That(posterior.Predict(Data.Test.Inputs).Mean.GetLength(0), Is.EqualTo(25));
        Assert.That(double.IsFinite(posterior.LogEvidence()));
        // Qbar - I is of order P/N_c = 3e-8, times beta y^2.
        Assert.That(wide.OrderParameter[0, 0], Is.EqualTo(1.0).Within(1e-6));
        Assert.That(
            () => ConvolutionalNetwork.Create(Activation.Erf, 40, image, patch: 3, stride: 2, Pooling.Average),
            Throws.TypeOf<FailureException>().With.Message.Contains("multiple of the stride"));
    }

    [Test]
    public void Convolutional_layers_stand_behind_one_another()
    {
        var image = new ImageShape(height: 4, width: 4, channels: 1);
        var network = ImageNetwork
            .Create(Activation.Erf, image, ConvolutionalLayer.Square(40, 3).Padded(Padding.Same), ConvolutionalLayer.Square(40, 2).Strided(2))
            .WithPriors(1.0, 0.5, 0.8);
        var study = new ImageStudy(Data.Train);
        var posterior = study.Solve(network, Temperature);
        var infinite = study.SolveInfiniteWidth(network, Temperature);
        var layered = study.SolveLayerByLayer(network, Temperature);
        var pooled = study.Solve(network.Pooled().WithDense(40), Temperature);

        Assert.That(posterior.OrderParameter.GetLength(0), Is.EqualTo(4));
        Assert.That(pooled.OrderParameter.GetLength(0), Is.EqualTo(1));
        Assert.That(layered.OrderParameters[0].GetLength(0), Is.EqualTo(16));
        Assert.That(layered.Score(Data.Test).Loss, Is.EqualTo(posterior.Score(Data.Test).Loss).Within(10).Percent);
        Assert.That(posterior.Laws(Data.Test.Inputs)[0, 0].Mean, Is.EqualTo(posterior.Predict(Data.Test.Inputs).Mean[0, 0]).Within(1e-15));
        Assert.That(
            study.Solve(network.WithWidth(1_000_000_000), Temperature).Score(Data.Test).Loss,
            Is.EqualTo(infinite.Score(Data.Test).Loss).Within(1e-5));
        Assert.That(network.Kernel(Data.Train.Inputs)[0, 0], Is.LessThan(network.TangentKernel(Data.Train.Inputs)[0, 0]));
        Assert.That(
            () => ImageNetwork.Create(Activation.Erf, image, ConvolutionalLayer.Square(40, 5)),
            Throws.TypeOf<FailureException>().With.Message.Contains("larger than its input"));
    }

    [Test]
    public void Two_tasks_are_coupled_by_gamma()
    {
        var other = new LinearTeacher(inputs: 16, train: 10, test: 25, noise: 0.1, seed: 2).Generate();
        var tasks = new TaskPair(Data.Train, other.Train);
        var alone = new Study(Data.Train).Solve(Theories.Proportional, OneLayer, Temperature);
        var apart = tasks.Solve(OneLayer.Coupled(0.0), Temperature);
        var together = tasks.Solve(OneLayer.Coupled(1.5), Temperature);

        // Without coupling the first task is a problem of its own; both saddle points are stationary to 1e-10.
        Assert.That(apart.ScoreFirst(Data.Test).Loss, Is.EqualTo(alone.Score(Data.Test).Loss).Within(1e-8));
        Assert.That(apart.OrderParameter[0, 1], Is.Zero.Within(1e-9));
        Assert.That(together.OrderParameter[0, 1], Is.Not.Zero.Within(1e-6));
        Assert.That(together.PredictSecond(other.Test.Inputs).Mean.GetLength(0), Is.EqualTo(25));
        Assert.That(together.PredictFirst(Data.Test.Inputs).Variance[0, 0], Is.Positive);
        Assert.That(together.ScoreSecond(other.Test).Loss, Is.Positive);
        Assert.That(double.IsFinite(together.LogEvidence()));
        Assert.That(
            () => OneLayer.Coupled(2.4),
            Throws.TypeOf<FailureException>().With.Message.Contains("|gamma| < 2 lambda_0 = 2.4"));
    }
}
