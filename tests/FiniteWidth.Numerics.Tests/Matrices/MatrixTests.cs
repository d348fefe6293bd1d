using System;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class MatrixTests
{
    [Test]
    public void Entries_survive_the_round_trip_through_arrays_and_MathNet()
    {
        var entries = new double[,] { { 1, 2, 3 }, { 4, 5, 6 } };
        using var matrix = Matrix.FromArray(entries);
        Assert.That(matrix.ToArray(), Is.EqualTo(entries));
        Assert.That(Matrix.FromArray(2, 3, [1, 2, 3, 4, 5, 6]).ToArray(), Is.EqualTo(entries));
        Assert.That(matrix.ToMathNet().ToArray(), Is.EqualTo(entries));
        Assert.That(Matrix.FromMathNet(matrix.ToMathNet()).ToArray(), Is.EqualTo(entries));
        Assert.That(Matrix.Create(2, 3, (i, j) => (3 * i) + j + 1).ToArray(), Is.EqualTo(entries));
        Assert.That(matrix.Diagonal(), Is.EqualTo([1.0, 5.0]));
        Assert.That(matrix.Row(1).ToArray(), Is.EqualTo([4.0, 5.0, 6.0]));
    }

    [Test]
    public void A_view_shares_memory_and_a_clone_does_not()
    {
        using var matrix = Matrix.Zeros(4, 5);
        var view = matrix.View(1, 2, 3, 2);
        using var clone = view.Clone();
        view[2, 1] = 7;
        Assert.That(matrix[3, 3], Is.EqualTo(7));
        Assert.That(view.View(2, 1, 1, 1)[0, 0], Is.EqualTo(7));
        Assert.That(clone[2, 1], Is.Zero);
        Assert.That((view.Stride, clone.Stride), Is.EqualTo(((nint)5, (nint)2)));
        Assert.That((view.IsContiguous, clone.IsContiguous), Is.EqualTo((false, true)));
        Assert.That(view.ToArray(), Is.EqualTo(new double[,] { { 0, 0 }, { 0, 0 }, { 0, 7 } }));
    }

    [Test]
    public void A_view_outlives_the_variable_that_held_the_matrix()
    {
        var views = Enumerable.Range(0, 50).Select(k => Matrix.Create(100, 100, (i, j) => k).View(10, 10, 5, 5)).ToArray();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = Enumerable.Range(0, 50).Select(_ => Matrix.Create(100, 100, (_, _) => double.NaN)).ToArray();
        Assert.That(views.Select(view => view[4, 4]), Is.EqualTo(Enumerable.Range(0, 50).Select(k => (double)k)));
    }

    [Test]
    public void A_large_copy_into_a_view_copies_every_entry()
    {
        using var matrix = Matrix.Create(300, 400, (i, j) => (1000 * i) + j);
        using var frame = Matrix.Zeros(302, 410);
        matrix.CopyTo(frame.View(1, 4, 300, 400));
        Assert.That(frame.View(1, 4, 300, 400).ToArray(), Is.EqualTo(matrix.ToArray()));
        Assert.That(frame.ToArray().Cast<double>().Sum(), Is.EqualTo(matrix.ToArray().Cast<double>().Sum()));
    }

    [Test]
    public void Memory_starts_on_a_cache_line([Values(1, 100, 2000)] int n)
    {
        unsafe
        {
            Assert.That((long)Matrix.Zeros(n, n).Pointer % 64, Is.Zero);
        }
    }

    [Test]
    public void Empty_matrices_are_matrices([Values(0, 3)] int rows)
    {
        using var matrix = Matrix.Zeros(rows, 0);
        Assert.That(matrix.ToArray(), Has.Length.Zero);
        Assert.That(matrix.Clone().Rows, Is.EqualTo((nint)rows));
        Assert.That(matrix.View(0, 0, rows, 0).Columns, Is.EqualTo((nint)0));
        Assert.That(matrix.Diagonal(), Is.Empty);
    }

    [Test]
    public void A_disposed_matrix_and_its_views_refuse_access()
    {
        var matrix = Matrix.Zeros(2, 2);
        var view = matrix.View(0, 0, 1, 1);
        matrix.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = matrix[0, 0]);
        Assert.Throws<ObjectDisposedException>(() => _ = view[0, 0]);
        Assert.Throws<ObjectDisposedException>(() => matrix.Clone());
    }

    [Test]
    public void Places_and_shapes_outside_the_matrix_are_refused()
    {
        using var matrix = Matrix.Zeros(2, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = matrix[2, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = matrix[0, -1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Row(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Matrix.Zeros(-1, 2));
        Assert.Throws<OverflowException>(() => Matrix.Zeros(nint.MaxValue, 2));
        Assert.That(
            Assert.Throws<ArgumentOutOfRangeException>(() => matrix.View(1, 1, 1, 3))!.Message,
            Does.Contain("1 x 3 entries from (1, 1)").And.Contain("2 x 3"));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.View(1, 1, nint.MaxValue, 1));
        using var other = Matrix.Zeros(3, 2);
        Assert.That(Assert.Throws<ArgumentException>(() => matrix.CopyTo(other))!.Message, Does.Contain("3 x 2"));
        Assert.That(Assert.Throws<ArgumentException>(() => Matrix.FromArray(2, 2, [1.0]))!.Message, Does.Contain("4 entries, not 1"));
    }
}
