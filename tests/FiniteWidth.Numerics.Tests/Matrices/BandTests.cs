using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixtureSource(typeof(Providers), nameof(Providers.All))]
public sealed class BandTests(LinearAlgebraProvider algebra)
{
    private const double Shift = 0.3, Scale = 1.7;

    [Test]
    public void The_reduction_turns_the_matrix_into_its_band([Values(65, 100, 257)] int n)
    {
        var a = Dense.Positive(n, 0.1, 1);
        using var original = a.Clone();
        var reduction = Reduce(a);

        // A = Q B Q^T, so that (s + t A)^(-1) c = Q (s + t B)^(-1) Q^T c.
        using var c = Dense.Random(n, 3, 2);
        using var found = c.Clone();
        reduction.Rotate(found);
        using var rotated = found.Clone();
        var factor = reduction.Form.Factor(Shift, Scale)!;
        factor.Solve(found);
        reduction.RotateBack(found);
        var dense = Matrix.Create(n, n, (i, j) => (Scale * original[i, j]) + (i == j ? Shift : 0));
        var product = Dense.Product(dense, found);
        var forms = factor.QuadraticForms(rotated);
        for (var d = 0; d < 3; d++)
        {
            var expected = 0.0;
            for (var i = 0; i < n; i++)
            {
                Assert.That(product[i, d], Is.EqualTo(c[i, d]).Within(Tolerance.Rounding(n) * n));
                expected += c[i, d] * found[i, d];
            }

            Assert.That(forms[d], Is.EqualTo(expected).Within(Tolerance.Rounding(n) * (1 + Math.Abs(expected))));
        }
    }

    [Test]
    public void Its_tridiagonal_form_has_the_eigenvalues_and_what_the_first_coordinate_sees_of_them([Values(65, 257)] int n)
    {
        var a = Dense.Positive(n, 0.1, 3);
        using var eigenvectors = a.Clone();
        var expected = algebra.Eigen(eigenvectors);
        var reduction = Reduce(a);
        using var first = Matrix.Create(n, 1, (i, _) => i == 0 ? 1 : 0);
        using var still = first.Clone();
        reduction.Rotate(still);
        Assert.That(still[0, 0], Is.EqualTo(1).Within(1e-15), "Q leaves the first coordinate alone");
        var values = reduction.Tridiagonal.Spectrum(first);
        Assert.That(values, Is.EqualTo(expected).Within(Tolerance.Rounding(n) * expected[^1]));
        double byForm = 0, byVectors = 0;
        for (var i = 0; i < n; i++)
        {
            byForm += first[i, 0] * first[i, 0] / (Shift + values[i]);
            byVectors += eigenvectors[i, 0] * eigenvectors[i, 0] / (Shift + expected[i]);
        }

        Assert.That(byForm, Is.EqualTo(byVectors).Within(Tolerance.Rounding(n) * (1 + byVectors)));
    }

    [Test]
    public void Quadratic_forms_of_any_number_of_columns_are_those_of_solutions([Values(0, 1, 7, 32, 33, 100)] int columns, [Values(0, 1, 4)] int width)
    {
        const int n = 50;
        var stream = RandomStream.FromSeed(4);
        var rows = new double[n * (width + 1)];
        stream.Normal(rows);
        for (var i = 0; i < n; i++)
        {
            rows[(i * (width + 1)) + width] = 8;
        }

        var factor = new BandMatrix(width, rows).Factor(Shift, Scale)!;
        using var b = Dense.Random(n, columns, 5);
        using var solved = b.Clone();
        factor.Solve(solved);
        var forms = factor.QuadraticForms(b);
        Assert.That(forms, Has.Length.EqualTo(columns));
        for (var t = 0; t < columns; t++)
        {
            var expected = 0.0;
            for (var i = 0; i < n; i++)
            {
                expected += b[i, t] * solved[i, t];
            }

            Assert.That(forms[t], Is.EqualTo(expected).Within(1e-13 * (1 + Math.Abs(expected))));
        }
    }

    [Test]
    public void A_matrix_that_is_not_positive_has_no_factor_and_wrong_shapes_are_refused()
    {
        Assert.That(new BandMatrix(1, [0, 1, 2, 1]).Factor(0, 1), Is.Null);
        Assert.That(() => new BandMatrix(2, [1, 2]), Throws.ArgumentException.With.Message.Contains("3 entries a row"));
        Assert.That(
            () => new BandMatrix(0, [1, 2]).Factor(0, 1)!.Solve(Matrix.Zeros(3, 1)), Throws.ArgumentException.With.Message.Contains("2 rows"));
        Assert.That(LinearAlgebra.Managed.ReducesToBand(1000), Is.False);
        Assert.That(() => LinearAlgebra.Managed.ReduceToBand(Matrix.Zeros(100, 100)), Throws.TypeOf<NotSupportedException>());
    }

    private BandReduction Reduce(Matrix a)
    {
        if (!algebra.ReducesToBand(a.Rows))
        {
            Assert.Ignore("This provider does not reduce to a band.");
        }

        return algebra.ReduceToBand(a);
    }
}
