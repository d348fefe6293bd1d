using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>
/// The rows of a matrix rounded to single precision: weighted sums of all rows and their products with a vector, on all threads. Both
/// are bound by memory, and half the bytes take half the time.
/// </summary>
/// <remarks>
/// A sum runs in single precision, a product in single precision over a few thousand entries and in double beyond. Results do not depend
/// on the number of threads. Any number of threads may call at once.
/// </remarks>
public sealed unsafe class RoundedRows
{
    // A sum of so many columns stays in the first-level cache while the rows, eight at a time, are read once.
    private const int Chunk = 2048;

    // Columns of four rows that one thread multiplies.
    private const int Segment = 1 << 16;

    private readonly NativeBuffer buffer;
    private readonly nint stride;

    /// <summary>Rounds a matrix, a row of it a row here.</summary>
    public RoundedRows(Matrix rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Count = checked((int)rows.Rows);
        Length = checked((int)rows.Columns);
        stride = (Length + 15) / 16 * 16;
        buffer = new NativeBuffer(checked(Count * stride / 2), clear: false);
        Work.For(Count, () => rows, (i, from) => Round(from.Row(i), new Span<float>(Entry(i, 0), Length)));
    }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The number of entries of a row.</summary>
    public int Length { get; }

    /// <summary>sum_j := sum_i w_i R_ij.</summary>
    public void Combine(ReadOnlySpan<double> weights, Memory<float> sum)
    {
        RequireLengths(weights.Length, sum.Length);
        var w = new float[(Count + 7) / 8 * 8];
        Round(weights, w);
        Work.For((Length + Chunk - 1) / Chunk, () => w, (chunk, factors) =>
        {
            var start = chunk * Chunk;
            Combine(factors, start, sum.Span.Slice(start, Math.Min(Chunk, Length - start)));
        });
        GC.KeepAlive(this);
    }

    /// <summary>The sums over j of R_ij x_j, for every row i.</summary>
    public double[] Multiply(ReadOnlyMemory<float> x)
    {
        RequireLengths(Count, x.Length);
        var segments = (Length + Segment - 1) / Segment;
        var parts = new double[(Count + 3) / 4 * segments * 4];
        Work.For(parts.Length / 4, () => parts, (item, into) =>
        {
            int group = item / segments * 4, start = item % segments * Segment;
            var vector = x.Span.Slice(start, Math.Min(Segment, Length - start));
            for (var j = 0; j < vector.Length; j += Chunk)
            {
                Multiply(group, start + j, vector.Slice(j, Math.Min(Chunk, vector.Length - j)), into.AsSpan(item * 4, 4));
            }
        });
        GC.KeepAlive(this);
        var products = new double[Count];
        for (var i = 0; i < Count; i++)
        {
            for (var s = 0; s < segments; s++)
            {
                products[i] += parts[(((i / 4 * segments) + s) * 4) + (i % 4)];
            }
        }

        return products;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Round(ReadOnlySpan<double> from, Span<float> to)
    {
        var pairs = MemoryMarshal.Cast<double, Vector<double>>(from);
        var rounded = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (var v = 0; v < pairs.Length / 2; v++)
        {
            rounded[v] = Vector.Narrow(pairs[2 * v], pairs[(2 * v) + 1]);
        }

        for (var j = pairs.Length / 2 * Vector<float>.Count; j < from.Length; j++)
        {
            to[j] = (float)from[j];
        }
    }

    private void RequireLengths(int rows, int columns)
    {
        if (rows != Count || columns != Length)
        {
            throw new ArgumentException(
                $"There are {Count} rows of {Length} entries; {rows} numbers were given for the rows and {columns} for the entries.");
        }
    }

    private float* Entry(int i, int j) => (float*)buffer.Pointer + (i * stride) + j;

    // Rows that are missing in a group of four or eight are the last one again, with weight 0 or a product that nobody reads.
    private float* EntryOrLast(int i, int j) => Entry(Math.Min(i, Count - 1), j);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(float[] w, int start, Span<float> sum)
    {
        sum.Clear();
        fixed (float* target = sum)
        {
            for (var i = 0; i < Count; i += 8)
            {
                float* r0 = Entry(i, start), r1 = EntryOrLast(i + 1, start), r2 = EntryOrLast(i + 2, start);
                float* r3 = EntryOrLast(i + 3, start), r4 = EntryOrLast(i + 4, start), r5 = EntryOrLast(i + 5, start);
                float* r6 = EntryOrLast(i + 6, start), r7 = EntryOrLast(i + 7, start);
                float w0 = w[i], w1 = w[i + 1], w2 = w[i + 2], w3 = w[i + 3];
                float w4 = w[i + 4], w5 = w[i + 5], w6 = w[i + 6], w7 = w[i + 7];
                var j = 0;
                for (; j <= sum.Length - Vector<float>.Count; j += Vector<float>.Count)
                {
                    var even = (Vector.Load(r0 + j) * w0) + (Vector.Load(r1 + j) * w1)
                        + (Vector.Load(r2 + j) * w2) + (Vector.Load(r3 + j) * w3);
                    var odd = (Vector.Load(r4 + j) * w4) + (Vector.Load(r5 + j) * w5)
                        + (Vector.Load(r6 + j) * w6) + (Vector.Load(r7 + j) * w7);
                    Vector.Store(Vector.Load(target + j) + (even + odd), target + j);
                }

                for (; j < sum.Length; j++)
                {
                    target[j] += (r0[j] * w0) + (r1[j] * w1) + (r2[j] * w2) + (r3[j] * w3)
                        + (r4[j] * w4) + (r5[j] * w5) + (r6[j] * w6) + (r7[j] * w7);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int group, int start, ReadOnlySpan<float> vector, Span<double> products)
    {
        float* r0 = Entry(group, start), r1 = EntryOrLast(group + 1, start);
        float* r2 = EntryOrLast(group + 2, start), r3 = EntryOrLast(group + 3, start);
        Vector<float> s0 = default, s1 = default, s2 = default, s3 = default;
        fixed (float* x = vector)
        {
            var j = 0;
            for (; j <= vector.Length - Vector<float>.Count; j += Vector<float>.Count)
            {
                var entries = Vector.Load(x + j);
                s0 = Vector.FusedMultiplyAdd(Vector.Load(r0 + j), entries, s0);
                s1 = Vector.FusedMultiplyAdd(Vector.Load(r1 + j), entries, s1);
                s2 = Vector.FusedMultiplyAdd(Vector.Load(r2 + j), entries, s2);
                s3 = Vector.FusedMultiplyAdd(Vector.Load(r3 + j), entries, s3);
            }

            float p0 = Vector.Sum(s0), p1 = Vector.Sum(s1), p2 = Vector.Sum(s2), p3 = Vector.Sum(s3);
            for (; j < vector.Length; j++)
            {
                p0 += r0[j] * x[j];
                p1 += r1[j] * x[j];
                p2 += r2[j] * x[j];
                p3 += r3[j] * x[j];
            }

            products[0] += p0;
            products[1] += p1;
            products[2] += p2;
            products[3] += p3;
        }
    }
}
