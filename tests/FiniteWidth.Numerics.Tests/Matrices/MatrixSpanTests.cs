using System;
using System.Linq;
using System.Numerics;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixtureSource(typeof(Providers), nameof(Providers.All))]
public sealed class MatrixSpanTests(LinearAlgebraProvider algebra)
{
    [Test]
    public void A_product_agrees_with_the_plain_loop_in_both_precisions(
        [Values(1, 4, 35)] int rows,
        [Values(1, 7, 40)] int columns,
        [Values(0, 1, 6, 70)] int inner,
        [Values] bool transposeA,
        [Values] bool transposeB)
    {
        AssertProduct<double>(rows, columns, inner, transposeA, transposeB, Tolerance.Rounding(inner));

        // The same count of roundings, of 24 bits instead of 53.
        AssertProduct<float>(rows, columns, inner, transposeA, transposeB, Tolerance.Rounding(inner) * (1L << 29));
    }

    [Test]
    public void A_product_with_beta_0_ignores_what_was_there()
    {
        double[] c = [double.NaN, double.NaN];
        algebra.Multiply<double>(2.0, new([3.0, 4.0], 2, 1), false, new([5.0], 1, 1), false, 0.0, new(c, 2, 1));
        Assert.That(c, Is.EqualTo(new[] { 30.0, 40.0 }));
    }

    [Test]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.That(() => algebra.Multiply<double>(1.0, new([1.0, 2.0], 1, 2), false, new([1.0], 1, 1), false, 0.0, new([1.0], 1, 1)), Throws.ArgumentException);
        Assert.That(() => algebra.Multiply<double>(1.0, new([1.0], 1, 1), false, new([1.0], 1, 1), false, 0.0, new([1.0, 2.0], 1, 2)), Throws.ArgumentException);
        Assert.That(() => new MatrixSpan<double>(new double[5], 2, 3).Rows, Throws.ArgumentException);
        Assert.That(() => new MatrixSpan<double>(new double[6], 2, 3).View(1, 1, 1, 3).Rows, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MatrixSpan<double>(new double[6], 2, 3).Row(2).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void The_lower_triangle_of_a_Gram_matrix_is_that_of_the_product([Values(1, 40, 150)] int rows, [Values(1, 7, 130)] int columns, [Values] bool transpose)
    {
        var x = Dense.Random(rows, columns, 5);
        var size = transpose ? columns : rows;
        var gram = Dense.Unwritten(size, size);
        algebra.GramLower(x, transpose, 0.5, gram);
        using var expected = transpose ? Dense.Product(Dense.Transpose(x), x) : Dense.Product(x, Dense.Transpose(x));
        for (nint i = 0; i < size; i++)
        {
            for (nint j = 0; j <= i; j++)
            {
                Assert.That(gram[i, j], Is.EqualTo(0.5 * expected[i, j]).Within(Tolerance.Rounding(transpose ? rows : columns)));
            }
        }
    }

    [Test]
    public void Products_do_not_allocate()
    {
        var entries = new double[3 * 20 * 20];
        Multiply(entries);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            Multiply(entries);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread(), Is.EqualTo(before));
    }

    private void Multiply(double[] entries)
    {
        foreach (var transpose in (ReadOnlySpan<bool>)[false, true])
        {
            algebra.Multiply<double>(
                1.0, new(entries, 20, 20), transpose, new(entries.AsSpan(400), 20, 20), !transpose, 0.0, new(entries.AsSpan(800), 20, 20));
        }
    }

    private void AssertProduct<T>(int rows, int columns, int inner, bool transposeA, bool transposeB, double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var a = transposeA ? Frame<T>(inner, rows, 1) : Frame<T>(rows, inner, 1);
        var b = transposeB ? Frame<T>(columns, inner, 2) : Frame<T>(inner, columns, 2);
        var c = Frame<T>(rows, columns, 3);
        var before = c.Entries.ToArray();
        algebra.Multiply(-1.5, a.Span, transposeA, b.Span, transposeB, 0.25, c.Span);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var sum = 0.0;
                for (var k = 0; k < inner; k++)
                {
                    sum += double.CreateChecked(transposeA ? a.Span.Row(k)[i] : a.Span.Row(i)[k])
                        * double.CreateChecked(transposeB ? b.Span.Row(j)[k] : b.Span.Row(k)[j]);
                }

                var expected = (-1.5 * sum) + (0.25 * double.CreateChecked(before[c.Index(i, j)]));
                Assert.That(double.CreateChecked(c.Span.Row(i)[j]), Is.EqualTo(expected).Within(tolerance));
            }
        }

        // What lies between the rows is somebody else's.
        for (var i = 0; i < c.Entries.Length; i++)
        {
            if (i % c.Stride >= columns)
            {
                Assert.That(c.Entries[i], Is.EqualTo(before[i]));
            }
        }
    }

    /// <summary>A matrix whose rows lie two entries apart.</summary>
    private static Strided<T> Frame<T>(int rows, int columns, ulong seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var entries = new double[rows * (columns + 2)];
        RandomStream.FromSeed(seed).Normal(entries);
        return new Strided<T>([.. entries.Select(T.CreateChecked)], rows, columns);
    }

    private sealed record Strided<T>(T[] Entries, int Rows, int Columns)
        where T : unmanaged
    {
        public int Stride => Columns + 2;

        public MatrixSpan<T> Span => new(Entries, Rows, Columns, Stride);

        public int Index(int i, int j) => (i * Stride) + j;
    }
}
