using System;
using System.Linq;
using FiniteWidth.Data;
using FiniteWidth.Numerics;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class OwnActivationTests
{
    private static readonly Split Data = new LinearTeacher(inputs: 8, train: 15, test: 10, noise: 0.1, seed: 4).Generate();

    private static double Twice(double z) => 2.0 * z;

    [Test]
    public void A_lambda_expression_becomes_a_formula_with_symbolic_derivatives()
    {
        var slope = 0.3;
        var own = Activation.Define(z => z > 0.0 ? z * Math.Tanh(z) : -slope * Math.Abs(z));

        Assert.That(own.Name, Is.EqualTo("if(z > 0, z * tanh(z), -0.3 * abs(z))"));
        Assert.That(own.Definition.IsSymbolic);
        Assert.That(own.Function.Invoke(-2.0), Is.EqualTo(-0.6).Within(1e-15));

        var derivative = own.Derivative();
        Assert.That(derivative(-2.0), Is.EqualTo(0.3).Within(1e-15));
        Assert.That(derivative(1.5), Is.EqualTo(Math.Tanh(1.5) + (1.5 * (1.0 - Math.Pow(Math.Tanh(1.5), 2)))).Within(1e-15));
        Assert.That(own.Latex(), Does.StartWith(@"\begin{cases}"));
    }

    [Test]
    public void An_expression_of_every_kind_has_the_values_of_its_delegate()
    {
        var center = 0.5;
        Func<double, double> f = z =>
            (Math.Max(z, -1) / Math.Sqrt(2 + Math.Pow(z, 2))) + Math.Exp(-(z - center) * (z - center)) - Math.Sign(z)
            + (z >= 1 || !(z > -1 && z < 0.25) ? Math.Cos(z) : Math.Min(z, Math.PI));
        var own = Activation.Define(
            "own",
            z => (Math.Max(z, -1) / Math.Sqrt(2 + Math.Pow(z, 2))) + Math.Exp(-(z - center) * (z - center)) - Math.Sign(z)
                + (z >= 1 || !(z > -1 && z < 0.25) ? Math.Cos(z) : Math.Min(z, Math.PI)));

        Assert.That(own.Name, Is.EqualTo("own"));
        foreach (var z in new[] { -2.0, -0.7, 0.1, 0.4, 1.7 })
        {
            // Terms change places in normal form.
            Assert.That(own.Function.Invoke(z), Is.EqualTo(f(z)).Within(1e-15 * 8));
        }
    }

    [Test]
    public void A_built_in_activation_is_recognised() =>
        Assert.That(Activation.Define(z => Math.Max(0.0, z)), Is.EqualTo(Activation.Relu));

    [Test]
    public void What_has_no_formula_is_named()
    {
        Refused(() => Activation.Define(z => Math.Floor(z)), "a call of Math.Floor has no place in it");
        Refused(() => Activation.Define(z => Twice(z)), "a call of OwnActivationTests.Twice has no place in it");
        Refused(() => Activation.Define(z => z % 1.0), "the operator Modulo has no place in it");
        Refused(() => Activation.Define(z => z == 0.0 ? 1.0 : z), "a test by Equal has no place in it");
        Refused(() => Activation.Define(z => (int)z), "has no place in it");
        Refused(() => Activation.Define(z => Math.Exp(z * z)), "grows so fast");
        Refused(() => Activation.Parse("z * tanh(z"), "at character 11");

        static void Refused(Action define, string says) =>
            Assert.That(() => define(), Throws.TypeOf<FailureException>().With.Message.Contains(says));
    }

    [Test]
    public void What_only_a_delegate_can_say_has_derivatives_by_differences()
    {
        var own = Activation.Custom("floating", z => Math.Tanh(z) * Math.ScaleB(1.0, -1));

        Assert.That(own.Definition.IsNumeric);
        Assert.That(own.Parity, Is.EqualTo(Parity.Odd));
        Assert.That(own.Derivative()(0.0), Is.EqualTo(0.5).Within(1e-10));
    }

    [Test]
    public void An_own_activation_obeys_the_laws_and_solves_a_study()
    {
        var own = Activation.Define(z => z * Math.Tanh(z));
        Assert.That(own.Laws(RandomStream.FromSeed(1)).Where(law => !law.Holds()).Select(law => law.Name), Is.Empty);

        var study = new Study(Data.Train);
        var fine = study.Solve(Theories.NonOdd, Network.Dense(own, 25), 0.2).Score(Data.Test).Loss;
        var coarse = study.Solve(Theories.NonOdd, Network.Dense(own.WithAccuracy(1e-5), 25), 0.2).Score(Data.Test).Loss;

        // The kernel's 1e-5, magnified by A^(-1) ~ 1/T.
        Assert.That(coarse, Is.EqualTo(fine).Within(1e-3 * fine));
    }
}
