using System;
using System.Linq;
using FiniteWidth.Data;
using FiniteWidth.Differentiation;
using FiniteWidth.Numerics;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class OwnTheoryTests
{
    private const double Temperature = 0.2;

    private static readonly Split Data = new LinearTeacher(inputs: 8, train: 15, test: 10, noise: 0.1, seed: 4).Generate();

    private static readonly Network OneLayer = Network.Dense(Activation.Erf, 25);

    /// <summary>One hidden layer with a skip connection: K = X X^T/(lambda_0 N0) + (Qbar/lambda_1) K o [X X^T/(lambda_0 N0)].</summary>
    private static Model Skip(Network network)
    {
        var input = 1.0 / Scalar.Prior(0) * Kernel.Gram;
        var qbar = Scalar.Qbar(1);
        return Model.Create(input + (qbar / Scalar.Prior(1) * input.Through(network.Activation)), qbar - 1.0 - Scalar.Log(qbar));
    }

    [Test]
    public void A_theory_of_ones_own_is_a_method_from_a_network_to_a_model()
    {
        var posterior = new Study(Data.Train).Solve(Skip, OneLayer, Temperature);
        var slope = posterior.EffectiveAction.Gradient.Invoke(posterior.OrderParameters);

        Assert.That(posterior.Model.OrderParameters.ToArray(), Is.EqualTo(new[] { Symbol.NewQbar(1) }));
        // The residual is 1e-10 of the action's size, 1 + P/N = 1.6.
        Assert.That(slope[0] * posterior.OrderParameters[0], Is.Zero.Within(2e-10));
    }

    [Test]
    public void A_theory_written_out_agrees_with_the_built_in_one()
    {
        static Model Written(Network network) =>
            Model.Create(Theories.Recursion(network, (l, kernel) => Scalar.Qbar(l) * kernel), Theories.LayerEntropy(network));

        var study = new Study(Data.Train);
        var own = study.Solve(Written, OneLayer, Temperature);
        var builtIn = study.Solve(Theories.Proportional, OneLayer, Temperature);

        Assert.That(own.OrderParameters, Is.EqualTo(builtIn.OrderParameters));
        Assert.That(own.Score(Data.Test).Loss, Is.EqualTo(builtIn.Score(Data.Test).Loss));
    }

    [Test]
    public void An_action_of_ones_own_is_a_differentiable_function()
    {
        // S = Qbar - 1 - log Qbar + (1/N) [ log det(A/T) + y^T A^(-1) y ], A = T I + Qbar K.
        var builtIn = new Study(Data.Train).Solve(Theories.Proportional, OneLayer, Temperature);
        var p = Data.Train.Count;
        DM kernel = Kernel.Gram.Through(Activation.Erf).On(Data.Train.Inputs, OneLayer);
        DM noise = Matrix.Create(p, p, (i, j) => i == j ? Temperature : 0.0);
        DV y = DataSetModule.target(0, Data.Train);

        D Action(DV theta)
        {
            var a = Spd.Factor((theta[0] * kernel) + noise);
            var data = a.LogDet - (p * Math.Log(Temperature)) + a.Quadratic(y);
            return theta[0] - 1.0 - D.Log(theta[0]) + (data / 25.0);
        }

        var saddle = EffectiveAction.FromFunction(Action, Symbol.NewQbar(1)).Solve();

        // Two ways to the same number, both with a residual below 1e-10.
        Assert.That(saddle.Chosen.OrderParameters[0], Is.EqualTo(builtIn.OrderParameters[0]).Within(1e-9));
        Assert.That(saddle.Chosen.Action, Is.EqualTo(builtIn.SaddlePoint.Chosen.Action).Within(1e-9));
    }

    [Test]
    public void An_activation_of_ones_own_is_a_delegate_that_the_laws_hold_for()
    {
        var own = Activation.CustomOdd("erf again", MathNet.Numerics.SpecialFunctions.Erf);

        Assert.That(own.Laws(RandomStream.FromSeed(1)).Where(law => !law.Holds()).Select(law => law.Name), Is.Empty);

        var study = new Study(Data.Train);
        var series = study.Solve(Theories.Proportional, Network.Dense(own, 25), Temperature);
        var closed = study.Solve(Theories.Proportional, OneLayer, Temperature);
        // The series is accurate to 1e-10 of the kernel, which A^(-1) ~ 1/T magnifies.
        Assert.That(series.OrderParameters[0], Is.EqualTo(closed.OrderParameters[0]).Within(1e-8));
    }

    [Test]
    public void An_activation_that_is_not_odd_breaks_the_law_of_odd_ones()
    {
        var wrong = Activation.CustomOdd("shifted", z => Math.Tanh(z) + 0.1);

        Assert.That(wrong.Laws(RandomStream.FromSeed(1)).Any(law => !law.Holds()));
    }
}
