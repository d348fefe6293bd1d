using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixtureSource(typeof(Providers), nameof(Providers.All))]
public sealed class EigenTests(LinearAlgebraProvider algebra)
{
    [Test]
    public void Eigenvectors_are_orthonormal_rows_that_diagonalise([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var a = Symmetric(n);
        using var original = a.Clone();
        var values = algebra.Eigen(a);
        AssertDiagonalises(original, values, a);
    }

    [Test]
    public void A_large_nearly_singular_kernel_is_diagonalised()
    {
        // A smooth kernel on 400 points of a line: all but some thirty eigenvalues are zero to rounding.
        using var a = Matrix.Create(400, 400, (i, j) => Math.Exp(-(double)((i - j) * (i - j)) / 800));
        using var original = a.Clone();
        var values = algebra.Eigen(a);
        AssertDiagonalises(original, values, a);
        Assert.That(values[..300], Is.All.EqualTo(0).Within(2 * Math.Sqrt(401) * Tolerance.Rounding(400)));
    }

    [Test]
    public void Eigenvalues_alone_are_those_of_the_decomposition([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var expected = algebra.Eigen(Symmetric(n));
        Assert.That(algebra.Eigenvalues(Symmetric(n)), Is.EqualTo(expected).Within(Math.Sqrt(n + 1) * Tolerance.Rounding(n)));
    }

    [Test]
    public void Known_eigenvalues_are_found_in_increasing_order([Values(1, 2, 50, 200)] int n)
    {
        // The path graph's Laplacian with both ends fixed: 2 - 2 cos(k pi/(n + 1)).
        using var a = Matrix.Create(n, n, (i, j) => i == j ? 2 : Math.Abs(i - j) == 1 ? -1 : 0);
        var expected = new double[n];
        for (var k = 1; k <= n; k++)
        {
            var sine = Math.Sin(k * Math.PI / (2 * (n + 1)));
            expected[k - 1] = 4 * sine * sine;
        }

        Assert.That(algebra.Eigen(a), Is.EqualTo(expected).Within(4 * Tolerance.Rounding(n)));
    }

    [Test]
    public void Degenerate_eigenvalues_have_orthonormal_eigenvectors([Values(2, 65, 130)] int n, [Values(0.0, 3.0)] double shift)
    {
        // A projector on two directions plus a multiple of the identity: eigenvalues shift (n - 2 times) and shift + 1.
        using var a = Matrix.Create(n, n, (i, j) => (i % 2 == j % 2 ? 1.0 / ((n + 1 - (i % 2)) / 2) : 0) + (i == j ? shift : 0));
        using var original = a.Clone();
        var values = algebra.Eigen(a);
        AssertDiagonalises(original, values, a);
        Assert.That(values[..^2], Is.All.EqualTo(shift).Within((1 + shift) * Tolerance.Rounding(n)));
        Assert.That(values[^2..], Is.All.EqualTo(shift + 1).Within((1 + shift) * Tolerance.Rounding(n)));
    }

    [Test]
    public void The_zero_matrix_has_zero_eigenvalues()
    {
        using var a = Matrix.Zeros(20, 20);
        var values = algebra.Eigen(a);
        Assert.That(values, Is.All.EqualTo(0));
        AssertDiagonalises(Matrix.Zeros(20, 20), values, a);
    }

    [Test]
    public void A_scale_near_the_ends_of_the_range_is_harmless([Values(1e-250, 1e250)] double scale)
    {
        using var unit = Symmetric(30);
        using var a = Matrix.Create(30, 30, (i, j) => scale * unit[i, j]);
        var expected = algebra.Eigen(unit);
        var values = algebra.Eigen(a);
        Assert.That(Array.ConvertAll(values, v => v / scale), Is.EqualTo(expected).Within(6 * Tolerance.Rounding(30)));
        AssertDiagonalises(Symmetric(30), expected, a);
    }

    [Test]
    public void Only_the_lower_triangle_is_read([Values(3, 70)] int n)
    {
        var a = Symmetric(n);
        for (nint i = 0; i < n; i++)
        {
            a.Row(i)[(int)(i + 1)..].Fill(double.NaN);
        }

        AssertDiagonalises(Symmetric(n), algebra.Eigen(a), a);
    }

    [Test]
    public void Entries_that_are_not_finite_are_refused_by_place(
        [Values(double.NaN, double.PositiveInfinity, double.NegativeInfinity)] double entry,
        [Values(0, 7, 39)] int column)
    {
        using var a = Dense.Identity(40);
        a[39, column] = entry;
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Eigen(a))!.Message, Does.Contain($"(39, {column})"));
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Eigenvalues(a))!.Message, Does.Contain($"(39, {column})"));
    }

    [Test]
    public void A_matrix_that_is_not_square_is_refused()
    {
        using var wide = Matrix.Zeros(3, 4);
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Eigen(wide))!.Message, Does.Contain("3 x 4"));
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Eigenvalues(wide))!.Message, Does.Contain("3 x 4"));
    }

    internal static Matrix Symmetric(nint n)
    {
        using var x = Dense.Random(n, n, 10);
        return Dense.Strided(Matrix.Create(n, n, (i, j) => (x[i, j] + x[j, i]) / 2));
    }

    internal static void AssertDiagonalises(Matrix original, double[] values, Matrix vectors)
    {
        var n = original.Rows;
        Assert.That(values, Has.Length.EqualTo((int)n).And.Ordered);
        using var columns = Dense.Transpose(vectors);
        Dense.AssertEqual(Dense.Product(vectors, columns), Dense.Identity(n), Tolerance.Rounding(n));
        using var scaled = Matrix.Create(n, n, (i, j) => values[(int)i] * vectors[i, j]);
        // Backward stable: an error of order n u times the norm, which for a normal random matrix is about 2 sqrt(n).
        Dense.AssertEqual(Dense.Product(columns, scaled), original, 2 * Math.Sqrt(n + 1) * Tolerance.Rounding(n));
    }
}
