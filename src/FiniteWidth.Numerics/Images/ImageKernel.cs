using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using FiniteWidth.Numerics.KernelMaps;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.Images;

/// <summary>
/// The kernels H_ij(mu, nu) between positions i and j of images mu and nu behind a stack of convolutional layers: those of the network
/// (NNGP), or with <see cref="IsTangent"/> the tangent kernels of all weights below the readout together with them.
/// </summary>
/// <remarks>
/// A pair of positions descends only from pairs at the offset between them, times the strides below. So offset after offset passes through all
/// layers as an image of its own, for several images nu side by side: nothing larger than n numbers an image is held, and with strides the
/// offsets that do not reach the last layer are never computed. Work: about n_l (m_h + m_w + 15) operations a layer, offset and pair of images.
/// </remarks>
public sealed class ImageKernel
{
    // Rows of fewer numbers cost more in calls than they gain by staying in a core's second-level cache.
    private const int Cached = 1 << 16;
    private const int FewestLanes = 16;
    private const int MostLanes = 256;

    private readonly ImageLayer[] layers;
    private readonly int channels;

    /// <summary>A stack of layers over images whose pixels have <paramref name="channels"/> values each, side by side.</summary>
    /// <exception cref="ArgumentException">A layer's input is not the output of the layer below.</exception>
    public ImageKernel(int channels, IEnumerable<ImageLayer> layers, bool isTangent = false)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        this.channels = channels;
        this.layers = layers.ToArray();
        IsTangent = isTangent;
        if (this.layers.Length == 0)
        {
            throw new ArgumentException("There is no layer: at least one is needed.", nameof(layers));
        }

        for (var l = 1; l < this.layers.Length; l++)
        {
            if (this.layers[l].Input != this.layers[l - 1].Output)
            {
                throw new ArgumentException($"Layer {l + 1} does not see the positions of layer {l}.", nameof(layers));
            }
        }

        if (isTangent && this.layers.Any(layer => layer.Slope is null))
        {
            throw new ArgumentException("A tangent kernel needs the slope of every activation.", nameof(layers));
        }
    }

    /// <summary>Receives H_ij(mu, nu) for the images nu = first, first + 1, ...</summary>
    private delegate void Visit(int mu, int first, int i, int j, ReadOnlySpan<double> values);

    /// <summary>Whether the tangent kernels are added.</summary>
    public bool IsTangent { get; }

    /// <summary>The positions of the last layer.</summary>
    public GridShape Output => layers[^1].Output;

    private GridShape Image => layers[0].Input;

    /// <summary>Images in the rows of matrices, pixels row by row, the values of a pixel together: sets that meet in a kernel, a matrix each.</summary>
    public ImagePoints[] Prepare(params Matrix[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        foreach (var set in inputs)
        {
            if (set.Columns != (nint)Image.Count * channels)
            {
                throw new ArgumentException(
                    $"The inputs have {set.Columns} values and the images {(nint)Image.Count * channels}: they must be as many.", nameof(inputs));
            }
        }

        var count = (int)inputs.Sum(set => set.Rows);
        var pixels = Matrix.Uninitialized((nint)Image.Count * channels, count);
        var starts = new int[inputs.Length];
        var start = 0;
        for (var s = 0; s < inputs.Length; s++)
        {
            starts[s] = start;
            for (var mu = 0; mu < inputs[s].Rows; mu++, start++)
            {
                var row = inputs[s].Row(mu);
                for (var p = 0; p < row.Length; p++)
                {
                    pixels[p, start] = row[p];
                }
            }
        }

        var (features, slopes) = PrepareMaps(pixels, count);
        return inputs.Select((set, s) => new ImagePoints(pixels, features, slopes, starts[s], (int)set.Rows)).ToArray();
    }

    /// <summary>
    /// sum_ij w_ij H_ij between every left and every right image: weights of one for each pair of positions of the last layer, or, where there is one
    /// row of them, for each position with itself. The same points twice give a matrix symmetric to the bit.
    /// </summary>
    /// <param name="left">The images of the rows.</param>
    /// <param name="right">Those of the columns.</param>
    /// <param name="weights">n x n, or 1 x n.</param>
    /// <param name="step">Called after each row.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public Matrix Contract(
        ImagePoints left, ImagePoints right, Matrix weights, Action? step = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(weights);
        var isDiagonal = RequireWeights(weights);
        var isSymmetric = ReferenceEquals(left, right);
        var result = Matrix.Zeros(left.Count, right.Count);
        Run(
            left,
            right,
            isDiagonal,
            mu => isSymmetric ? (0, mu + 1) : (0, right.Count),
            (mu, first, i, j, values) =>
                RowArithmetic.AddScaled(
                    values, weights[isDiagonal ? 0 : i, j], result.Row(mu).Slice(first, values.Length)),
            step,
            cancellation);
        if (isSymmetric)
        {
            for (var mu = 0; mu < left.Count; mu++)
            {
                for (var nu = mu + 1; nu < left.Count; nu++)
                {
                    result[mu, nu] = result[nu, mu];
                }
            }
        }

        return result;
    }

    /// <summary>sum_ij w_ij H_ij of every image with itself.</summary>
    /// <param name="points">The images.</param>
    /// <param name="weights">n x n, or 1 x n for each position with itself.</param>
    public double[] Variances(ImagePoints points, Matrix weights)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(weights);
        var isDiagonal = RequireWeights(weights);
        var result = new double[points.Count];
        Run(
            points,
            points,
            isDiagonal,
            mu => (mu, mu + 1),
            (mu, _, i, j, values) => result[mu] += weights[isDiagonal ? 0 : i, j] * values[0],
            null,
            default);
        return result;
    }

    /// <summary>
    /// Adds weight (H_ij + H_ji), and weight H_ii where i = j, to the rows i (i + 1)/2 + j, j &lt;= i, of a table whose columns are the pairs
    /// mu (mu + 1)/2 + nu, nu &lt;= mu, of images.
    /// </summary>
    /// <param name="points">The images.</param>
    /// <param name="weight">What every kernel is multiplied with.</param>
    /// <param name="table">The table, n (n + 1)/2 x P (P + 1)/2.</param>
    /// <param name="step">Called after each image.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public void AddTo(
        ImagePoints points, double weight, Matrix table, Action? step = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(table);
        nint count = points.Count;
        RequireTable(table, count * (count + 1) / 2);
        Run(
            points,
            points,
            false,
            mu => (0, mu + 1),
            (mu, first, i, j, values) =>
            {
                var start = ((nint)mu * (mu + 1) / 2) + first;
                RowArithmetic.AddScaled(values, weight, table.Row(Pair(i, j)).Slice((int)start, values.Length));
            },
            step,
            cancellation);
    }

    /// <summary>
    /// Adds weight (H_ij + H_ji), and weight H_ii where i = j, to the rows i (i + 1)/2 + j, j &lt;= i, of a table whose columns are the pairs of a left and a
    /// right image, mu times the right ones + nu.
    /// </summary>
    /// <param name="left">The images that count first.</param>
    /// <param name="right">The images that count fastest.</param>
    /// <param name="weight">What every kernel is multiplied with.</param>
    /// <param name="table">The table, n (n + 1)/2 x P P'.</param>
    /// <param name="step">Called after each left image.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public void AddTo(
        ImagePoints left,
        ImagePoints right,
        double weight,
        Matrix table,
        Action? step = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(table);
        RequireTable(table, (nint)left.Count * right.Count);
        Run(
            left,
            right,
            false,
            _ => (0, right.Count),
            (mu, first, i, j, values) =>
                RowArithmetic.AddScaled(
                    values, weight, table.Row(Pair(i, j)).Slice((mu * right.Count) + first, values.Length)),
            step,
            cancellation);
    }

    /// <summary>The same of every image with itself: n (n + 1)/2 x P.</summary>
    /// <param name="points">The images.</param>
    /// <param name="weight">What every kernel is multiplied with.</param>
    /// <param name="table">The table, n (n + 1)/2 x P.</param>
    public void AddVariancesTo(ImagePoints points, double weight, Matrix table)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(table);
        RequireTable(table, points.Count);
        Run(
            points,
            points,
            false,
            mu => (mu, mu + 1),
            (mu, _, i, j, values) => table[Pair(i, j), mu] += weight * values[0],
            null,
            default);
    }

    /// <summary>
    /// H_ij between all pairs of images of one set, for positions i &gt;= j: the rows i (i + 1)/2 + j of a table whose columns are the pairs mu P + nu. The
    /// others are H_ji(mu, nu) = H_ij(nu, mu).
    /// </summary>
    /// <param name="points">The images.</param>
    /// <param name="step">Called after each image.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The table, n (n + 1)/2 x P P.</returns>
    public Matrix Blocks(ImagePoints points, Action? step = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(points);
        nint n = Output.Count;
        nint count = points.Count;
        var table = Matrix.Uninitialized(n * (n + 1) / 2, count * count);
        Run(
            points,
            points,
            false,
            mu => (0, mu + 1),
            (mu, first, i, j, values) =>
            {
                var row = table.Row(Pair(i, j));
                if (i >= j)
                {
                    values.CopyTo(row.Slice((int)(mu * count) + first, values.Length));
                }

                if (i <= j)
                {
                    for (var x = 0; x < values.Length; x++)
                    {
                        row[(int)((first + x) * count) + mu] = values[x];
                    }
                }
            },
            step,
            cancellation);
        return table;
    }

    /// <summary>H_ij between every left and every right image: rows i n + j, columns mu times the right ones + nu.</summary>
    /// <param name="left">The images that count first.</param>
    /// <param name="right">The images that count fastest.</param>
    /// <param name="step">Called after each left image.</param>
    /// <param name="cancellation">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The table, n n x P P'.</returns>
    public Matrix Blocks(
        ImagePoints left, ImagePoints right, Action? step = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        nint n = Output.Count;
        var table = Matrix.Uninitialized(n * n, (nint)left.Count * right.Count);
        Run(
            left,
            right,
            false,
            _ => (0, right.Count),
            (mu, first, i, j, values) =>
                values.CopyTo(table.Row((i * n) + j).Slice((mu * right.Count) + first, values.Length)),
            step,
            cancellation);
        return table;
    }

    /// <summary>H_ij of every image with itself: rows i n + j, a column an image.</summary>
    /// <param name="points">The images.</param>
    /// <returns>The table, n n x P.</returns>
    public Matrix BlocksOfEach(ImagePoints points)
    {
        ArgumentNullException.ThrowIfNull(points);
        nint n = Output.Count;
        var table = Matrix.Uninitialized(n * n, points.Count);
        Run(
            points,
            points,
            false,
            mu => (mu, mu + 1),
            (mu, _, i, j, values) => table[(i * n) + j, mu] = values[0],
            null,
            default);
        return table;
    }

    internal Room NewRoom(int lanes) => new(layers, lanes, IsTangent);

    /// <summary>target((n i + j) count + x) := H_ij(mu, first + x) for all pairs of the n positions of the last layer.</summary>
    internal void Positions(
        ImagePoints left, int mu, ImagePoints right, int first, int count, Room room, double[] target)
    {
        var n = Output.Count;
        room.Gather(left, mu, right, first, count);
        for (var dy = 1 - Output.Height; dy < Output.Height; dy++)
        {
            for (var dx = 1 - Output.Width; dx < Output.Width; dx++)
            {
                Pass(
                    mu,
                    first,
                    dy,
                    dx,
                    room,
                    (_, _, i, j, values) => values.CopyTo(target.AsSpan(((i * n) + j) * count, count)));
            }
        }
    }

    private static nint Pair(nint i, nint j)
    {
        nint most = Math.Max(i, j), least = Math.Min(i, j);
        return (most * (most + 1) / 2) + least;
    }

    private void RequireTable(Matrix table, nint columns)
    {
        nint n = Output.Count;
        if (table.Rows != n * (n + 1) / 2 || table.Columns != columns)
        {
            throw new ArgumentException(
                $"The table is {table.Rows} x {table.Columns} and should be {n * (n + 1) / 2} x {columns}.", nameof(table));
        }
    }

    private (double[][][] Features, double[][][]? Slopes) PrepareMaps(Matrix pixels, int count)
    {
        var features = new double[layers.Length][][];
        var slopes = IsTangent ? new double[layers.Length][][] : null;
        var seen = new double[(long)Image.Count * count];
        for (var p = 0; p < Image.Count; p++)
        {
            var target = seen.AsSpan(p * count, count);
            for (var c = 0; c < channels; c++)
            {
                var x = pixels.Row((p * channels) + c);
                RowArithmetic.AddProduct(x, x, 1.0, target);
            }
        }

        for (var l = 0; l < layers.Length; l++)
        {
            var layer = layers[l];
            var variances = new double[(long)layer.Output.Count * count];
            layer.Sum(0, 0, count, layer.Bias, seen, variances, new double[(long)layer.Input.Width * count]);
            features[l] = layer.Map.Prepare(variances);
            if (slopes is not null)
            {
                slopes[l] = layer.Slope!.Prepare(variances);
            }

            seen = layer.Map.Variances(features[l], variances);
        }

        return (features, slopes);
    }

    private bool RequireWeights(Matrix weights)
    {
        if (weights.Columns != Output.Count || (weights.Rows != 1 && weights.Rows != Output.Count))
        {
            throw new ArgumentException(
                $"The weights are {weights.Rows} x {weights.Columns} and the last layer has {Output.Count} positions.", nameof(weights));
        }

        return weights.Rows == 1 && Output.Count > 1;
    }

    private void Run(
        ImagePoints left,
        ImagePoints right,
        bool isDiagonal,
        Func<int, (int First, int End)> columns,
        Visit visit,
        Action? step,
        CancellationToken cancellation)
    {
        var lanes = Math.Min(right.Count, Math.Clamp(Cached / Room.Largest(layers) / Loop.Lanes * Loop.Lanes, FewestLanes, MostLanes));
        var (down, across) = isDiagonal ? (0, 0) : (Output.Height - 1, Output.Width - 1);
        Work.For(
            left.Count,
            () => new Room(layers, lanes, IsTangent),
            (row, room) =>
            {
                // The longest rows of a triangle first.
                var mu = left.Count - 1 - row;
                var (start, end) = columns(mu);
                for (var first = start; first < end; first += lanes)
                {
                    cancellation.ThrowIfCancellationRequested();
                    room.Gather(left, mu, right, first, Math.Min(lanes, end - first));
                    for (var dy = -down; dy <= down; dy++)
                    {
                        for (var dx = -across; dx <= across; dx++)
                        {
                            Pass(mu, first, dy, dx, room, visit);
                        }
                    }
                }

                step?.Invoke();
            });
    }

    // One offset of positions through all layers, the last layer's pairs to the visitor.
    private void Pass(int mu, int first, int dy, int dx, Room room, Visit visit)
    {
        int down = dy, across = dx, width = room.Width;
        foreach (var layer in layers)
        {
            down *= layer.Stride.Height;
            across *= layer.Stride.Width;
        }

        Pixels(down, across, room);

        for (var l = 0; l < layers.Length; l++)
        {
            var layer = layers[l];
            down /= layer.Stride.Height;
            across /= layer.Stride.Width;
            layer.Sum(down, across, width, layer.Bias, room.Kernel, room.Next, room.Columns);
            (room.Kernel, room.Next) = (room.Next, room.Kernel);
            if (IsTangent && l > 0)
            {
                layer.Sum(down, across, width, 0.0, room.Tangent, room.Next, room.Columns);
                (room.Tangent, room.Next) = (room.Next, room.Tangent);
            }

            Activate(l, down, across, room);
        }

        var rows = Overlap.Of(Output.Height, dy);
        var wanted = Overlap.Of(Output.Width, dx);
        for (var y = rows.First; y < rows.End; y++)
        {
            for (var x = wanted.First; x < wanted.End; x++)
            {
                var i = (y * Output.Width) + x;
                var j = i + (dy * Output.Width) + dx;
                var values = room.Kernel.AsSpan(i * width, room.Count);
                if (IsTangent)
                {
                    RowArithmetic.AddScaled(room.Tangent.AsSpan(i * width, room.Count), 1.0, values);
                }

                visit(mu, first, i, j, values);
            }
        }
    }

    // The products of pixels at an offset, summed over the values of a pixel.
    private void Pixels(int down, int across, Room room)
    {
        var width = room.Width;
        var rows = Overlap.Of(Image.Height, down);
        var wanted = Overlap.Of(Image.Width, across);
        for (var y = rows.First; y < rows.End; y++)
        {
            for (var x = wanted.First; x < wanted.End; x++)
            {
                var p = (y * Image.Width) + x;
                var q = p + (down * Image.Width) + across;
                var products = room.Kernel.AsSpan(p * width, width);
                products.Clear();
                for (var c = 0; c < channels; c++)
                {
                    var pixel = room.LeftPixels[(p * channels) + c];
                    if (pixel != 0.0)
                    {
                        RowArithmetic.AddScaled(room.RightPixels.AsSpan(((q * channels) + c) * width, width), pixel, products);
                    }
                }
            }
        }
    }

    // C becomes K o [C] (dark corners stay 0 where sigma is odd), and with tangents their sum so far becomes (C + it) o E[sigma' sigma'].
    private void Activate(int l, int down, int across, Room room)
    {
        var layer = layers[l];
        var width = room.Width;
        var rows = Overlap.Of(layer.Output.Height, down);
        var wanted = Overlap.Of(layer.Output.Width, across);
        double[][] left = room.LeftFeatures[l], right = room.RightFeatures[l];
        for (var y = rows.First; y < rows.End; y++)
        {
            for (var x = wanted.First; x < wanted.End; x++)
            {
                var i = (y * layer.Output.Width) + x;
                var start = (i + (down * layer.Output.Width) + across) * width;
                var c = room.Kernel.AsSpan(i * width, width);
                if (IsTangent)
                {
                    var tangent = room.Tangent.AsSpan(i * width, width);
                    if (l == 0)
                    {
                        c.CopyTo(tangent);
                    }
                    else
                    {
                        RowArithmetic.AddScaled(c, 1.0, tangent);
                    }

                    var slope = room.Slope.AsSpan(0, width);
                    layer.Slope!.Map(room.LeftSlopes[l], i, room.RightSlopes[l], start, c, slope);
                    RowArithmetic.Multiply(tangent, slope, tangent);
                }

                if (IsTangent || !layer.Map.VanishesWithCovariance || c.ContainsAnyExcept(0.0))
                {
                    layer.Map.Map(left, i, right, start, c, c);
                }
            }
        }
    }

    /// <summary>What one thread works in: one left image with a block of right ones, everything of theirs side by side.</summary>
    internal sealed class Room
    {
        private readonly ImageLayer[] layers;
        private readonly int lanes;

        public Room(ImageLayer[] layers, int lanes, bool isTangent)
        {
            this.layers = layers;
            this.lanes = Loop.WholeVectors(lanes);
            var largest = Largest(layers) * this.lanes;
            Kernel = new double[largest];
            Next = new double[largest];
            Tangent = new double[isTangent ? largest : 0];
            Slope = new double[isTangent ? this.lanes : 0];
            Columns = new double[layers.Max(layer => layer.Input.Width) * this.lanes];
        }

        public double[] Kernel { get; set; }

        public double[] Next { get; set; }

        public double[] Tangent { get; set; }

        public double[] Slope { get; }

        public double[] Columns { get; }

        /// <summary>The number of right images.</summary>
        public int Count { get; private set; }

        /// <summary>How many numbers stand side by side: whole vectors, filled up with copies of the last image.</summary>
        public int Width { get; private set; }

        public double[] LeftPixels { get; private set; } = [];

        public double[] RightPixels { get; private set; } = [];

        public double[][][] LeftFeatures { get; private set; } = [];

        public double[][][] RightFeatures { get; private set; } = [];

        public double[][][] LeftSlopes { get; private set; } = [];

        public double[][][] RightSlopes { get; private set; } = [];

        /// <summary>The positions of the largest layer.</summary>
        public static int Largest(ImageLayer[] layers) => layers.Max(layer => Math.Max(layer.Input.Count, layer.Output.Count));

        /// <summary>Takes in an image and the block of images that it meets.</summary>
        public void Gather(ImagePoints left, int mu, ImagePoints right, int first, int count)
        {
            Count = count;
            Width = Loop.WholeVectors(count);
            var rows = (int)right.Pixels.Rows;
            if (LeftPixels.Length == 0)
            {
                LeftPixels = new double[rows];
                RightPixels = new double[rows * lanes];
                LeftFeatures = Space(right.Features, 1);
                RightFeatures = Space(right.Features, lanes);
                LeftSlopes = right.Slopes is null ? [] : Space(right.Slopes, 1);
                RightSlopes = right.Slopes is null ? [] : Space(right.Slopes, lanes);
            }

            for (var p = 0; p < rows; p++)
            {
                LeftPixels[p] = left.Pixels[p, left.Column(mu)];
                Fill(right.Pixels.Row(p).Slice(right.Column(first), count), RightPixels.AsSpan(p * Width, Width));
            }

            Copy(left.Features, left, mu, 1, LeftFeatures, 1);
            Copy(right.Features, right, first, count, RightFeatures, Width);
            if (left.Slopes is not null && right.Slopes is not null)
            {
                Copy(left.Slopes, left, mu, 1, LeftSlopes, 1);
                Copy(right.Slopes, right, first, count, RightSlopes, Width);
            }
        }

        private double[][][] Space(double[][][] features, int images) =>
            layers.Select((layer, l) => features[l].Select(_ => new double[layer.Output.Count * images]).ToArray()).ToArray();

        private static void Fill(ReadOnlySpan<double> from, Span<double> to)
        {
            from.CopyTo(to);
            to[from.Length..].Fill(from[^1]);
        }

        private void Copy(double[][][] from, ImagePoints points, int first, int count, double[][][] to, int width)
        {
            for (var l = 0; l < layers.Length; l++)
            {
                for (var f = 0; f < from[l].Length; f++)
                {
                    for (var i = 0; i < layers[l].Output.Count; i++)
                    {
                        Fill(from[l][f].AsSpan(points.Point(i, first), count), to[l][f].AsSpan(i * width, width));
                    }
                }
            }
        }
    }
}
