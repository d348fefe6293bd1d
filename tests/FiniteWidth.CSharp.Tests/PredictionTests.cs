using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using FiniteWidth.Data;
using FiniteWidth.Figures;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class PredictionTests
{
    private static readonly Split Data = new LinearTeacher(inputs: 20, train: 30, test: 25, noise: 0.1, seed: 1).Generate();

    [Test]
    public void A_network_is_built_and_changed_one_property_at_a_time()
    {
        var network = Network.Dense(Activation.Erf, 200, 100).WithPriors(1.0, 2.0, 0.5).WithBias(4.0);
        IReadOnlyList<int> widths = network.Widths;

        Assert.That(widths.ToArray(), Is.EqualTo(new[] { 200, 100 }));
        Assert.That(network.WithReadoutPrior(3.0).Priors.ToArray(), Is.EqualTo(new[] { 1.0, 2.0, 3.0 }));
        Assert.That(network.WithWidth(7).Widths.ToArray(), Is.EqualTo(new[] { 7, 7 }));
        Assert.That(network.WithWidths(widths.Select(n => 2 * n)).Widths.ToArray(), Is.EqualTo(new[] { 400, 200 }));
        Assert.That(Network.Dense(Activation.OfName("relu"), widths).Depth, Is.EqualTo(2));
    }

    [Test]
    public void A_network_in_the_mean_field_scaling_has_a_prior_and_a_temperature_of_its_width()
    {
        var (network, temperature) = Network.Dense(Activation.Erf, 40).InMeanFieldScaling(gamma: 0.5, beta: 20.0);

        Assert.That(network.Priors.ToArray(), Is.EqualTo(new[] { 1.0, 10.0 }));
        Assert.That(temperature, Is.EqualTo(0.005).Within(1e-15));
        var curve = Data.LearningCurve(Theories.Proportional, network, MeanFieldScaling.Create(0.5, 20.0), [40, 80]);
        Assert.That(curve[0].Network, Is.EqualTo(network));
        Assert.That(curve[1].Temperature, Is.EqualTo(0.0025).Within(1e-15));
        Assert.That(
            () => network.InMeanFieldScaling(0.0, 1.0),
            Throws.TypeOf<FailureException>().With.Message.Contains("gamma is 0"));
    }

    [Test]
    public void Infinitely_many_units_of_the_scaling_are_solved_and_scored()
    {
        var settings = new CavitySettings(layers: CavityLayers.All, directions: null, units: 100, sweeps: 32, seed: 1, accuracy: 1.0, seconds: 0.001, threads: 1);
        var sweeps = 0;
        var posterior = new Study(Data.Train).SolveMeanFieldLimit(
            Network.Dense(Activation.Erf, 40), MeanFieldScaling.Create(0.5, 20.0), Data.Test, settings, _ => sweeps++, default);

        Assert.That(sweeps, Is.GreaterThanOrEqualTo(32));
        Assert.That(posterior.Score(Data.Test).Loss.Value, Is.Positive);
        Assert.That(posterior.FreeEnergy.Value, Is.Positive);
        Assert.That(posterior.Predict(Data.Test.Inputs), Has.Length.EqualTo(25));
    }

    [Test]
    public void What_hidden_units_learn_is_read_as_arrays_and_matrices()
    {
        var settings = new CavitySettings(layers: CavityLayers.All, directions: null, units: 100, sweeps: 32, seed: 1, accuracy: 1.0, seconds: 0.001, threads: 1);
        var posterior = new Study(Data.Train).SolveCavity(Network.Dense(Activation.Erf, 40), 0.1, Data.Test, settings, _ => { }, default);

        var features = posterior.Features;
        Assert.That((int)features.Posterior.Rows, Is.EqualTo(Data.Train.Count));
        Assert.That((int)features.Prior.Columns, Is.EqualTo(Data.Train.Count));
        Assert.That(features.Error, Is.InRange(0.0, 0.2));
        Assert.That(features.Specialised, Has.All.Matches<SpecialisedFeature>(unit => unit is { Readout: > 0 }));
        Assert.That(posterior.Features, Is.SameAs(features), "computed once");
    }

    [Test]
    public void A_width_of_zero_is_refused_in_one_sentence()
    {
        Assert.That(
            () => Network.Dense(Activation.Erf, 200, 0),
            Throws.TypeOf<FailureException>().With.Message.EqualTo("Hidden layer 2 has width 0: a width is at least 1."));
    }

    [Test]
    public void A_theory_is_solved_and_its_prediction_read()
    {
        var network = Network.Dense(Activation.Erf, 50);
        var study = new Study(Data.Train);

        var posterior = study.Solve(Theories.Proportional, network, temperature: 0.1);
        double[] qbar = posterior.OrderParameters;
        var score = posterior.Score(Data.Test);
        var prediction = posterior.Predict(Data.Test.Inputs);

        Assert.That(qbar, Has.Length.EqualTo(1));
        Assert.That(posterior.SaddlePoint.Chosen.Residual, Is.LessThan(1e-10));
        Assert.That(posterior.SaddlePoint.Chosen.Kind, Is.EqualTo(Kind.Minimum));
        Assert.That(prediction.Mean.GetLength(0), Is.EqualTo(25));
        // The same sums in another order.
        Assert.That(score.Loss, Is.EqualTo(score.Bias + score.Variance).Within(1e-14));
        Assert.That(prediction.Variance.Cast<double>().Average(), Is.EqualTo(score.Variance).Within(1e-14));
        Assert.That(double.IsFinite(posterior.LogEvidence()));
        var criterion = posterior.Criterion(Data.Test);
        Assert.That(criterion.FiniteWidthWins, Is.EqualTo(criterion.Slope < 0.0));
    }

    [Test]
    public void A_learning_curve_tends_to_infinite_width()
    {
        var network = Network.Dense(Activation.Relu, 10, 10);
        var widths = Widths.LogSpaced(10, 10_000_000, 5);

        var curve = Data.LearningCurve(Theories.Proportional, network, temperature: 0.1, widths);
        var infinite = new Study(Data.Train).Solve(Theories.InfiniteWidth, network, 0.1).Score(Data.Test);

        Assert.That(curve.Select(point => point.Network.Widths[0]), Is.EqualTo(widths));
        // The correction is of relative order P/N = 3e-6.
        Assert.That(curve.Last().Score.Loss, Is.EqualTo(infinite.Loss).Within(1e-5 * infinite.Loss));
        Assert.That(curve.First().Score.Loss, Is.Not.EqualTo(infinite.Loss).Within(1e-3 * infinite.Loss));
    }

    [Test]
    public void A_sweep_over_anything_is_a_sequence_of_networks()
    {
        var network = Network.Dense(Activation.Erf, 40);
        double[] priors = [0.5, 1.0, 2.0];

        var curve = Data.LearningCurve(Theories.Wishart, priors.Select(prior => network.WithReadoutPrior(prior)), 0.1);

        Assert.That(curve.Select(point => point.Network.Priors[1]), Is.EqualTo(priors));
    }

    [Test]
    public void A_learning_curve_is_saved_as_a_page_and_as_a_table()
    {
        using var folder = new Folder();
        var network = Network.Dense(Activation.Erf, 10);
        var curve = Data.LearningCurve(Theories.Proportional, network, 0.1, [10, 100, 1000]);
        var infinite = Data.LearningCurve(Theories.InfiniteWidth, [network], 0.1)[0].Score;

        var chart = curve.ToFigure().WithInfiniteWidth(infinite).ToChart();
        var measured = Plotly.NET.CSharp.Chart.Point<double, double, string>(x: [30.0], y: [infinite.Loss], Name: "measured");
        Plotly.NET.CSharp.Chart.Combine([chart, measured]).WithTitle("A linear teacher").SaveHtml(folder.File("curve.html"));
        curve.SaveCsv(folder.File("curve.csv"));

        var page = File.ReadAllText(folder.File("curve.html"));
        Assert.That(page, Does.Contain("A linear teacher"));
        Assert.That(page, Does.Contain("measured"));
        Assert.That(page, Does.Not.Contain("<script src"), "it opens offline");
        var lines = File.ReadAllLines(folder.File("curve.csv"));
        Assert.That(lines[0], Is.EqualTo("N,P,T,lambda_0,lambda_1,activation,Qbar_1,loss,bias,variance,log_evidence,residual"));
        var row = lines[2].Split(',');
        Assert.That(row[5], Is.EqualTo("erf"));
        Assert.That(
            new[] { row[0], row[2], row[6], row[7] }.Select(double.Parse),
            Is.EqualTo(new[] { 100.0, 0.1, curve[1].Posterior.OrderParameters[0], curve[1].Score.Loss }));
    }

    [Test]
    public void A_failure_is_an_exception_or_a_value_that_says_what_is_wrong()
    {
        // Two equal examples: K is singular, and T = 0 needs its inverse.
        var data = DataSet.FromArrays(new[,] { { 1.0, 2.0 }, { 1.0, 2.0 }, { 0.0, 1.0 } }, [1.0, 1.0, -1.0]);
        var network = Network.Dense(Activation.Erf, 50);
        var study = new Study(data);

        if (study.TrySolve(Theories.Proportional, network, 0.0, out var posterior, out var failure))
        {
            Assert.Fail($"It was solved: {posterior.OrderParameters[0]}");
            return;
        }

        Assert.That(failure is Failure.SingularKernel { Rank: 2, Size: 3 });
        Assert.That(failure.Message, Does.Contain("use T > 0"));
        var exception = Assert.Throws<FailureException>(() => study.Solve(Theories.Proportional, network, 0.0));
        Assert.That(exception!.Failure, Is.EqualTo(failure));
        Assert.That(exception.Message, Is.EqualTo(failure.Message));
        Assert.That(study.TrySolve(Theories.Proportional, network, 0.1, out posterior, out _));
        Assert.That(posterior!.Temperature, Is.EqualTo(0.1));
    }

    [Test]
    public void What_a_module_returns_can_be_looked_at_without_exceptions()
    {
        Assert.That(ActivationModule.ofName("erf").TryGet(out var activation, out _));
        Assert.That(activation, Is.EqualTo(Activation.Erf));
        Assert.That(ActivationModule.ofName("erfc").TryGet(out _, out var failure), Is.False);
        Assert.That(failure!.Message, Does.StartWith("There is no activation \"erfc\": use one of linear, erf"));
    }
}
