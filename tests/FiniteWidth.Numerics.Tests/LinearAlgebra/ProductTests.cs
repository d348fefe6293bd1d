using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixtureSource(typeof(Providers), nameof(Providers.All))]
public sealed class ProductTests(LinearAlgebraProvider algebra)
{
    [Test]
    public void A_Gram_matrix_is_the_product_with_the_transpose_and_symmetric_to_the_bit(
        [ValueSource(typeof(Dense), nameof(Dense.Sizes))] int rows,
        [Values(0, 1, 3, 40, 300)] int columns)
    {
        var x = Dense.Random(rows, columns, 1);
        var gram = Dense.Unwritten(rows, rows);
        algebra.Gram(x, 0.5, gram);
        using var expected = Dense.Product(x, Dense.Transpose(x));
        Dense.AssertEqual(gram, Matrix.Create(rows, rows, (i, j) => 0.5 * expected[i, j]), Tolerance.Rounding(columns));
        Dense.AssertSymmetricToTheBit(gram);
    }

    [Test]
    public void A_large_Gram_matrix_is_symmetric_to_the_bit()
    {
        using var x = Matrix.Uninitialized(700, 50);
        RandomStream.FromSeed(3).Normal(x);
        using var gram = Matrix.Uninitialized(700, 700);
        algebra.Gram(x, 1.0 / 50, gram);
        Dense.AssertSymmetricToTheBit(gram);
    }

    [Test]
    public void A_product_agrees_with_the_plain_loop(
        [Values(1, 4, 35, 131)] int rows,
        [Values(1, 7, 40, 129)] int columns,
        [Values(0, 1, 6, 270)] int inner,
        [Values] bool transposeA,
        [Values] bool transposeB)
    {
        var a = Dense.Random(rows, inner, 1);
        var b = Dense.Random(inner, columns, 2);
        var c = Dense.Random(rows, columns, 3);
        using var product = Dense.Product(a, b);
        using var expected = Matrix.Create(rows, columns, (i, j) => (-1.5 * product[i, j]) + (0.25 * c[i, j]));
        algebra.Multiply(
            -1.5,
            transposeA ? Dense.Strided(Dense.Transpose(a)) : a, transposeA,
            transposeB ? Dense.Strided(Dense.Transpose(b)) : b, transposeB,
            0.25,
            c);
        Dense.AssertEqual(c, expected, Tolerance.Rounding(inner));
    }

    [Test]
    public void A_product_with_beta_zero_overwrites_what_was_there([Values(0, 3)] int inner)
    {
        var c = Dense.Unwritten(5, 6);
        algebra.Multiply(1, Dense.Random(5, inner, 1), false, Dense.Random(inner, 6, 2), false, 0, c);
        Dense.AssertEqual(c, Dense.Product(Dense.Random(5, inner, 1), Dense.Random(inner, 6, 2)), Tolerance.Rounding(inner));
    }

    [Test]
    public void A_product_leaves_the_neighbours_of_a_view_alone()
    {
        using var frame = Matrix.Create(9, 9, (_, _) => 7);
        using var eight = Matrix.Create(5, 5, (_, _) => 1);
        algebra.Gram(eight, 1, frame.View(2, 2, 5, 5));
        algebra.Multiply(1, eight, false, eight, false, 0, frame.View(2, 2, 5, 5));
        for (nint i = 0; i < 9; i++)
        {
            for (nint j = 0; j < 9; j++)
            {
                var inside = i is >= 2 and < 7 && j is >= 2 and < 7;
                Assert.That(frame[i, j], Is.EqualTo(inside ? 5 : 7));
            }
        }
    }

    [Test]
    public void A_matrix_times_a_vector_agrees_with_the_plain_loop(
        [Values(0, 1, 5, 64, 130)] int rows,
        [Values(0, 1, 6, 33, 200)] int columns,
        [Values] bool transpose,
        [Values(0.0, -0.5)] double beta)
    {
        var a = Dense.Random(rows, columns, 1);
        var (from, to) = transpose ? (rows, columns) : (columns, rows);
        var x = new double[from];
        var y = new double[to];
        RandomStream.FromSeed(5).Normal(x);
        RandomStream.FromSeed(6).Normal(y);
        var expected = new double[to];
        for (var i = 0; i < to; i++)
        {
            expected[i] = beta * y[i];
            for (var j = 0; j < from; j++)
            {
                expected[i] += 2 * (transpose ? a[j, i] : a[i, j]) * x[j];
            }
        }

        if (beta == 0)
        {
            Array.Fill(y, double.NaN);
        }

        algebra.Multiply(2, a, transpose, x, beta, y);
        Assert.That(y, Is.EqualTo(expected).Within(Tolerance.Rounding(2 * from)));
    }

    [Test]
    public void Shapes_that_do_not_fit_are_named()
    {
        using var a = Matrix.Zeros(2, 3);
        using var b = Matrix.Zeros(4, 5);
        using var c = Matrix.Zeros(2, 5);
        AssertRefused(() => algebra.Multiply(1, a, false, b, false, 0, c), "2 x 3", "4 x 5");
        AssertRefused(() => algebra.Multiply(1, a, true, a, false, 0, c), "3 x 3", "2 x 5");
        AssertRefused(() => algebra.Multiply(1, a, false, new double[2], 0, new double[2]), "2 x 3", "not 2 to 2");
        AssertRefused(() => algebra.Gram(a, 1, c), "2 x 3", "2 x 5");
    }

    private static void AssertRefused(Action call, params string[] words)
    {
        var message = Assert.Throws<ArgumentException>(() => call())!.Message;
        foreach (var word in words)
        {
            Assert.That(message, Does.Contain(word));
        }
    }
}
