using System.Linq;
using FiniteWidth.Experiment;
using FiniteWidth.Numerics;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class ClassificationTests
{
    private static readonly DataSet Data = Labelled(18, 1);

    private static readonly Network OneLayer = Network.Dense(Activation.Erf, 12);

    [Test]
    public void Classes_have_probabilities_and_scores()
    {
        var posterior = new Study(Data).SolveClassification(OneLayer, 1.0);
        var test = Labelled(9, 2);
        var prediction = posterior.Predict(test.Inputs);
        var score = posterior.Score(test);

        Assert.That(posterior.Classes, Is.EqualTo(3));
        Assert.That(posterior.OrderParameter.GetLength(0), Is.EqualTo(2));
        Assert.That(Enumerable.Range(0, 3).Sum(c => prediction.Probabilities[0, c]), Is.EqualTo(1.0).Within(1e-12));
        Assert.That(score.CalibrationBins().Sum(bin => bin.Count), Is.EqualTo(9));
        Assert.That(posterior.LogEvidence(), Is.LessThan(0.0));
        Assert.That(posterior.Likelihood, Is.EqualTo(Likelihood.NewCategorical(1.0)));
    }

    [Test]
    public void A_theory_may_be_named_and_a_bad_beta_is_refused()
    {
        var study = new Study(Data);
        var infinite = study.SolveClassification(Theories.InfiniteWidth, OneLayer, 1.0);

        Assert.That(infinite.OrderParameter[0, 0], Is.EqualTo(1.0));
        Assert.That(
            () => study.SolveClassification(OneLayer, -1.0),
            Throws.TypeOf<FailureException>().With.Message.Contains("beta is -1"));
    }

    [Test]
    public void Networks_on_images_have_classes_and_several_outputs()
    {
        var network = ImageNetwork
            .Create(Activation.Erf, new ImageShape(height: 2, width: 2, channels: 1), ConvolutionalLayer.Square(12, 1), ConvolutionalLayer.Square(12, 1))
            .WithPriors(1.0, 0.5, 0.8);
        var test = Labelled(9, 2);
        var classes = new ImageStudy(Data).SolveClassification(network, 1.0);
        var hot = DataSet.Create(Data.Inputs, Matrix.Create(18, 3, (mu, d) => mu % 3 == d ? 1.0 : 0.0));
        var outputs = new ImageStudy(hot).SolveOutputs(network, 0.1);

        Assert.That(classes.OrderParameter.GetLength(0), Is.EqualTo(8));
        Assert.That(Enumerable.Range(0, 3).Sum(c => classes.Predict(test.Inputs).Probabilities[0, c]), Is.EqualTo(1.0).Within(1e-12));
        Assert.That(classes.Score(test).CalibrationBins().Sum(bin => bin.Count), Is.EqualTo(9));
        Assert.That(classes.LogEvidence(), Is.LessThan(0.0));
        Assert.That(outputs.OrderParameter.GetLength(0), Is.EqualTo(12));
        Assert.That(outputs.Predict(test.Inputs).Covariance[0].GetLength(0), Is.EqualTo(3));
        Assert.That(outputs.Score(hot).Loss, Is.Positive);
        Assert.That(outputs.Accuracy(hot), Is.InRange(0.0, 1.0));
        Assert.That(double.IsFinite(outputs.LogEvidence()));
        Assert.That(
            () => new ImageStudy(Data).SolveClassification(network, -1.0),
            Throws.TypeOf<FailureException>().With.Message.Contains("beta is -1"));
    }

    [Test]
    public void Sampled_class_probabilities_stand_beside_a_theory()
    {
        var split = Split.Create(Data, Labelled(9, 2));
        var plan = MeasurementPlans.Classes.WithSeed(3).WithChains(2).WithDraws(warmUp: 50, draws: 80);
        var measured = OneLayer.MeasureClasses(1.0, split, plan);
        var posterior = new Study(Data).SolveClassification(OneLayer, 1.0);
        var (_, likelihood, _) = measured.ZScores(posterior.Score(split.Test));
        var distance = measured.Distance(posterior.Predict(split.Test.Inputs).Probabilities);

        Assert.That(Enumerable.Range(0, 3).Sum(c => measured.Probabilities.Probability[0, c]), Is.EqualTo(1.0).Within(1e-12));
        Assert.That(measured.NegativeLogLikelihood.ZScore(posterior.Score(split.Test).NegativeLogLikelihood), Is.EqualTo(likelihood));
        Assert.That(distance.RmsDifference, Is.InRange(0.0, 0.1));

        var compared = split.CompareClasses([OneLayer.AtBeta(18, 1.0)], plan, ComparedTheories.OfClasses("wishart", Theories.Wishart));
        Assert.That(compared.Points.First().Theories.First().NegativeLogLikelihoodZ, Is.EqualTo(likelihood).Within(1e-6));
        Assert.That(
            () => OneLayer.MeasureClasses(1.0, split, MeasurementPlans.Standard),
            Throws.TypeOf<FailureException>().With.Message.Contains("all weights are sampled"));
    }

    [Test]
    public void Networks_on_images_have_sampled_class_probabilities()
    {
        var network = ImageNetwork
            .Create(Activation.Erf, new ImageShape(height: 2, width: 2, channels: 1), ConvolutionalLayer.Square(5, 1), ConvolutionalLayer.Square(5, 1))
            .WithPriors(1.0, 0.5, 0.8);
        var plan = MeasurementPlans.Classes.WithChains(2).WithDraws(warmUp: 20, draws: 20);
        var measured = network.MeasureClasses(1.0, Split.Create(Data, Labelled(9, 2)), plan);

        Assert.That(measured.Brier.Error, Is.Positive);
        Assert.That(measured.Score.Accuracy, Is.EqualTo(measured.Accuracy.Value));
    }

    private static DataSet Labelled(int examples, ulong seed)
    {
        var inputs = Matrix.Uninitialized(examples, 4);
        RandomStream.FromSeed(seed).Normal(inputs);
        return DataSet.Create(inputs, Matrix.Create(examples, 1, (mu, _) => mu % 3));
    }
}
