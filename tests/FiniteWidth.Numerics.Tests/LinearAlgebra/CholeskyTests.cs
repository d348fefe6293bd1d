using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixtureSource(typeof(Providers), nameof(Providers.All))]
public sealed class CholeskyTests(LinearAlgebraProvider algebra)
{
    // Dense.Positive with this ridge has condition number below 10, so errors stay within ten times the rounding.
    private const double Ridge = 0.5;
    private const double Condition = 10;

    [Test]
    public void The_factor_times_its_transpose_is_the_matrix([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var a = Dense.Positive(n, Ridge, 1);
        using var original = a.Clone();
        Assert.That((long)algebra.Cholesky(a), Is.Zero);
        using var factor = Dense.Lower(a);
        Dense.AssertEqual(Dense.Product(factor, Dense.Transpose(factor)), original, Tolerance.Rounding(n));
    }

    [Test]
    public void Only_the_lower_triangle_is_read([Values(1, 5, 100, 300)] int n)
    {
        var a = Dense.Positive(n, Ridge, 2);
        using var full = a.Clone();
        for (nint i = 0; i < n; i++)
        {
            a.Row(i)[(int)(i + 1)..].Fill(double.NaN);
        }

        Assert.That((long)algebra.Cholesky(a), Is.Zero);
        Assert.That((long)algebra.Cholesky(full), Is.Zero);
        Dense.AssertEqual(Dense.Lower(a), Dense.Lower(full), 0);
    }

    [Test]
    public void The_first_leading_minor_that_is_not_positive_is_reported(
        [Values(1, 2, 63, 64, 65, 200, 300)] int minor,
        [Values(0, -1, double.NaN, double.PositiveInfinity, double.NegativeInfinity)] double pivot)
    {
        // The identity up to the failing pivot, so that the pivot is exact; further bad pivots behind it.
        using var a = Dense.Identity(300);
        for (nint i = minor - 1; i < 300; i += 7)
        {
            a[i, i] = pivot;
        }

        Assert.That(algebra.Cholesky(a), Is.EqualTo((nint)minor));
    }

    [Test]
    public void A_NaN_below_the_diagonal_fails_the_minor_of_its_row([Values(2, 40, 64, 129, 257)] int row, [Values(0.0, 0.5, 1.0)] double place)
    {
        var a = Dense.Positive(257, Ridge, 3);
        a[row - 1, (nint)(place * (row - 2))] = double.NaN;
        Assert.That(algebra.Cholesky(a), Is.EqualTo((nint)row));
    }

    [Test]
    public void The_log_determinant_of_a_diagonal_matrix_is_the_sum_of_logarithms([Values(0, 1, 4, 150)] int n)
    {
        using var a = Matrix.Create(n, n, (i, j) => i == j ? Math.Exp(i - 70) : 0);
        Assert.That((long)algebra.Cholesky(a), Is.Zero);
        var expected = n * (((n - 1) / 2.0) - 70);
        // Each term is rounded at its own size, at most 80.
        Assert.That(algebra.LogDeterminant(a), Is.EqualTo(expected).Within(80 * Tolerance.Rounding(n)));
    }

    [Test]
    public void A_triangular_solve_undoes_the_product(
        [Values(0, 1, 3, 64, 130)] int n,
        [Values(0, 1, 5, 300)] int columns,
        [Values] bool transpose)
    {
        var factor = Factor(n, 4);
        using var lower = Dense.Lower(factor);
        var solution = Dense.Random(n, columns, 5);
        var b = Dense.Strided(Dense.Product(transpose ? Dense.Transpose(lower) : lower, solution));
        algebra.SolveTriangular(factor, transpose, b);
        Dense.AssertEqual(b, solution, Condition * Tolerance.Rounding(2 * n));
    }

    [Test]
    public void A_solve_undoes_the_product_with_the_matrix([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var a = Dense.Positive(n, Ridge, 6);
        var solution = new double[n];
        RandomStream.FromSeed(7).Normal(solution);
        var b = new double[n];
        algebra.Multiply(1, a, false, solution, 0, b);
        Assert.That((long)algebra.Cholesky(a), Is.Zero);
        algebra.Solve(a, b);
        Assert.That(b, Is.EqualTo(solution).Within(Condition * Tolerance.Rounding(4 * n)));
    }

    [Test]
    public void The_inverse_times_the_matrix_is_the_identity_and_symmetric_to_the_bit([ValueSource(typeof(Dense), nameof(Dense.Sizes))] int n)
    {
        var a = Dense.Positive(n, Ridge, 8);
        using var original = a.Clone();
        Assert.That((long)algebra.Cholesky(a), Is.Zero);
        algebra.Invert(a);
        Dense.AssertEqual(Dense.Product(original, a), Dense.Identity(n), Condition * Tolerance.Rounding(3 * n));
        Dense.AssertSymmetricToTheBit(a);
    }

    [Test]
    public void An_inverse_from_a_singular_factor_is_refused()
    {
        using var factor = Dense.Identity(5);
        factor[3, 3] = 0;
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Invert(factor))!.Message, Does.Contain("(3, 3) is 0"));
    }

    [Test]
    public void Shapes_that_do_not_fit_are_named()
    {
        using var wide = Matrix.Zeros(3, 4);
        using var factor = Dense.Identity(3);
        using var b = Matrix.Zeros(4, 1);
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Cholesky(wide))!.Message, Does.Contain("3 x 4"));
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.LogDeterminant(wide))!.Message, Does.Contain("3 x 4"));
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Invert(wide))!.Message, Does.Contain("3 x 4"));
        Assert.That(Assert.Throws<ArgumentException>(() => algebra.Solve(factor, new double[4]))!.Message, Does.Contain("3 rows, not 4"));
        Assert.That(
            Assert.Throws<ArgumentException>(() => algebra.SolveTriangular(factor, false, b))!.Message,
            Does.Contain("3 rows, not 4"));
    }

    [Test]
    public void Factorisations_in_a_parallel_loop_give_the_results_of_one_after_the_other()
    {
        const int count = 16, n = 150;
        using var expected = Dense.Positive(n, Ridge, 9);
        using var scope = algebra.SingleThreaded();
        var copies = new Matrix[count];
        System.Threading.Tasks.Parallel.For(0, count, i =>
        {
            copies[i] = expected.Clone();
            Assert.That((long)algebra.Cholesky(copies[i]), Is.Zero);
        });
        Assert.That((long)algebra.Cholesky(expected), Is.Zero);
        foreach (var copy in copies)
        {
            Dense.AssertEqual(Dense.Lower(copy), Dense.Lower(expected), 0);
        }
    }

    private Matrix Factor(nint n, long seed)
    {
        var a = Dense.Positive(n, Ridge, seed);
        Assert.That((long)algebra.Cholesky(a), Is.Zero);
        return a;
    }
}
