using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Networks;

/// <summary>The passes in one precision.</summary>
/// <remarks>
/// Every row of a layer depends on that row of the inputs alone, on the way back too: a block of points goes through all layers, to
/// the outputs and back, while it is in the cache. The gradients of the weights, sums over all points, are then cut by units.
/// </remarks>
internal sealed class FeatureWork<T> : FeatureWork
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Rows of a block: enough for a product to run at full speed, few enough for several threads.
    private const int BlockRows = 256;

    // Likewise units of a block.
    private const int BlockUnits = 256;

    // Numbers converted from one precision to the other by one thread at a time.
    private const int BlockEntries = 1 << 15;

    private readonly T[] inputs;
    private readonly WorkTeam team;
    private readonly LinearAlgebraProvider algebra = LinearAlgebra.Default;
    private readonly FeatureLayer[] layers;
    private readonly int[] offsets;
    private readonly int blocks;
    private readonly Piece[] pieces;
    private readonly T[][] values;
    private readonly T[][] slopes;

    // Of a convolutional layer what its positions see of the layer below, a row a position, and on the way back the derivatives in it.
    private readonly T[][] seen;
    private readonly T[][] seenUpstreams;
    private readonly T[] features;
    private readonly T[] upstreams;
    private readonly T[] ones;
    private readonly double[] errors;
    private readonly Action<int> evaluateBlock;
    private readonly Action<int> pullBackBlock;
    private readonly Action<int> leastSquaresBlock;
    private readonly Action<int> differentiatePiece;
    private readonly Action<int> narrowPart;
    private readonly Action<int> widenPart;
    private readonly Action<int> prepareArcBlock;
    private readonly Action<int> narrowUnit;
    private readonly Action<int> widenUnit;
    private readonly ActivationFunction[] activations;
    private T[] residuals = [];

    // What the call in progress reads and writes; weights and gradients are the caller's own arrays where T is double.
    private T[] weights = [];
    private T[] gradients = [];
    private double[] wide = [];
    private T[] narrow = [];
    private Matrix matrix = Matrix.Zeros(0, 0);
    private int parameters;
    private double readoutScale;
    private double gradientScale;

    // Columns of the first layer's weights that its products run over; on an arc the other columns add cos t A + sin t B, rows x units.
    private int leading;
    private int arcLeading;
    private bool onArc;
    private double angle;
    private T[] arcPosition = [];
    private T[] arcMomentum = [];
    private T[] arcCosine = [];
    private T[] arcSine = [];

    public FeatureWork(FeatureMap map, T[] inputs, WorkTeam team)
        : base(map)
    {
        this.inputs = inputs;
        this.team = team;
        layers = [.. map.Layers];
        offsets = new int[layers.Length];
        for (var l = 1; l < layers.Length; l++)
        {
            offsets[l] = offsets[l - 1] + layers[l - 1].Parameters;
        }

        blocks = CountOf(map.Points, Math.Max(1, BlockRows / map.Positions.Max()));
        pieces = [.. layers.SelectMany((layer, l) => PiecesOf(l, layer.Units)), .. PiecesOf(layers.Length, map.Features)];
        values = [.. layers.Select((layer, l) => Buffer(RowsOf(l), layer.Units))];
        slopes = [.. layers.Select((layer, l) => Buffer(RowsOf(l), layer.Units))];
        seen = [.. layers.Select((layer, l) => layer.Positions == 0 ? [] : Buffer(RowsOf(l), layer.Inputs))];
        seenUpstreams = Array.ConvertAll(seen, entries => entries.Length == 0 ? [] : Buffer(1, entries.Length));
        features = map.Readout == PatchReadout.Averaged ? Buffer(map.Points, map.Features) : values[^1];
        upstreams = Buffer(map.Points, layers.Select((layer, l) => map.Positions[l] * layer.Units).Max());
        ones = Buffer(map.Points * map.Positions.Max(), 1);
        Array.Fill(ones, T.One);
        errors = new double[blocks];
        evaluateBlock = EvaluateBlock;
        pullBackBlock = PullBackBlock;
        leastSquaresBlock = LeastSquaresBlock;
        differentiatePiece = DifferentiatePiece;
        activations = Array.ConvertAll(layers, _ => map.Activation);
        leading = layers[0].Inputs;
        prepareArcBlock = PrepareArcBlock;
        narrowUnit = unit => Entries.Convert<double, T>(LeadingPart(wide, unit), LeadingPart(weights, unit));
        widenUnit = unit => Entries.Convert<T, double>(LeadingPart(gradients, unit), LeadingPart(wide, unit));
        narrowPart = part => Entries.Convert<double, T>(Part(wide, part), Part(narrow, part));
        widenPart = part => Entries.Convert<T, double>(Part(gradients, part), Part(wide, part));
    }

    public override void Evaluate(double[] position, Matrix features)
    {
        CheckPosition(position, Map.Parameters);
        Require.Shape(features, Map.Points, Map.Features, nameof(features));
        algebra.EnterSingleThreaded();
        try
        {
            Load(position, Map.Parameters);
            matrix = features;
            team.Run(blocks, evaluateBlock);
        }
        finally
        {
            algebra.LeaveSingleThreaded();
        }
    }

    public override void PullBack(double[] position, Matrix upstream, double[] gradient)
    {
        CheckPosition(position, Map.Parameters);
        CheckGradient(position, gradient);
        Require.Shape(upstream, Map.Points, Map.Features, nameof(upstream));
        algebra.EnterSingleThreaded();
        try
        {
            Load(position, Map.Parameters);
            Prepare(gradient, Map.Parameters);
            matrix = upstream;
            team.Run(blocks, pullBackBlock);
            team.Run(pieces.Length - CountOf(Map.Features, BlockUnits), differentiatePiece);
            Unload(gradient, Map.Parameters);
        }
        finally
        {
            algebra.LeaveSingleThreaded();
        }
    }

    public override void RoundKinks(IReadOnlyList<double> distances)
    {
        ArgumentNullException.ThrowIfNull(distances);
        Lengths.Same(layers.Length, distances.Count);
        for (var l = 0; l < layers.Length; l++)
        {
            activations[l] = Map.Activation.Rounded(distances[l]);
        }
    }

    public override void PrepareArc(int leading, double[] position, double[] momentum)
    {
        CheckPosition(position, layers[0].Weights);
        CheckPosition(momentum, layers[0].Weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(leading, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leading, layers[0].Inputs);
        this.leading = leading;
        if (arcCosine.Length == 0)
        {
            arcCosine = Buffer(Map.Rows, layers[0].Units);
            arcSine = Buffer(Map.Rows, layers[0].Units);
        }

        algebra.EnterSingleThreaded();
        try
        {
            Load(position, layers[0].Weights, ref arcPosition);
            Load(momentum, layers[0].Weights, ref arcMomentum);
            team.Run(blocks, prepareArcBlock);
        }
        finally
        {
            algebra.LeaveSingleThreaded();
            this.leading = layers[0].Inputs;
        }

        arcLeading = leading;
    }

    public override void EvaluateOnArc(double[] position, double angle, Matrix features)
    {
        CheckPosition(position, Map.Parameters);
        Require.Shape(features, Map.Points, Map.Features, nameof(features));
        EnterArc(angle);
        try
        {
            LoadLeading(position);
            matrix = features;
            team.Run(blocks, evaluateBlock);
        }
        finally
        {
            LeaveArc();
        }
    }

    public override void PullBackOnArc(double[] position, Matrix upstream, double[] gradient)
    {
        CheckPosition(position, Map.Parameters);
        CheckGradient(position, gradient);
        Require.Shape(upstream, Map.Points, Map.Features, nameof(upstream));
        EnterArc(angle);
        try
        {
            LoadLeading(position);
            Prepare(gradient, Map.Parameters);
            matrix = upstream;
            team.Run(blocks, pullBackBlock);
            team.Run(pieces.Length - CountOf(Map.Features, BlockUnits), differentiatePiece);
            UnloadLeading(gradient);
        }
        finally
        {
            LeaveArc();
        }
    }

    public override double LeastSquares(
        double[] position, double readoutScale, Matrix targets, double gradientScale, double[] gradient)
    {
        ArgumentNullException.ThrowIfNull(targets);
        Require.Shape(targets, Map.Points, targets.Columns, nameof(targets));
        var outputs = (int)targets.Columns;
        var parameters = Map.Parameters + (outputs * Map.Features);
        CheckPosition(position, parameters);
        CheckGradient(position, gradient);
        if (residuals.Length != Map.Points * outputs)
        {
            residuals = Buffer(Map.Points, outputs);
        }

        (this.readoutScale, this.gradientScale, matrix) = (readoutScale, gradientScale, targets);
        algebra.EnterSingleThreaded();
        try
        {
            Load(position, parameters);
            Prepare(gradient, parameters);
            team.Run(blocks, leastSquaresBlock);
            team.Run(pieces.Length, differentiatePiece);
            Unload(gradient, parameters);
        }
        finally
        {
            algebra.LeaveSingleThreaded();
        }

        // Block by block, so that the sum does not depend on who finished first.
        var sum = 0.0;
        foreach (var error in errors)
        {
            sum += error;
        }

        return sum;
    }

    private static T[] Buffer(int rows, int columns) => GC.AllocateUninitializedArray<T>(checked(rows * columns));

    private static int CountOf(int items, int size) => (items + size - 1) / size;

    /// <summary>Blocks of nearly the same size.</summary>
    private static (int First, int Count) BlockOf(int block, int blocks, int items)
    {
        var first = (int)((long)items * block / blocks);
        return (first, (int)((long)items * (block + 1) / blocks) - first);
    }

    private static IEnumerable<Piece> PiecesOf(int layer, int units)
    {
        var count = CountOf(units, BlockUnits);
        return Enumerable.Range(0, count).Select(block =>
        {
            var (first, length) = BlockOf(block, count, units);
            return new Piece(layer, first, length);
        });
    }

    private static MatrixSpan<T> Rows(T[] entries, int columns, int first, int count) =>
        new(entries.AsSpan(first * columns, count * columns), count, columns);

    private static void CheckPosition(double[] position, int parameters)
    {
        ArgumentNullException.ThrowIfNull(position);
        if (position.Length < parameters)
        {
            throw new ArgumentException($"A position of {position.Length} numbers is given where {parameters} are needed.", nameof(position));
        }
    }

    private static void CheckGradient(double[] position, double[] gradient)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        Lengths.Same(position.Length, gradient.Length);
    }

    private Span<E> Part<E>(E[] entries, int part) =>
        entries.AsSpan(part * BlockEntries, Math.Min(BlockEntries, parameters - (part * BlockEntries)));

    private void Load(double[] position, int parameters) => Load(position, parameters, ref weights);

    private void Load(double[] source, int count, ref T[] target)
    {
        if (source is T[] same)
        {
            target = same;
            return;
        }

        if (target.Length < count)
        {
            target = Buffer(1, count);
        }

        (wide, narrow, parameters) = (source, target, count);
        team.Run(CountOf(count, BlockEntries), narrowPart);
    }

    /// <summary>What products on an arc read of a position: leading columns, biases, later layers.</summary>
    private void LoadLeading(double[] position)
    {
        if (position is T[] same)
        {
            weights = same;
            return;
        }

        if (weights.Length < Map.Parameters)
        {
            weights = Buffer(1, Map.Parameters);
        }

        wide = position;
        team.Run(layers[0].Units, narrowUnit);
        Entries.Convert<double, T>(Later(position), Later(weights));
    }

    private void UnloadLeading(double[] gradient)
    {
        if (gradient is not T[])
        {
            wide = gradient;
            team.Run(layers[0].Units, widenUnit);
            Entries.Convert<T, double>(Later(gradients), Later(gradient));
        }
    }

    private Span<E> LeadingPart<E>(E[] entries, int unit) => entries.AsSpan(unit * layers[0].Inputs, leading);

    /// <summary>The parameters after the first layer's weights.</summary>
    private Span<E> Later<E>(E[] entries) => entries.AsSpan(layers[0].Weights, Map.Parameters - layers[0].Weights);

    private void EnterArc(double angle)
    {
        (this.angle, onArc, leading) = (angle, true, arcLeading);
        algebra.EnterSingleThreaded();
    }

    private void LeaveArc()
    {
        algebra.LeaveSingleThreaded();
        (onArc, leading) = (false, layers[0].Inputs);
    }

    private void Prepare(double[] gradient, int parameters)
    {
        if (gradient is T[] same)
        {
            gradients = same;
        }
        else if (gradients.Length < parameters)
        {
            gradients = Buffer(1, parameters);
        }
    }

    private void Unload(double[] gradient, int parameters)
    {
        if (gradient is not T[])
        {
            wide = gradient;
            this.parameters = parameters;
            team.Run(CountOf(parameters, BlockEntries), widenPart);
        }
    }

    /// <summary>Columns of a layer's weights that products run over.</summary>
    private int Columns(int layer) => layer == 0 ? leading : layers[layer].Inputs;

    private MatrixSpan<T> Weights(int layer) => WeightsIn(weights, layer).View(0, 0, layers[layer].Units, Columns(layer));

    private MatrixSpan<T> WeightsIn(T[] parameters, int layer) =>
        new(parameters.AsSpan(offsets[layer]), layers[layer].Units, layers[layer].Inputs);

    private int RowsOf(int layer) => Map.Points * Map.Positions[layer];

    private T[] InputsOf(int layer) => layer == 0 ? inputs : layers[layer].Positions == 0 ? values[layer - 1] : seen[layer];

    private MatrixSpan<T> InputsOf(int layer, int first, int count) =>
        Rows(InputsOf(layer), layers[layer].Inputs, first, count).View(0, 0, count, Columns(layer));

    /// <summary>What every position of a block of points sees of the layer below.</summary>
    private void Gather(int l, int firstPoint, int points)
    {
        int units = layers[l - 1].Units, below = Map.Positions[l - 1];
        var gather = layers[l].Gather;
        for (var point = firstPoint; point < firstPoint + points; point++)
        {
            var target = seen[l].AsSpan(point * gather.Length * units, gather.Length * units);
            for (var g = 0; g < gather.Length; g++)
            {
                var place = target.Slice(g * units, units);
                if (gather[g] < 0)
                {
                    place.Clear();
                }
                else
                {
                    values[l - 1].AsSpan(((point * below) + gather[g]) * units, units).CopyTo(place);
                }
            }
        }
    }

    /// <summary>The derivatives in the layer below of what positions see of it, summed into <paramref name="target"/>.</summary>
    private void Scatter(int l, int firstPoint, int points, Span<T> target)
    {
        int units = layers[l - 1].Units, below = Map.Positions[l - 1];
        var gather = layers[l].Gather;
        target.Clear();
        for (var point = 0; point < points; point++)
        {
            var source = seenUpstreams[l].AsSpan((firstPoint + point) * gather.Length * units, gather.Length * units);
            for (var g = 0; g < gather.Length; g++)
            {
                if (gather[g] >= 0)
                {
                    Entries.Add(T.One, source.Slice(g * units, units), target.Slice(((point * below) + gather[g]) * units, units));
                }
            }
        }
    }

    private (int First, int Count) PointsOf(int block) => BlockOf(block, blocks, Map.Points);

    /// <summary>What the columns on the arc add at its start and a quarter turn later.</summary>
    private void PrepareArcBlock(int block)
    {
        var (firstPoint, points) = PointsOf(block);
        int first = firstPoint * Map.Positions[0], count = points * Map.Positions[0], rest = layers[0].Inputs - leading;
        var layer = layers[0];
        var columns = Rows(inputs, layer.Inputs, first, count).View(0, leading, count, rest);
        algebra.Multiply(
            layer.WeightScale, columns, false, WeightsIn(arcPosition, 0).View(0, leading, layer.Units, rest), true,
            0.0, Rows(arcCosine, layer.Units, first, count));
        algebra.Multiply(
            layer.WeightScale, columns, false, WeightsIn(arcMomentum, 0).View(0, leading, layer.Units, rest), true,
            0.0, Rows(arcSine, layer.Units, first, count));
    }

    private void EvaluateBlock(int block)
    {
        var (first, count) = PointsOf(block);
        Forward(first, count);
        for (var point = first; point < first + count; point++)
        {
            Entries.Convert<T, double>(features.AsSpan(point * Map.Features, Map.Features), matrix.Row(point));
        }
    }

    private void LeastSquaresBlock(int block)
    {
        var (first, count) = PointsOf(block);
        Forward(first, count);
        var outputs = (int)matrix.Columns;
        var phi = Rows(features, Map.Features, first, count);
        var readout = new MatrixSpan<T>(weights.AsSpan(Map.Parameters), outputs, Map.Features);
        var residual = Rows(residuals, outputs, first, count);
        algebra.Multiply(readoutScale, phi, false, readout, true, 0.0, residual);
        var error = 0.0;
        for (var point = 0; point < count; point++)
        {
            Span<T> row = residual.Row(point);
            Span<double> target = matrix.Row(first + point);
            for (var d = 0; d < outputs; d++)
            {
                var difference = double.CreateTruncating(row[d]) - target[d];
                error += difference * difference;
                row[d] = T.CreateTruncating(difference);
            }
        }

        errors[block] = error;
        var upstream = new MatrixSpan<T>(upstreams.AsSpan(first * UpstreamStride), count, Map.Features);
        algebra.Multiply(readoutScale * gradientScale, residual, false, readout, false, 0.0, upstream);
        Backward(first, count, upstream);
    }

    private void PullBackBlock(int block)
    {
        var (first, count) = PointsOf(block);
        var upstream = new MatrixSpan<T>(upstreams.AsSpan(first * UpstreamStride), count, Map.Features);
        for (var point = 0; point < count; point++)
        {
            Entries.Convert<double, T>(matrix.Row(first + point), upstream.Row(point));
        }

        Backward(first, count, upstream);
    }

    /// <summary>Entries of the upstream buffer that belong to a point: no block writes where another does.</summary>
    private int UpstreamStride => upstreams.Length / Map.Points;

    /// <summary>Values, slopes and features of a block of points.</summary>
    private void Forward(int firstPoint, int points)
    {
        for (var l = 0; l < layers.Length; l++)
        {
            var layer = layers[l];
            int first = firstPoint * Map.Positions[l], count = points * Map.Positions[l];
            if (layer.Positions > 0)
            {
                Gather(l, firstPoint, points);
            }

            var value = Rows(values[l], layer.Units, first, count);
            var onto = layer.HasBiases;
            for (var i = 0; layer.HasBiases && i < count; i++)
            {
                Entries.Scale(T.CreateTruncating(layer.BiasScale), weights.AsSpan(offsets[l] + layer.Weights, layer.Units), value.Row(i));
            }

            int start = first * layer.Units, length = count * layer.Units;
            if (l == 0 && onArc)
            {
                AddArc(values[0].AsSpan(start, length), start, onto);
                onto = true;
            }

            algebra.Multiply(layer.WeightScale, InputsOf(l, first, count), false, Weights(l), true, onto ? 1.0 : 0.0, value);
            activations[l].ApplyInPlace(values[l].AsSpan(start, length), slopes[l].AsSpan(start, length));
        }

        if (Map.Readout == PatchReadout.Averaged)
        {
            Average(firstPoint, points);
        }
    }

    private void AddArc(Span<T> value, int start, bool onto)
    {
        var (sine, cosine) = Math.SinCos(angle);
        if (onto)
        {
            Entries.Add(T.CreateTruncating(cosine), arcCosine.AsSpan(start, value.Length), value);
        }
        else
        {
            Entries.Scale(T.CreateTruncating(cosine), arcCosine.AsSpan(start, value.Length), value);
        }

        Entries.Add(T.CreateTruncating(sine), arcSine.AsSpan(start, value.Length), value);
    }

    private void Average(int firstPoint, int points)
    {
        var share = T.One / T.CreateTruncating(Map.Patches);
        for (var point = firstPoint; point < firstPoint + points; point++)
        {
            var average = features.AsSpan(point * Map.Features, Map.Features);
            average.Clear();
            for (var patch = 0; patch < Map.Patches; patch++)
            {
                Entries.Add(share, values[^1].AsSpan(((point * Map.Patches) + patch) * Map.Features, Map.Features), average);
            }
        }
    }

    /// <summary>Overwrites the slopes of a block of points with the derivatives in the preactivations.</summary>
    private void Backward(int firstPoint, int points, MatrixSpan<T> upstream)
    {
        var delta = slopes[^1];
        for (var point = 0; point < points; point++)
        {
            if (Map.Readout == PatchReadout.Averaged)
            {
                var share = upstream.Row(point);
                Entries.Scale(T.One / T.CreateTruncating(Map.Patches), share, share);
                for (var patch = 0; patch < Map.Patches; patch++)
                {
                    var start = (((firstPoint + point) * Map.Patches) + patch) * Map.Features;
                    Entries.Multiply(delta.AsSpan(start, Map.Features), share);
                }
            }
            else
            {
                Entries.Multiply(delta.AsSpan((firstPoint + point) * Map.Features, Map.Features), upstream.Row(point));
            }
        }

        for (var l = layers.Length - 1; l > 0; l--)
        {
            var layer = layers[l];
            int first = firstPoint * Map.Positions[l], count = points * Map.Positions[l];
            int units = layers[l - 1].Units, firstBelow = firstPoint * Map.Positions[l - 1], countBelow = points * Map.Positions[l - 1];
            var below = new MatrixSpan<T>(upstreams.AsSpan(firstPoint * UpstreamStride), countBelow, units);
            var through = layer.Positions == 0 ? below : Rows(seenUpstreams[l], layer.Inputs, first, count);
            algebra.Multiply(layer.WeightScale, Rows(slopes[l], layer.Units, first, count), false, Weights(l), false, 0.0, through);
            if (layer.Positions > 0)
            {
                Scatter(l, firstPoint, points, upstreams.AsSpan(firstPoint * UpstreamStride, countBelow * units));
            }

            for (var i = 0; i < countBelow; i++)
            {
                Entries.Multiply(slopes[l - 1].AsSpan((firstBelow + i) * units, units), below.Row(i));
            }
        }
    }

    /// <summary>The gradient of some units' weights and biases, or of some columns of the readout.</summary>
    private void DifferentiatePiece(int index)
    {
        var piece = pieces[index];
        if (piece.Layer == layers.Length)
        {
            var outputs = (int)matrix.Columns;
            var readout = new MatrixSpan<T>(gradients.AsSpan(Map.Parameters), outputs, Map.Features);
            algebra.Multiply(
                readoutScale * gradientScale, Rows(residuals, outputs, 0, Map.Points), true,
                Rows(features, Map.Features, 0, Map.Points).View(0, piece.First, Map.Points, piece.Count), false,
                0.0, readout.View(0, piece.First, outputs, piece.Count));
            return;
        }

        var layer = layers[piece.Layer];
        var rows = RowsOf(piece.Layer);
        var delta = Rows(slopes[piece.Layer], layer.Units, 0, rows).View(0, piece.First, rows, piece.Count);
        algebra.Multiply(
            layer.WeightScale, delta, true, InputsOf(piece.Layer, 0, rows), false,
            0.0, WeightsIn(gradients, piece.Layer).View(piece.First, 0, piece.Count, Columns(piece.Layer)));
        if (layer.HasBiases)
        {
            var bias = gradients.AsSpan(offsets[piece.Layer] + layer.Weights + piece.First, piece.Count);
            algebra.Multiply(
                layer.BiasScale, delta, true, Rows(ones, 1, 0, rows), false, 0.0, new MatrixSpan<T>(bias, piece.Count, 1));
        }
    }

    /// <summary>Units of a layer, or for the layer after the last columns of the readout, whose gradients are one product.</summary>
    private readonly record struct Piece(int Layer, int First, int Count);
}
