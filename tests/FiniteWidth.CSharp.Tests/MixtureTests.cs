using System;
using System.Linq;
using FiniteWidth.Data;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class MixtureTests
{
    private static readonly Split Data = new LinearTeacher(inputs: 20, train: 15, test: 10, noise: 0.1, seed: 1).Generate();

    [Test]
    public void The_expansion_in_the_width_says_what_the_Gaussian_assumption_costs()
    {
        var network = Network.Dense(Activation.Erf, 50);
        var study = new Study(Data.Train);

        var expansion = study.ExpandInWidth(network, temperature: 0.1, Data.Test);
        var slope = study.Solve(Theories.Proportional, network, 0.1).Criterion(Data.Test).Slope;

        var infinite = study.Solve(Theories.InfiniteWidth, network, 0.1).Score(Data.Test).Loss;
        Assert.That(expansion.InfiniteWidth.Loss, Is.EqualTo(infinite).Within(1e-12));
        Assert.That(expansion.SlopeError.Loss, Is.GreaterThan(0).And.LessThan(Math.Abs(expansion.Slope.Loss)));
        var error = expansion.AssumptionError(slope, 200);
        Assert.That(error, Is.EqualTo(Math.Abs(slope - expansion.Slope.Loss) / 200).Within(1e-15));
        Assert.That(expansion.WidthFor(slope, error / infinite), Is.EqualTo(200).Within(1e-9));

        var assessment = study.Solve(Theories.Proportional, network, 0.1).Assess(Data.Test);
        Assert.That(assessment.Expansion.ResultValue, Is.EqualTo(expansion));
        Assert.That(assessment.Witness, Is.EqualTo(Witness.ExactSlope));
        Assert.That(assessment.Criterion.ResultValue.Slope, Is.EqualTo(slope));
        Assert.That(assessment.ErrorBar.IsOk);
    }

    [Test]
    public void A_mixture_a_student_t_process_and_their_quantiles()
    {
        var network = Network.Dense(Activation.Erf, 50);
        var study = new Study(Data.Train);

        var mixture = study.SolveMixture(network, temperature: 0.1);
        var process = study.SolveStudentT(network.DegreesOfFreedom(), network, temperature: 0.1);

        // An O(1/N) difference, and not none.
        Assert.That(mixture.ErrorBar(Data.Test), Is.Not.Zero.And.EqualTo(0).Within(0.1 * mixture.Score(Data.Test).Loss));
        Assert.That(process.DegreesOfFreedom, Is.EqualTo(54).Within(1e-12));
        var median = process.Distributions(Data.Test.Inputs)[0].Quantile(0.5);
        Assert.That(median, Is.EqualTo(process.Predict(Data.Test.Inputs).Mean[0, 0]).Within(1e-10));
        Assert.That(mixture.Distributions(Data.Test.Inputs)[0].Quantile(0.9), Is.GreaterThan(mixture.Predict(Data.Test.Inputs).Mean[0, 0]));
        Assert.That(process.Laws(Data.Test.Inputs)[0, 0].Quantile(0.5), Is.EqualTo(median));
        Assert.That(mixture.Laws(Data.Test.Inputs)[1, 0].Above(0), Is.InRange(0, 1));
        Assert.That(mixture.Saddle.Laws(Data.Test.Inputs)[0, 0].Deviation, Is.GreaterThan(0));
        // A scale of mean one: the sum of the Gram matrix's diagonal changes by the order of 1/N.
        var gram = mixture.HiddenGram();
        Assert.That(gram.Diagonal().Sum(), Is.GreaterThan(0));
        Assert.That(gram.Rows, Is.EqualTo((nint)15));
    }

    [Test]
    public void Two_outputs_are_integrated_over_their_order_parameter()
    {
        var inputs = new double[,] { { 1, 0, 0.5 }, { 0, 1, 0.2 }, { 1, 1, -0.4 }, { -1, 0.5, 1 } };
        var data = DataSet.FromArrays(inputs, new double[,] { { 1, 0 }, { 0, 1 }, { 1, 1 }, { -1, 0.5 } });
        var study = new Study(data);

        var mixture = study.SolveOutputMixture(Network.Dense(Activation.Linear, 12), 0.2, new Integration(1e-8, 100_000));

        Assert.That(mixture.QuadratureError, Is.LessThanOrEqualTo(1e-8));
        var q = mixture.MeanOrderParameter;
        Assert.That(q[0, 1], Is.EqualTo(q[1, 0]).Within(1e-14));
        var prediction = mixture.Predict(data.Inputs);
        Assert.That(prediction.Covariance[3][1, 1], Is.GreaterThan(0));
        Assert.That(mixture.Distributions(data.Inputs)[3, 1].Quantile(0.5), Is.EqualTo(prediction.Mean[3, 1]).Within(0.05));
    }

    [Test]
    public void Depth_by_depth_the_criterion_is_read()
    {
        var profile = Data.DepthProfile(Network.Dense(Activation.Relu, 10, 10, 10), temperature: 0.1);

        Assert.That(profile.Depths.Select(point => point.Depth), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(profile.CriticalDepth.Message, Does.EndWith("."));
    }
}
