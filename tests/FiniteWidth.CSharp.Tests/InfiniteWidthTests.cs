using System.Linq;
using FiniteWidth.Data;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class InfiniteWidthTests
{
    private static readonly Split Data = new LinearTeacher(inputs: 12, train: 10, test: 8, noise: 0.1, seed: 1).Generate();

    [Test]
    public void Gradient_flow_is_asked_at_any_time()
    {
        var network = Network.Dense(Activation.Erf, 50);
        var flow = network.TrainedOn(Data.Train);
        var start = flow.Score(Data.Test, time: 0.0);
        var end = flow.Predict(Data.Test.Inputs, double.PositiveInfinity);

        // The mean of the prior is zero: its bias is the mean square of the labels.
        var power = Data.Test.Targets.ToArray().Cast<double>().Average(y => y * y);
        Assert.That(start.Bias, Is.EqualTo(power).Within(1e-14 * power));
        Assert.That(end.Mean.GetLength(0), Is.EqualTo(8));
        Assert.That(flow.TrainScore(double.PositiveInfinity).Loss, Is.Zero);
        Assert.That(network.TangentKernel(Data.Train.Inputs).Rows, Is.EqualTo((nint)10));
        Assert.That(flow.Rates, Is.Ordered);
        Assert.That(() => flow.TrainScore(-1.0), Throws.TypeOf<FailureException>());
        Assert.That(() => Network.Dense(Activation.Sign, 5).TrainedOn(Data.Train), Throws.TypeOf<FailureException>());
    }

    [Test]
    public void The_readout_alone_ends_in_regression_at_zero_temperature()
    {
        var network = Network.Dense(Activation.Erf, 50);
        var posterior = new Study(Data.Train).Solve(Theories.InfiniteWidth, network, temperature: 0.0);
        var flow = network.ReadoutTrainedOn(Data.Train);

        // Rounding times the condition number of the kernel, here below 1e3.
        var expected = posterior.Score(Data.Test).Loss;
        Assert.That(flow.Score(Data.Test, double.PositiveInfinity).Loss, Is.EqualTo(expected).Within(1e-11 * expected));
    }

    [Test]
    public void Signals_propagate_and_phases_have_an_edge()
    {
        var edge = Activation.Relu.EdgeOfChaos(biasVariance: 0.0).Single();
        var ordered = Activation.Relu.Propagate(weightVariance: 1.0, biasVariance: 0.5);
        var layers = ordered.Trajectory(new PairLayer(first: 1.0, second: 1.0, covariance: 0.0), depth: 3);
        var diagram = Activation.Tanh.PhaseDiagram([1.0, 3.0], [0.05]);

        Assert.That(edge.WeightVariance, Is.EqualTo(2.0).Within(1e-15));
        Assert.That(ordered.Phase, Is.EqualTo(Phase.Ordered));
        // c/2 + 1/2 is fixed at 1.
        Assert.That(ordered.Fate is LengthFate.Settles { Item.Length: 1.0 });
        Assert.That(ordered.LengthMap(0.5), Is.EqualTo(0.75).Within(1e-15));
        Assert.That(layers, Has.Length.EqualTo(4));
        Assert.That(layers[1].Correlation, Is.EqualTo(ordered.CorrelationMap(0.0)).Within(1e-15));
        Assert.That(diagram[0, 0].Phase, Is.EqualTo(Phase.Ordered));
        Assert.That(diagram[1, 0].Phase, Is.EqualTo(Phase.Chaotic));
    }
}
