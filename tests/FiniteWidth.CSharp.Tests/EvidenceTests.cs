using System;
using System.Linq;
using FiniteWidth.Data;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class EvidenceTests
{
    private const double Temperature = 0.2;

    private static readonly Split Data = new LinearTeacher(inputs: 8, train: 30, test: 10, noise: 0.3, seed: 4).Generate();

    private static readonly Network OneLayer = Network.Dense(Activation.Erf, 25);

    [Test]
    public void Hyperparameters_are_fitted_by_the_evidence()
    {
        var study = new Study(Data.Train);
        var fit = study.Fit(Theories.Proportional, OneLayer, Temperature, Hyperparameter.NewPrior(0), Hyperparameter.Temperature);

        Assert.That(fit.End, Is.EqualTo(SearchEnd.Converged));
        Assert.That(fit.LogEvidence, Is.GreaterThan(fit.StartLogEvidence));
        Assert.That(fit.Optimum.Temperature, Is.EqualTo(fit.Values[1]));
        // Converged to 1e-7 of half the number of targets, 15.
        Assert.That(fit.Gradient.Select(Math.Abs).Max(), Is.LessThan(1.5e-6));
    }

    [Test]
    public void Networks_are_chosen_by_their_evidence()
    {
        var study = new Study(Data.Train);
        var candidates = new[] { OneLayer, OneLayer.WithWidth(200), Network.Dense(Activation.Erf, 25, 25) };
        var choice = study.Choose(Theories.Proportional, candidates, Temperature, _ => [Hyperparameter.Temperature]);

        Assert.That(choice.Fits, Has.Length.EqualTo(3));
        Assert.That(choice.Best.LogEvidence, Is.EqualTo(choice.Fits.Max(fit => fit.LogEvidence)));
    }

    [Test]
    public void The_gradient_of_the_evidence_names_its_hyperparameters()
    {
        var posterior = new Study(Data.Train).Solve(Theories.Proportional, OneLayer, Temperature);

        Assert.That(posterior.EvidenceGradient(Hyperparameter.NewPrior(1), Hyperparameter.Temperature), Has.Length.EqualTo(2));
        Assert.That(
            () => posterior.EvidenceGradient(Hyperparameter.NewBiasPrior(1)),
            Throws.TypeOf<FailureException>().With.Message.Contains("has no lambda_b,1"));
    }

    [Test]
    public void A_model_is_explained_as_text_and_as_LaTeX()
    {
        var explanation = Theories.Proportional(OneLayer).Explain(OneLayer, Temperature, ProblemSize.Of(Data));

        Assert.That(explanation.Text(), Does.Contain("K_R = (Q̄₁/λ₁) κ(K₀)"));
        Assert.That(explanation.Latex(), Does.Contain(@"\arcsin"));
    }
}
