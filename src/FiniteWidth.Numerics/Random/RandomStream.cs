using System;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>
/// A stream of random numbers that is a value: drawing does not change it, so the same stream always gives the same
/// numbers, and <see cref="Split"/> gives as many independent streams as a program needs.
/// </summary>
/// <remarks>
/// A stream is a key of the counter-based generator Philox4x64-10: number i of a kind depends on the key, the kind and i
/// alone. A fill is therefore independent of the number of threads and a prefix of every longer fill, and uniform numbers,
/// normal numbers and integers of one stream are independent of each other.
/// </remarks>
public sealed class RandomStream
{
    private const double Ulp53 = 1.0 / (1L << 53);
    private const int BlockSize = 4;

    // Below this many numbers a parallel loop costs more than it saves; a part of one is a multiple of a block.
    private const int WorthThreads = 1 << 15;
    private const int PartSize = 1 << 13;
    // Normal numbers are made this many pairs at a time.
    private const int Pairs = 128;

    private readonly ulong key0;
    private readonly ulong key1;

    private RandomStream(ulong key0, ulong key1)
    {
        this.key0 = key0;
        this.key1 = key1;
    }

    // The second word of the counter, so that no two uses of a key meet.
    private enum Use : ulong
    {
        Split,
        Uniform,
        Normal,
        Integer,
        Shuffle,
    }

    /// <summary>The stream of a seed; different seeds give independent streams.</summary>
    public static RandomStream FromSeed(ulong seed) => new(seed, 0);

    /// <summary>Child number <paramref name="index"/> of this stream, independent of its siblings and of its parent.</summary>
    public RandomStream Split(long index)
    {
        var child = Words(Use.Split, (ulong)index);
        return new RandomStream(child.Word0, child.Word1);
    }

    /// <summary>Uniform numbers in [0, 1), multiples of 2^-53.</summary>
    public void Uniform(Span<double> target) => FillUniform(target, 0);

    /// <summary>The first of this stream's uniform numbers in [0, 1).</summary>
    public double Uniform() => ToUniform(Words(Use.Uniform, 0).Word0);

    /// <summary>Uniform numbers in [0, 1), row by row.</summary>
    public void Uniform(Matrix target) => FillRows(target, FillUniform);

    /// <summary>Standard normal numbers (Box and Muller; none exceeds 8.6).</summary>
    public void Normal(Span<double> target)
    {
        if (target.Length < WorthThreads)
        {
            FillNormal(target, 0);
        }
        else
        {
            FillNormalInParallel(target);
        }
    }

    /// <summary>The first of this stream's standard normal numbers.</summary>
    public double Normal()
    {
        var target = 0.0;
        FillNormal(new Span<double>(ref target), 0);
        return target;
    }

    /// <summary>Standard normal numbers from number <paramref name="start"/> of this stream on: a long fill in parts, on any thread.</summary>
    public void Normal(Span<double> target, long start)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        FillNormal(target, start);
    }

    /// <summary>Standard normal numbers, row by row.</summary>
    public void Normal(Matrix target) => FillRows(target, FillNormal);

    /// <summary>Integers from 0 to <paramref name="bound"/> - 1, all equally likely.</summary>
    public void Integers(int bound, Span<int> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        var words = new WordSequence(this, Use.Integer);
        foreach (ref var entry in target)
        {
            entry = (int)words.Below((ulong)bound);
        }
    }

    /// <summary>The first of this stream's integers from 0 to <paramref name="bound"/> - 1.</summary>
    public int Integer(int bound)
    {
        var target = 0;
        Integers(bound, new Span<int>(ref target));
        return target;
    }

    /// <summary>Puts the items into a random order, all orders equally likely.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        var words = new WordSequence(this, Use.Shuffle);
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)words.Below((ulong)i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The integers from 0 to <paramref name="count"/> - 1 in random order.</summary>
    public int[] Permutation(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var items = new int[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = i;
        }

        Shuffle(items.AsSpan());
        return items;
    }

    private static double ToUniform(ulong word) => (word >> 11) * Ulp53;

    private static void FillRows(Matrix target, Fill fill)
    {
        ArgumentNullException.ThrowIfNull(target);
        Parallel.For(0L, target.Rows, i => fill(target.Row((nint)i), i * target.Columns));
    }

    private void FillUniform(Span<double> target, long start)
    {
        Span<double> block = stackalloc double[BlockSize];
        for (var i = 0; i < target.Length;)
        {
            var (number, skip) = Math.DivRem(start + i, BlockSize);
            var words = Words(Use.Uniform, (ulong)number);
            block[0] = ToUniform(words.Word0);
            block[1] = ToUniform(words.Word1);
            block[2] = ToUniform(words.Word2);
            block[3] = ToUniform(words.Word3);
            i += CopyPart(block[(int)skip..], target[i..]);
        }
    }

    // Pair by pair in vectors: the words of a block are the radius and the angle of its first pair and of its second.
    [SkipLocalsInit]
    private void FillNormal(Span<double> target, long start)
    {
        Span<ulong> words = stackalloc ulong[2 * Pairs];
        Span<double> radii = stackalloc double[Pairs], angles = stackalloc double[Pairs], piece = stackalloc double[2 * Pairs];
        for (var i = 0; i < target.Length;)
        {
            var (number, skip) = Math.DivRem(start + i, BlockSize);
            var blocks = (int)Math.Min(Pairs / 2, (skip + target.Length - i + BlockSize - 1) / BlockSize);
            Philox.Fill((ulong)number, (ulong)Use.Normal, key0, key1, words[..(8 * ((blocks + 1) / 2))]);
            for (var pair = 0; pair < 2 * blocks; pair++)
            {
                radii[pair] = ToUniform(words[2 * pair]);
                angles[pair] = ToUniform(words[(2 * pair) + 1]);
            }

            BoxMuller.Apply(radii[..(2 * blocks)], angles[..(2 * blocks)], piece[..(4 * blocks)]);
            i += CopyPart(piece[(int)skip..(4 * blocks)], target[i..]);
        }
    }

    private unsafe void FillNormalInParallel(Span<double> target)
    {
        fixed (double* start = target)
        {
            var (address, length) = ((nint)start, target.Length);
            var parts = (length + PartSize - 1) / PartSize;
            Parallel.For(0, parts, part =>
            {
                var first = part * PartSize;
                var span = new Span<double>((double*)address + first, Math.Min(PartSize, length - first));
                FillNormal(span, first);
            });
        }
    }

    private static int CopyPart(ReadOnlySpan<double> block, Span<double> target)
    {
        var count = Math.Min(block.Length, target.Length);
        block[..count].CopyTo(target);
        return count;
    }

    private Philox.Block Words(Use use, ulong number) => Philox.Apply(new Philox.Block(number, (ulong)use, 0, 0), key0, key1);

    private delegate void Fill(Span<double> target, long start);

    /// <summary>The words of one use of a stream, one after the other, for draws that reject some.</summary>
    private struct WordSequence(RandomStream stream, Use use)
    {
        private Philox.Block block;
        private ulong next;

        /// <summary>An integer below a bound without bias: Lemire, ACM TOMACS 29 (2019).</summary>
        public ulong Below(ulong bound)
        {
            var high = Math.BigMul(Next(), bound, out var low);
            if (low < bound)
            {
                var threshold = (0 - bound) % bound;
                while (low < threshold)
                {
                    high = Math.BigMul(Next(), bound, out low);
                }
            }

            return high;
        }

        private ulong Next()
        {
            var (number, part) = Math.DivRem(next++, BlockSize);
            if (part == 0)
            {
                block = stream.Words(use, number);
            }

            return part switch { 0 => block.Word0, 1 => block.Word1, 2 => block.Word2, _ => block.Word3 };
        }
    }
}
