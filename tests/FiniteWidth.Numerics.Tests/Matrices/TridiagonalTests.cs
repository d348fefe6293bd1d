using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixtureSource(typeof(Providers), nameof(Providers.All))]
public sealed class TridiagonalTests(LinearAlgebraProvider algebra)
{
    [Test]
    public void The_reduction_rotates_the_matrix_into_its_form([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var a = Dense.Positive(n, 0.1, 1);
        using var original = a.Clone();
        var reduction = algebra.Tridiagonalize(a);

        // Q^T A Q, from Q^T applied to A and then to its transpose.
        var rotated = original.Clone();
        algebra.Rotate(reduction, rotated);
        rotated = Dense.Transpose(rotated);
        algebra.Rotate(reduction, rotated);
        var form = Matrix.Create(n, n, (i, j) => Entry(reduction.Form, i, j));
        AssertEqual(rotated, form, n);
    }

    [Test]
    public void Rotations_keep_lengths_and_the_last_coordinate([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var reduction = algebra.Tridiagonalize(Dense.Positive(n, 0.1, 2));
        using var axis = Matrix.Create(n, 1, (i, _) => i == n - 1 ? 1 : 0);
        using var expected = axis.Clone();
        algebra.Rotate(reduction, axis);
        AssertEqual(axis, expected, n);

        using var q = Dense.Identity(n);
        algebra.Rotate(reduction, q);
        AssertEqual(Dense.Product(q, Dense.Transpose(q)), Dense.Identity(n), n);
    }

    [Test]
    public void Components_along_eigenvectors_keep_every_function_of_the_matrix([Values(1, 5, 33, 130)] int n, [Values(1, 3)] int k)
    {
        var form = algebra.Tridiagonalize(Dense.Positive(n, 0.1, 5)).Form;
        var b = Dense.Random(n, k, 6);
        using var components = b.Clone();
        var values = form.Spectrum(components);
        Assert.That(values, Is.EqualTo(form.Spectrum().Values).Within(Tolerance.Rounding(n)));

        // b^T (0.3 + T)^(-1) b from both.
        var expected = form.Factor(0.3, 1.0)!.QuadraticForms(b.Clone());
        for (var d = 0; d < k; d++)
        {
            var sum = 0.0;
            for (var i = 0; i < n; i++)
            {
                sum += components[i, d] * components[i, d] / (0.3 + values[i]);
            }

            Assert.That(sum, Is.EqualTo(expected[d]).Within(Tolerance.Rounding(n) * (1 + expected[d])));
        }
    }

    [Test]
    public void Rotating_inside_a_larger_matrix_touches_nothing_else([Values(3, 33, 130)] int n, [Values(1, 7, 300)] int k)
    {
        var reduction = algebra.Tridiagonalize(Dense.Positive(n, 0.1, 3));
        var view = Dense.Random(n, k, 4);
        using var plain = view.Clone();
        algebra.Rotate(reduction, view);
        algebra.Rotate(reduction, plain);
        Assert.That(view.ToArray(), Is.EqualTo(plain.ToArray()).Within(Tolerance.Rounding(n)));
    }

    [Test]
    public void Rotating_back_undoes_a_rotation([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n, [Values(1, 70)] int k)
    {
        var reduction = algebra.Tridiagonalize(Dense.Positive(n, 0.1, 7));
        var original = Dense.Random(n, k, 8);
        using var c = original.Clone();
        algebra.Rotate(reduction, c);
        algebra.RotateBack(reduction, c);
        Assert.That(c.ToArray(), Is.EqualTo(original.ToArray()).Within(Tolerance.Rounding(n)));
    }

    [Test]
    public void The_spectrum_is_that_of_the_decomposition([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var a = Dense.Positive(n, 0.1, 5);
        using var vectors = a.Clone();
        var expected = algebra.Eigen(vectors);
        var (values, components) = algebra.Tridiagonalize(a).Form.Spectrum();
        Assert.That(values, Is.EqualTo(expected).Within(4 * Math.Sqrt(n + 1) * Tolerance.Rounding(n)));
        for (var i = 0; i < n; i++)
        {
            // Eigenvectors are known to rounding over the gap to the next eigenvalue, here at least 1e-4.
            var expectedSquare = vectors[i, n - 1] * vectors[i, n - 1];
            Assert.That(components[i] * components[i], Is.EqualTo(expectedSquare).Within(1e-8));
        }
    }

    [Test]
    public void A_matrix_that_is_not_finite_is_refused()
    {
        using var a = Matrix.Create(3, 3, (i, j) => i == 2 && j == 1 ? double.NaN : 1);
        Assert.That(() => algebra.Tridiagonalize(a), Throws.ArgumentException);
    }

    [Test]
    public void Rotating_the_wrong_number_of_rows_is_refused()
    {
        var reduction = algebra.Tridiagonalize(Dense.Positive(4, 0.1, 6));
        Assert.That(
            () => algebra.Rotate(reduction, Matrix.Zeros(5, 2)),
            Throws.ArgumentException.With.Message.Contains("4 coordinates"));
    }

    [TestCase(1e-300)]
    [TestCase(1.0)]
    [TestCase(1e300)]
    public void The_spectrum_scales_with_the_matrix(double scale)
    {
        var form = new TridiagonalMatrix([2 * scale, 2 * scale, 2 * scale], [-scale, -scale]);
        var (values, _) = form.Spectrum();
        double[] expected = [(2 - Math.Sqrt(2)) * scale, 2 * scale, (2 + Math.Sqrt(2)) * scale];
        Assert.That(values, Is.EqualTo(expected).Within(1e-14 * scale));
    }

    [Test]
    public void A_factor_solves_and_gives_quadratic_forms([Values(1, 2, 17, 130)] int n, [Values(1, 5, 260, 515)] int k)
    {
        var form = algebra.Tridiagonalize(Dense.Positive(n, 0.1, 7)).Form;
        var factor = form.Factor(0.3, 1.7)!;
        using var a = Matrix.Create(n, n, (i, j) => (i == j ? 0.3 : 0) + (1.7 * Entry(form, i, j)));
        using var b = Dense.Random(n, k, 8);
        using var x = b.Clone();
        factor.Solve(x);
        AssertEqual(Dense.Product(a, x), b, n);
        var forms = factor.QuadraticForms(b);
        for (var t = 0; t < k; t++)
        {
            var expected = 0.0;
            for (var i = 0; i < n; i++)
            {
                expected += b[i, t] * x[i, t];
            }

            Assert.That(forms[t], Is.EqualTo(expected).Within(10 * Tolerance.Rounding(n) * (1 + Math.Abs(expected))));
        }
    }

    [Test]
    public void A_matrix_that_is_not_positive_has_no_factor()
    {
        var form = new TridiagonalMatrix([1, 1], [2]);
        Assert.That(form.Factor(0, 1), Is.Null);
        Assert.That(form.Factor(1.5, 1), Is.Not.Null);
    }

    private static double Entry(TridiagonalMatrix form, nint i, nint j) =>
        i == j ? form.Diagonal[(int)i] : Math.Abs(i - j) == 1 ? form.OffDiagonal[(int)Math.Min(i, j)] : 0;

    private static void AssertEqual(Matrix actual, Matrix expected, int n) =>
        Assert.That(actual.ToArray(), Is.EqualTo(expected.ToArray()).Within(20 * Tolerance.Rounding(n)));
}
