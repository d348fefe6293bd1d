using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Images;

/// <summary>
/// The kernels between paths through a stack of convolutional layers, from a position of the first layer to a final one: that of the first layer, times
/// for every layer above it the weight and the gain K o [C]/C of infinite width at the positions passed. Paths that leave the image have none.
/// </summary>
/// <remarks>
/// A path is a place under the filter of the second layer, one under that of the third, ..., and a final position, numbered with the final position
/// fastest. Their kernels sum to H: over paths with the same places on both sides.
/// </remarks>
public sealed class PathKernel
{
    private const int Lanes = 16;

    private readonly ImageLayer[] layers;
    private readonly ImageKernel first;

    // Of each path the position in each layer, the first layer's first; -1 for a path that leaves the image.
    private readonly int[][] paths;
    private readonly double weight;

    /// <summary>The paths through a stack of layers, over images whose pixels have <paramref name="channels"/> values each.</summary>
    /// <exception cref="ArgumentException">A layer's input is not the output of the layer below, or there is a bias above the first layer.</exception>
    public PathKernel(int channels, IEnumerable<ImageLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        this.layers = layers.ToArray();
        Whole = new ImageKernel(channels, this.layers);
        first = new ImageKernel(channels, this.layers[..1]);
        if (this.layers.Skip(1).Any(layer => layer.Bias != 0.0))
        {
            throw new ArgumentException("Above the first layer a bias leaves no gain of its own.", nameof(layers));
        }

        weight = this.layers.Skip(1).Aggregate(1.0, (product, layer) => product * layer.Weight);
        paths = Enumerable.Range(0, Whole.Output.Count).Select(a => new[] { a }).ToArray();
        for (var l = this.layers.Length - 1; l > 0; l--)
        {
            var layer = this.layers[l];
            paths = Enumerable
                .Range(0, layer.Footprint.Count)
                .SelectMany(t => paths.Select(path => path.Prepend(Below(layer, path[0], t)).ToArray()))
                .ToArray();
        }
    }

    /// <summary>Receives B_pq(mu, nu) for the images nu = start, start + 1, ...</summary>
    private delegate void Visit(int mu, int start, int p, int q, ReadOnlySpan<double> values);

    /// <summary>The number of paths.</summary>
    public int Count => paths.Length;

    /// <summary>The kernels of the layers without paths, which prepares images for these too.</summary>
    public ImageKernel Whole { get; }

    /// <summary>
    /// Adds B_pq + B_qp, and B_pp where p = q, to the rows p (p + 1)/2 + q, q &lt;= p, of a table whose columns are the pairs mu (mu + 1)/2 + nu,
    /// nu &lt;= mu, of images.
    /// </summary>
    /// <param name="points">The images.</param>
    /// <param name="table">The table.</param>
    /// <param name="step">Called after each image.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public void AddTo(ImagePoints points, Matrix table, Action? step = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(table);
        nint count = points.Count, n = Count;
        if (table.Rows != n * (n + 1) / 2 || table.Columns != count * (count + 1) / 2)
        {
            throw new ArgumentException(
                $"The table is {table.Rows} x {table.Columns} and should be {n * (n + 1) / 2} x {count * (count + 1) / 2}.", nameof(table));
        }

        Run(
            points,
            points,
            mu => (0, mu + 1),
            (mu, start, p, q, values) =>
            {
                nint most = Math.Max(p, q), least = Math.Min(p, q);
                var column = ((nint)mu * (mu + 1) / 2) + start;
                RowArithmetic.AddScaled(
                    values, 1.0, table.Row((most * (most + 1) / 2) + least).Slice((int)column, values.Length));
            },
            step,
            cancellation);
    }

    /// <summary>sum_pq w_pq B_pq between every left and every right image.</summary>
    /// <param name="left">The images of the rows.</param>
    /// <param name="right">Those of the columns.</param>
    /// <param name="weights">w, a row and a column a path.</param>
    public Matrix Contract(ImagePoints left, ImagePoints right, Matrix weights)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        RequireWeights(weights);
        var result = Matrix.Zeros(left.Count, right.Count);
        Run(
            left,
            right,
            _ => (0, right.Count),
            (mu, start, p, q, values) =>
                RowArithmetic.AddScaled(values, weights[p, q], result.Row(mu).Slice(start, values.Length)),
            null,
            default);
        return result;
    }

    /// <summary>sum_pq w_pq B_pq of every image with itself.</summary>
    /// <param name="points">The images.</param>
    /// <param name="weights">w, a row and a column a path.</param>
    public double[] Variances(ImagePoints points, Matrix weights)
    {
        ArgumentNullException.ThrowIfNull(points);
        RequireWeights(weights);
        var result = new double[points.Count];
        Run(
            points,
            points,
            mu => (mu, mu + 1),
            (mu, _, p, q, values) => result[mu] += weights[p, q] * values[0],
            null,
            default);
        return result;
    }

    private static int Below(ImageLayer layer, int position, int t)
    {
        if (position < 0)
        {
            return -1;
        }

        var y = (position / layer.Output.Width * layer.Stride.Height) + (t / layer.Footprint.Width) - layer.Padding.Height;
        var x = (position % layer.Output.Width * layer.Stride.Width) + (t % layer.Footprint.Width) - layer.Padding.Width;
        return y < 0 || x < 0 || y >= layer.Input.Height || x >= layer.Input.Width ? -1 : (y * layer.Input.Width) + x;
    }

    private void RequireWeights(Matrix weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Rows != Count || weights.Columns != Count)
        {
            throw new ArgumentException($"The weights are {weights.Rows} x {weights.Columns} and there are {Count} paths.", nameof(weights));
        }
    }

    private void Run(
        ImagePoints left,
        ImagePoints right,
        Func<int, (int First, int End)> columns,
        Visit visit,
        Action? step,
        CancellationToken cancellation)
    {
        Work.For(
            left.Count,
            () => new Room(layers, first),
            (row, room) =>
            {
                // The longest rows of a triangle first.
                var mu = left.Count - 1 - row;
                var (begin, end) = columns(mu);
                for (var start = begin; start < end; start += Lanes)
                {
                    cancellation.ThrowIfCancellationRequested();
                    Pass(left, mu, right, start, Math.Min(Lanes, end - start), room, visit);
                }

                step?.Invoke();
            });
    }

    private void Pass(ImagePoints left, int mu, ImagePoints right, int start, int count, Room room, Visit visit)
    {
        first.Positions(left, mu, right, start, count, room.Images, room.Kernels[0]);
        for (var l = 1; l < layers.Length; l++)
        {
            Gains(l, left, mu, right, start, count, room);
        }

        var value = room.Value.AsSpan(0, count);
        for (var p = 0; p < paths.Length; p++)
        {
            for (var q = 0; q < paths.Length; q++)
            {
                if (paths[p][0] < 0 || paths[q][0] < 0)
                {
                    continue;
                }

                RowArithmetic.Scale(At(room.Kernels[0], 0, p, q, count), weight, value);
                for (var l = 1; l < layers.Length; l++)
                {
                    RowArithmetic.Multiply(At(room.Gains[l], l, p, q, count), value, value);
                }

                visit(mu, start, p, q, value);
            }
        }
    }

    private ReadOnlySpan<double> At(double[] pairs, int l, int p, int q, int count) =>
        pairs.AsSpan(((paths[p][l] * layers[l].Output.Count) + paths[q][l]) * count, count);

    // K o [C]/C of layer l at every pair of its positions, and K o [C]; where C = 0 the gain is its limit, dK/dC.
    private void Gains(int l, ImagePoints left, int mu, ImagePoints right, int start, int count, Room room)
    {
        var layer = layers[l];
        int n = layer.Output.Count, below = layer.Input.Count;
        var derivative = room.Derivatives.AsSpan(0, count);
        var unused = room.Unused.AsSpan(0, 2 * count);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var c = room.Value.AsSpan(0, count);
                c.Clear();
                for (var t = 0; t < layer.Footprint.Count; t++)
                {
                    int from = Below(layer, i, t), to = Below(layer, j, t);
                    if (from >= 0 && to >= 0)
                    {
                        RowArithmetic.AddScaled(
                            room.Kernels[l - 1].AsSpan(((from * below) + to) * count, count), layer.Weight, c);
                    }
                }

                var k = room.Kernels[l].AsSpan(((i * n) + j) * count, count);
                var gain = room.Gains[l].AsSpan(((i * n) + j) * count, count);
                int point = left.Point(i, mu), other = right.Point(j, start);
                layer.Map.Map(left.Features[l], point, right.Features[l], other, c, k);
                var hasZero = false;
                for (var x = 0; x < count; x++)
                {
                    gain[x] = k[x] / c[x];
                    hasZero |= c[x] == 0.0;
                }

                if (hasZero)
                {
                    layer.Map.Derivatives(
                        left.Features[l], point, right.Features[l], other, c, derivative, unused[..count], unused[count..]);
                    for (var x = 0; x < count; x++)
                    {
                        gain[x] = c[x] == 0.0 ? derivative[x] : gain[x];
                    }
                }
            }
        }
    }

    /// <summary>What one thread works in.</summary>
    private sealed class Room
    {
        public Room(ImageLayer[] layers, ImageKernel first)
        {
            Images = first.NewRoom(Lanes);
            Kernels = layers.Select(layer => new double[layer.Output.Count * layer.Output.Count * Lanes]).ToArray();
            Gains = layers.Select((layer, l) => new double[l == 0 ? 0 : layer.Output.Count * layer.Output.Count * Lanes]).ToArray();
        }

        public ImageKernel.Room Images { get; }

        /// <summary>Gets K of each layer at all pairs of its positions.</summary>
        public double[][] Kernels { get; }

        public double[][] Gains { get; }

        public double[] Value { get; } = new double[Lanes];

        public double[] Derivatives { get; } = new double[Lanes];

        public double[] Unused { get; } = new double[2 * Lanes];
    }
}
