using System;
using System.Linq;
using FiniteWidth.Experiment;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class SamplingTests
{
    /// <summary>One datum 1 = x + 0.5 noise beside a standard normal prior: the posterior is N(0.8, 0.2).</summary>
    private static Target Gaussian() => SamplingFluent.Target(1, (x, gradient) =>
    {
        gradient[0] = 4 * (1 - x[0]);
        return -2 * (1 - x[0]) * (1 - x[0]);
    });

    [Test]
    public void A_posterior_is_sampled_and_diagnosed()
    {
        var run = Samplers.Nuts.With(Integrator.Leapfrog).With(Metric.Diagonal).Sample(Gaussian, seed: 3, warmUp: 300, draws: 800);
        var x = run.Diagnoses.Single();

        Assert.That(x.Mean, Is.EqualTo(0.8).Within(4 * x.Error));
        Assert.That(x.Deviation, Is.EqualTo(Math.Sqrt(0.2)).Within(0.05));
        Assert.That(run.Verdict.IsConverged, run.Verdict.ToString());
    }

    [Test]
    public void Observables_progress_and_exact_draws_are_delegates()
    {
        var reports = 0;
        // The exact posterior as the conditional draw: its draws are independent.
        var sampler = Samplers.Mala.After(() => (stream, x) => x[0] = 0.8 + (Math.Sqrt(0.2) * stream.Normal()));
        var run = sampler.Sample(
            Gaussian,
            warmUp: 100,
            draws: 500,
            names: ["square"],
            evaluate: (_, x, values) => values[0] = x[0] * x[0],
            progress: _ => reports++);
        var square = run.Diagnoses.Single();

        Assert.That(reports, Is.Positive);
        Assert.That(square.Name, Is.EqualTo("square"));
        Assert.That(square.Mean, Is.EqualTo(0.84).Within(4 * square.Error));
        Assert.That(square.BulkSize, Is.GreaterThan(1000));
    }

    [Test]
    public void What_cannot_be_run_raises_one_sentence()
    {
        var error = Assert.Throws<FailureException>(() => Samplers.Langevin(0.1, 0.1).Sample(Gaussian));

        Assert.That(error!.Message, Does.Contain("2 Langevin steps"));
    }
}
