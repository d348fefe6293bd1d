using System;
using System.Collections.Generic;
using System.Linq;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Networks;

/// <summary>
/// A stack of layers over a fixed set of examples, as a function from its parameters to the features Phi (points x features) that it
/// makes of them. An example may consist of several patches, which share the layers' parameters.
/// </summary>
/// <remarks>It holds what is constant; each caller that computes at the same time takes its own <see cref="FeatureWork"/>.</remarks>
public sealed class FeatureMap
{
    private readonly Array inputs;

    /// <summary>Layers over inputs with the patches of a point in successive rows: points * patches rows in all.</summary>
    public FeatureMap(
        Matrix inputs,
        int patches,
        PatchReadout readout,
        IReadOnlyList<FeatureLayer> layers,
        ActivationFunction activation,
        Precision precision)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentOutOfRangeException.ThrowIfLessThan(patches, 1);
        Layers = Chain(layers, checked((int)inputs.Columns));
        if (inputs.Rows % patches != 0)
        {
            throw new ArgumentException($"{inputs.Rows} rows are not a whole number of points of {patches} patches.", nameof(inputs));
        }

        Rows = checked((int)inputs.Rows);
        Positions = PositionsOf(Layers, patches);
        Readout = readout;
        Activation = activation;
        Precision = precision;
        Parameters = Layers.Aggregate(0, (sum, layer) => checked(sum + layer.Parameters));
        Features = Layers[^1].Units * (readout == PatchReadout.Separate ? Patches : 1);
        this.inputs = precision == Precision.Double ? Entries.Copy<double>(inputs) : Entries.Copy<float>(inputs);
    }

    private FeatureMap(FeatureMap other, Precision precision)
    {
        (Layers, Rows, Positions, Readout, Activation) = (other.Layers, other.Rows, other.Positions, other.Readout, other.Activation);
        (Parameters, Features, Precision) = (other.Parameters, other.Features, precision);
        inputs = precision == Precision.Double ? Converted<double>(other.inputs) : Converted<float>(other.inputs);
    }

    private FeatureMap(FeatureMap other, int units)
    {
        (Rows, Positions, Readout, Activation, Precision) =
            (other.Rows, other.Positions, other.Readout, other.Activation, other.Precision);
        Layers = [.. other.Layers.SkipLast(1), other.Layers[^1].WithUnits(units)];
        Parameters = Layers.Aggregate(0, (sum, layer) => checked(sum + layer.Parameters));
        Features = units * (Readout == PatchReadout.Separate ? Patches : 1);
        inputs = other.inputs;
    }

    /// <summary>The layers, the first at the inputs.</summary>
    public IReadOnlyList<FeatureLayer> Layers { get; }

    /// <summary>Number of patches of a point, those of the last layer.</summary>
    public int Patches => Positions[^1];

    /// <summary>Number of points.</summary>
    public int Points => Rows / Positions[0];

    /// <summary>Number of features of a point.</summary>
    public int Features { get; }

    /// <summary>Number of parameters: each layer's weights and biases, layer after layer.</summary>
    public int Parameters { get; }

    /// <summary>The precision of the products.</summary>
    public Precision Precision { get; }

    /// <summary>Rows of the inputs.</summary>
    internal int Rows { get; }

    /// <summary>Number of positions of a point in each layer.</summary>
    internal int[] Positions { get; }

    internal PatchReadout Readout { get; }

    internal ActivationFunction Activation { get; }

    /// <summary>The inputs, row after row, in the precision of the products.</summary>
    internal Array Inputs => inputs;

    /// <summary>The same map with its products in another precision.</summary>
    public FeatureMap In(Precision precision) => precision == Precision ? this : new FeatureMap(this, precision);

    /// <summary>The same map with another number of units in its last layer; what is constant is shared.</summary>
    public FeatureMap WithUnits(int units) => new(this, units);

    /// <summary>For each layer the standard deviation of its preactivations over parameters N(0, 1) and all points, layers of many units.</summary>
    public double[] Deviations()
    {
        var ones = new double[Parameters];
        Array.Fill(ones, 1.0);
        return Deviations(ones);
    }

    /// <summary>
    /// For each layer the standard deviation of its preactivations over its own parameters, N(0, s^2) with the s of each, and all
    /// points; the layers before it have many units and parameters N(0, 1).
    /// </summary>
    public double[] Deviations(double[] scales)
    {
        ArgumentNullException.ThrowIfNull(scales);
        Lengths.Same(Parameters, scales.Length);
        var deviations = new double[Layers.Count];
        var squares = MeanSquaresOfInputs();
        var offset = 0;
        for (var l = 0; l < deviations.Length; l++)
        {
            var layer = Layers[l];
            deviations[l] = Math.Sqrt(Variance(layer, squares, scales.AsSpan(offset, layer.Parameters)));
            offset += layer.Parameters;
            var unit = MeanSquareOfUnit(Math.Sqrt(
                (layer.WeightScale * layer.WeightScale * squares.Sum()) + (layer.BiasScale * layer.BiasScale)));
            squares = new double[l + 1 < deviations.Length ? Layers[l + 1].Inputs : layer.Units];
            Array.Fill(squares, unit);
        }

        return deviations;
    }

    private static int[] PositionsOf(IReadOnlyList<FeatureLayer> layers, int patches)
    {
        var positions = new int[layers.Count];
        for (var l = 0; l < positions.Length; l++)
        {
            var below = l == 0 ? patches : positions[l - 1];
            positions[l] = layers[l].Positions == 0 ? below : layers[l].Positions;
            if (layers[l].Gather.Any(place => place >= below))
            {
                throw new ArgumentException($"Layer {l + 1} sees more positions than the {below} below it.", nameof(layers));
            }
        }

        return positions;
    }

    private static FeatureLayer[] Chain(IReadOnlyList<FeatureLayer> layers, int columns)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0)
        {
            throw new ArgumentException("A feature map has at least one layer.", nameof(layers));
        }

        if (layers[0].Positions != 0)
        {
            throw new ArgumentException("The first layer sees the rows of the inputs: their patches are cut already.", nameof(layers));
        }

        var width = columns;
        foreach (var layer in layers)
        {
            if (layer.Inputs != width * layer.Footprint)
            {
                throw new ArgumentException(
                    $"A layer takes {layer.Inputs} inputs where {width * layer.Footprint} come in; the two must be equal.", nameof(layers));
            }

            width = layer.Units;
        }

        return [.. layers];
    }

    private static T[] Converted<T>(Array entries)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        var copy = GC.AllocateUninitializedArray<T>(entries.Length);
        if (entries is double[] wide)
        {
            Entries.Convert<double, T>(wide, copy);
        }
        else
        {
            Entries.Convert<float, T>((float[])entries, copy);
        }

        return copy;
    }

    // The mean over a layer's units.
    private static double Variance(FeatureLayer layer, double[] squares, ReadOnlySpan<double> scales)
    {
        var weights = 0.0;
        for (var unit = 0; unit < layer.Units; unit++)
        {
            var row = scales.Slice(unit * layer.Inputs, layer.Inputs);
            for (var k = 0; k < row.Length; k++)
            {
                weights += row[k] * row[k] * squares[k];
            }
        }

        var biases = 0.0;
        foreach (var scale in scales[layer.Weights..])
        {
            biases += scale * scale;
        }

        return ((layer.WeightScale * layer.WeightScale * weights) + (layer.BiasScale * layer.BiasScale * biases)) / layer.Units;
    }

    private double MeanSquareOfUnit(double deviation)
    {
        var rule = GaussHermite.Rule(64);
        var values = rule.Nodes.ToArray();
        for (var k = 0; k < values.Length; k++)
        {
            values[k] *= deviation;
        }

        Activation.Apply(values, values);
        var square = 0.0;
        for (var k = 0; k < values.Length; k++)
        {
            square += rule.Weights[k] * values[k] * values[k];
        }

        return square;
    }

    private double[] MeanSquaresOfInputs()
    {
        var entries = Converted<double>(inputs);
        var squares = new double[Layers[0].Inputs];
        for (var i = 0; i < entries.Length; i++)
        {
            squares[i % squares.Length] += entries[i] * entries[i];
        }

        for (var k = 0; k < squares.Length; k++)
        {
            squares[k] /= Rows;
        }

        return squares;
    }
}
