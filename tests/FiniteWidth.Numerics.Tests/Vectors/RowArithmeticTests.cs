using System;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public class RowArithmeticTests
{
    [Test]
    public void The_sum_of_rows_is_that_of_their_entries([Values(0, 1, 3)] int rows, [Values(1, 4, 7, 16, 21, 64)] int width)
    {
        var source = Enumerable.Range(0, (rows + 1) * (width + 2)).Select(k => Math.Sin(k)).ToArray();
        var target = new double[width];
        RowArithmetic.SumRows(source, width + 2, rows, 0.3, 0.1, target);
        for (var j = 0; j < width; j++)
        {
            var sum = Enumerable.Range(0, rows).Sum(r => source[(r * (width + 2)) + j]);
            Assert.That(target[j], Is.EqualTo(0.1 + (0.3 * sum)).Within(1e-15));
        }
    }

    [Test]
    public void Rows_that_end_beyond_their_source_are_refused() =>
        Assert.That(() => RowArithmetic.SumRows(new double[10], 4, 3, 1.0, 0.0, new double[3]), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
