using System;
using System.Linq;
using FiniteWidth.Data;
using FiniteWidth.Experiment;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class MeasurementTests
{
    private static readonly Split Split = new LinearTeacher(inputs: 10, train: 12, test: 20, noise: 0.3, seed: 4).Generate();

    private static readonly Network Linear = Network.Dense(Activation.Linear, 6);

    [Test]
    public void A_network_is_measured_beside_its_exact_theory()
    {
        var exact = new Study(Split.Train).SolveMixture(Linear, temperature: 0.1).Score(Split.Test);
        var reports = 0;
        var plan = MeasurementPlans.Standard
            .WithSeed(5)
            .WithDraws(warmUp: 200, draws: 600)
            .WithProgress(_ => reports++, default)
            .Observing(Quantity.HiddenGram);

        var measured = Linear.Measure(0.1, Split, plan);
        var (loss, bias, variance) = measured.ZScores(exact);

        // Three numbers: beyond 4 once in five thousand.
        Assert.That(new[] { loss, bias, variance }.Max(Math.Abs), Is.LessThan(4.0));
        Assert.That(measured.Loss.ZScore(exact.Loss), Is.EqualTo(loss));
        Assert.That(measured.HiddenGram!.Value.Mean.GetLength(0), Is.EqualTo(12));
        Assert.That(reports, Is.Positive);
    }

    [Test]
    public void Theories_are_compared_on_a_grid()
    {
        var comparison = Split.Compare(
            [Linear.At(12, 0.1), Linear.WithWidth(30).At(8, 0.1)],
            MeasurementPlans.Standard.With(NetworkSampler.NewGibbs(Samplers.Hmc)).WithDraws(200, 400),
            ComparedTheories.Mixture,
            ComparedTheories.Of("infinite-width", Theories.InfiniteWidth));
        var columns = comparison.Columns().ToDictionary(column => column.Item1, column => column.Item2);

        Assert.That(columns["P"], Is.EqualTo(new[] { 12.0, 8.0 }));
        Assert.That(columns["mixture_z"].Max(Math.Abs), Is.LessThan(4.0));
        Assert.That(comparison.Words().Select(column => column.Item1), Does.Contain("mixture_agreement"));

        // Which is nearest is chance where the theories differ by less than the statistical error.
        var nearest = new[] { "mixture", "infinite-width" }.MinBy(name => Math.Abs(columns[$"{name}_loss"][0] - columns["loss"][0]));
        Assert.That(comparison.Points.First().Nearest, Is.EqualTo(nearest));
    }

    [Test]
    public void The_log_evidence_is_sampled()
    {
        var exact = new Study(Split.Train).SolveMixture(Linear, temperature: 0.1).LogEvidence;
        var sampled = Linear.Posterior(0.1, Split.Train).SampleEvidence(accuracy: 0.3, seconds: 60);
        var plan = MeasurementPlans.Standard.WithDraws(warmUp: 50, draws: 50).WithEvidence(accuracy: 0.3, seconds: 60);
        var measured = Linear.Measure(0.1, Split, plan).Evidence!.Value.ResultValue;

        Assert.That(sampled.HasConverged);
        Assert.That(Math.Abs(sampled.LogEvidence.ZScore(exact)), Is.LessThan(4.0));
        // The same seed, and the same chains.
        Assert.That(measured.LogEvidence, Is.EqualTo(sampled.LogEvidence));
    }

    [Test]
    public void Answers_are_certified_and_have_a_best_width()
    {
        var answers = new[] { 3, 3000 }.Select(width => Linear.WithWidth(width).Certify(0.1, Split, accuracy: 0.05, seconds: 30)).ToArray();
        var exact = new Study(Split.Train).SolveMixture(Linear.WithWidth(3), temperature: 0.1).Score(Split.Test);
        var best = answers.BestWidth();

        Assert.That(answers.Select(answer => answer.Certificate.Certified), Is.All.True);
        Assert.That(answers[0].Certificate.Method, Is.EqualTo(Method.Exact));
        Assert.That(answers[0].Certificate.Score.Loss.Value, Is.EqualTo(exact.Loss));
        Assert.That(best.Loss.Value, Is.LessThanOrEqualTo(exact.Loss));
    }

    [Test]
    public void A_curve_is_certified_at_every_width()
    {
        var curve = Linear.CertifyCurve(0.1, Split, [3, 3000], accuracy: 0.05, seconds: 30);

        Assert.That(curve.IsComplete, Is.True);
        Assert.That(curve.Points.Select(point => point.Width), Is.EqualTo(new[] { 3, 3000 }));
        Assert.That(curve.Points.Select(point => point.Certificate.Certified), Is.All.True);
    }

    [Test]
    public void What_cannot_be_measured_raises_one_sentence()
    {
        var error = Assert.Throws<FailureException>(() => Linear.Measure(0.0, Split));

        Assert.That(error!.Message, Does.Contain("The temperature is 0"));
    }
}
