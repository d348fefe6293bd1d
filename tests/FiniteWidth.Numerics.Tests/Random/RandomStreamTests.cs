using System;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class RandomStreamTests
{
    private const int Many = 1_000_000;

    // The seeds are fixed, so a z-score either always passes or never does; 4.5 leaves room for the thirty drawn here.
    private const double LargestZ = 4.5;

    private static readonly RandomStream Stream = RandomStream.FromSeed(20260401);

    // The vectors that Salmon et al. publish with Random123 for philox4x64-10.
    [TestCase(0UL, 0UL, 0UL, 0UL, 0UL, 0UL, 0x16554D9ECA36314CUL, 0xDB20FE9D672D0FDCUL, 0xD7E772CEE186176BUL, 0x7E68B68AEC7BA23BUL)]
    [TestCase(~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, 0x87B092C3013FE90BUL, 0x438C3C67BE8D0224UL, 0x9CC7D7C69CD777B6UL, 0xA09CAEBF594F0BA0UL)]
    [TestCase(
        0x243F6A8885A308D3UL, 0x13198A2E03707344UL, 0xA4093822299F31D0UL, 0x082EFA98EC4E6C89UL, 0x452821E638D01377UL, 0xBE5466CF34E90C6CUL,
        0xA528F45403E61D95UL, 0x38C72DBD566E9788UL, 0xA5A1610E72FD18B5UL, 0x57BD43B5E52B7FE6UL)]
    public void The_generator_gives_the_published_words(
        ulong counter0, ulong counter1, ulong counter2, ulong counter3, ulong key0, ulong key1,
        ulong word0, ulong word1, ulong word2, ulong word3)
    {
        Assert.That(
            Philox.Apply(new Philox.Block(counter0, counter1, counter2, counter3), key0, key1),
            Is.EqualTo(new Philox.Block(word0, word1, word2, word3)));
    }

    [Test]
    public void A_stream_is_a_value_and_a_short_fill_is_the_start_of_a_long_one()
    {
        var numbers = Normal(Stream, 1000);
        Assert.That(Normal(RandomStream.FromSeed(20260401), 1000), Is.EqualTo(numbers));
        Assert.That(Normal(Stream, 13), Is.EqualTo(numbers[..13]));
        Assert.That(Stream.Normal(), Is.EqualTo(numbers[0]));
        Assert.That(Stream.Uniform(), Is.EqualTo(Uniform(Stream, 3)[0]));
    }

    [Test]
    public void A_fill_by_many_threads_holds_the_numbers_of_a_fill_by_one()
    {
        // Long enough for threads, and not a whole number of their parts; a row of a matrix is filled by one.
        var row = Matrix.Zeros(1, 100_003);
        Stream.Normal(row);
        Assert.That(Normal(Stream, 100_003), Is.EqualTo(row.Row(0).ToArray()));
    }

    [Test]
    public void A_matrix_holds_the_numbers_of_a_vector_row_by_row()
    {
        var frame = Matrix.Zeros(50, 12);
        var view = frame.View(0, 2, 50, 7);
        Stream.Normal(view);
        Assert.That(view.ToArray().Cast<double>(), Is.EqualTo(Normal(Stream, 350)));
        Stream.Uniform(view);
        Assert.That(view.ToArray().Cast<double>(), Is.EqualTo(Uniform(Stream, 350)));
    }

    [Test]
    public void Children_differ_from_one_another_and_from_their_parent()
    {
        var first = new[] { Stream, Stream.Split(0), Stream.Split(1), Stream.Split(-1), Stream.Split(0).Split(0), RandomStream.FromSeed(0) };
        Assert.That(first.Select(s => s.Uniform()).Distinct().Count(), Is.EqualTo(first.Length));
        Assert.That(Stream.Split(7).Uniform(), Is.EqualTo(RandomStream.FromSeed(20260401).Split(7).Uniform()));
    }

    [Test]
    public void Uniform_numbers_have_the_moments_of_the_interval()
    {
        var u = Uniform(Stream, Many);
        Assert.That(u.Min(), Is.GreaterThanOrEqualTo(0));
        Assert.That(u.Max(), Is.LessThan(1));
        AssertMean(u.Select(x => x - 0.5), Math.Sqrt(1.0 / 12));
        AssertMean(u.Select(x => ((x - 0.5) * (x - 0.5)) - (1.0 / 12)), Math.Sqrt(1.0 / 180));
    }

    [Test]
    public void Normal_numbers_have_the_moments_and_tails_of_the_normal_law()
    {
        var z = Normal(Stream, Many);
        AssertMean(z, 1);
        AssertMean(z.Select(x => (x * x) - 1), Math.Sqrt(2));
        AssertMean(z.Select(x => x * x * x), Math.Sqrt(15));
        AssertMean(z.Select(x => Math.Pow(x, 4) - 3), Math.Sqrt(96));
        // P(|z| > 3) = erfc(3/sqrt 2).
        const double tail = 0.0026997960632601866;
        AssertMean(z.Select(x => (Math.Abs(x) > 3 ? 1 : 0) - tail), Math.Sqrt(tail * (1 - tail)));
    }

    [Test]
    public void Neighbours_siblings_and_kinds_are_uncorrelated()
    {
        var z = Normal(Stream, Many);
        foreach (var lag in new[] { 1, 2, 3, 4 })
        {
            AssertMean(z.Skip(lag).Zip(z, (x, y) => x * y), 1);
        }

        var children = Enumerable.Range(0, 4).Select(i => Normal(Stream.Split(i), Many)).ToArray();
        AssertMean(children[0].Zip(children[1], (x, y) => x * y), 1);
        AssertMean(children[2].Zip(z, (x, y) => x * y), 1);
        AssertMean(children[3].Zip(Uniform(Stream.Split(3), Many), (x, y) => x * (y - 0.5)), Math.Sqrt(1.0 / 12));
        // The first number of a million children: as good as a stream of its own.
        var heads = Enumerable.Range(0, Many).Select(i => Stream.Split(i).Normal()).ToArray();
        AssertMean(heads, 1);
        AssertMean(heads.Skip(1).Zip(heads, (x, y) => x * y), 1);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(10)]
    [TestCase(1 << 20)]
    [TestCase(int.MaxValue)]
    public void Integers_below_a_bound_are_equally_likely(int bound)
    {
        var numbers = new int[Many];
        Stream.Integers(bound, numbers);
        Assert.That(numbers.Min(), Is.GreaterThanOrEqualTo(0));
        Assert.That(numbers.Max(), Is.LessThan(bound));
        Assert.That(Stream.Integer(bound), Is.EqualTo(numbers[0]));
        // Mean (n - 1)/2, variance (n^2 - 1)/12.
        var half = (bound - 1) / 2.0;
        AssertMean(numbers.Select(k => k - half), Math.Sqrt((((double)bound * bound) - 1) / 12));
        if (bound == 10)
        {
            for (var digit = 0; digit < bound; digit++)
            {
                AssertMean(numbers.Select(k => (k == digit ? 1 : 0) - 0.1), 0.3);
            }
        }
    }

    [Test]
    public void A_permutation_holds_every_index_once_and_all_orders_are_equally_likely()
    {
        Assert.That(Stream.Permutation(1000).Order(), Is.EqualTo(Enumerable.Range(0, 1000)));
        Assert.That(Stream.Permutation(0), Is.Empty);
        const int draws = 60_000;
        var orders = Enumerable.Range(0, draws).GroupBy(i => string.Concat(Stream.Split(i).Permutation(3))).ToArray();
        Assert.That(orders, Has.Length.EqualTo(6));
        foreach (var order in orders)
        {
            var z = (order.Count() - (draws / 6.0)) / Math.Sqrt(draws * (1.0 / 6) * (5.0 / 6));
            Assert.That(z, Is.EqualTo(0).Within(LargestZ));
        }
    }

    [Test]
    public void A_shuffle_keeps_the_items()
    {
        var items = "finite width".ToCharArray();
        Stream.Shuffle(items.AsSpan());
        Assert.That(items, Is.EquivalentTo("finite width"));
        Assert.That(new string(items), Is.Not.EqualTo("finite width"));
    }

    [Test]
    public void A_bound_that_leaves_no_integer_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Stream.Integer(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Stream.Permutation(-1));
    }

    private static double[] Normal(RandomStream stream, int count)
    {
        var numbers = new double[count];
        stream.Normal(numbers);
        return numbers;
    }

    private static double[] Uniform(RandomStream stream, int count)
    {
        var numbers = new double[count];
        stream.Uniform(numbers);
        return numbers;
    }

    /// <summary>Asserts that numbers of known deviation and expected mean zero have a mean within its standard error of zero.</summary>
    private static void AssertMean(System.Collections.Generic.IEnumerable<double> numbers, double deviation)
    {
        double sum = 0;
        var count = 0;
        foreach (var number in numbers)
        {
            sum += number;
            count++;
        }

        if (deviation == 0)
        {
            Assert.That(sum, Is.Zero);
        }
        else
        {
            Assert.That(sum / (deviation * Math.Sqrt(count)), Is.EqualTo(0).Within(LargestZ), "z-score");
        }
    }
}
