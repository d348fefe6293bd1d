using System;
using FiniteWidth.Differentiation;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public class DifferentiationTests
{
    private const double Rounding = 1e-12;

    private static D Rosenbrock(DV x) => D.Pow(1.0 - x[0], 2.0) + (100.0 * D.Pow(x[1] - (x[0] * x[0]), 2.0));

    [Test]
    public void A_derivative_of_a_lambda_is_a_number()
    {
        var (value, slope) = Differentiate.Derivative(x => D.Exp(D.Sin(x)) / 2.0, 0.7);
        Assert.That(value, Is.EqualTo(Math.Exp(Math.Sin(0.7)) / 2).Within(Rounding));
        Assert.That(slope, Is.EqualTo(Math.Cos(0.7) * Math.Exp(Math.Sin(0.7)) / 2).Within(Rounding));
    }

    [Test]
    public void A_gradient_and_a_Hessian_of_a_method_are_arrays()
    {
        double[] x = [0.3, 1.4];
        var (value, gradient, hessian) = Differentiate.Hessian(Rosenbrock, x);
        var d = x[1] - (x[0] * x[0]);
        Assert.That(value, Is.EqualTo((0.7 * 0.7) + (100 * d * d)).Within(Rounding * 200));
        Assert.That(gradient[0], Is.EqualTo((-2 * 0.7) - (400 * x[0] * d)).Within(Rounding * 200));
        Assert.That(gradient[1], Is.EqualTo(200 * d).Within(Rounding * 200));
        Assert.That(hessian[0, 1], Is.EqualTo(-400 * x[0]).Within(Rounding * 200));
        Assert.That(hessian[1, 0], Is.EqualTo(hessian[0, 1]));

        var (_, first) = Differentiate.Gradient(Rosenbrock, x);
        Assert.That(first, Is.EqualTo(gradient));

        var along = Differentiate.HessianVector(Rosenbrock, x, [0.0, 1.0]);
        Assert.That(along[0], Is.EqualTo(-400 * x[0]).Within(Rounding * 200));
        Assert.That(along[1], Is.EqualTo(200).Within(Rounding * 200));
    }

    [Test]
    public void A_Jacobian_has_a_row_for_each_value()
    {
        DM a = new double[,] { { 1.0, 2.0 }, { 3.0, 4.0 }, { 5.0, 6.0 } };
        var (value, jacobian) = Differentiate.Jacobian(v => a * v, [1.0, -1.0]);
        Assert.That(value, Is.EqualTo(new[] { -1.0, -1.0, -1.0 }).Within(Rounding));
        Assert.That(jacobian, Is.EqualTo(new[,] { { 1.0, 2.0 }, { 3.0, 4.0 }, { 5.0, 6.0 } }).Within(Rounding));
    }

    [Test]
    public void An_action_with_a_log_determinant_is_differentiated()
    {
        // S(q) = log det(q K + T I) + y^T (q K + T I)^(-1) y for K = diag(1, 2), T = 1/2, y = (1, 1).
        DM k = new[,] { { 1.0, 0.0 }, { 0.0, 2.0 } };
        DM noise = new[,] { { 0.5, 0.0 }, { 0.0, 0.5 } };
        DV y = new[] { 1.0, 1.0 };

        D Action(D q)
        {
            var a = Spd.Factor((q * k) + noise);
            return a.LogDet + a.Quadratic(y);
        }

        var (value, slope) = Differentiate.Derivative(Action, 1.5);
        Assert.That(value, Is.EqualTo(Math.Log(2.0 * 3.5) + (1 / 2.0) + (1 / 3.5)).Within(Rounding));
        Assert.That(slope, Is.EqualTo((1 / 2.0) - (1 / 4.0) + (2 / 3.5) - (2 / (3.5 * 3.5))).Within(Rounding));
    }
}
