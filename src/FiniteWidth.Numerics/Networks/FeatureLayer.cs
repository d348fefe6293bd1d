using System;
using System.Collections.Generic;

namespace FiniteWidth.Numerics.Networks;

/// <summary>
/// A layer sigma(a W x + c b): its parameters are the weights W (units x inputs), row by row, and after them the biases b (one a unit)
/// unless their scale c is 0.
/// </summary>
public sealed record FeatureLayer
{
    /// <summary>A layer of <paramref name="units"/> units over <paramref name="inputs"/> inputs.</summary>
    public FeatureLayer(int inputs, int units, double weightScale, double biasScale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        (Inputs, Units, WeightScale, BiasScale) = (inputs, units, weightScale, biasScale);
    }

    /// <summary>
    /// A convolutional layer: at each of its positions its units see the positions of the layer below that <paramref name="gather"/> names one after the
    /// other, <paramref name="footprint"/> of them for every position, zeros where it is -1.
    /// </summary>
    public FeatureLayer(int inputs, int units, double weightScale, double biasScale, int footprint, IReadOnlyList<int> gather)
        : this(inputs, units, weightScale, biasScale)
    {
        ArgumentNullException.ThrowIfNull(gather);
        ArgumentOutOfRangeException.ThrowIfLessThan(footprint, 1);
        if (gather.Count == 0 || gather.Count % footprint != 0 || inputs % footprint != 0)
        {
            throw new ArgumentException(
                $"{gather.Count} places and {inputs} inputs are not a whole number of footprints of {footprint}.", nameof(gather));
        }

        (Footprint, Gather) = (footprint, [.. gather]);
    }

    /// <summary>Number of positions of the layer below that a unit sees; 1 where there is none or a unit sees its own.</summary>
    public int Footprint { get; } = 1;

    /// <summary>Number of positions that a point has here; 0 where it has those of the layer below.</summary>
    public int Positions => Gather.Length / Footprint;

    /// <summary>The positions below that each position sees; empty where each sees its own.</summary>
    internal int[] Gather { get; } = [];

    /// <summary>Number of inputs of a unit.</summary>
    public int Inputs { get; }

    /// <summary>Number of units.</summary>
    public int Units { get; }

    /// <summary>a.</summary>
    public double WeightScale { get; }

    /// <summary>c; 0 for a layer without biases.</summary>
    public double BiasScale { get; }

    /// <summary>True where the layer has biases.</summary>
    public bool HasBiases => BiasScale != 0.0;

    /// <summary>The same layer with another number of units.</summary>
    public FeatureLayer WithUnits(int units) =>
        Positions == 0
            ? new(Inputs, units, WeightScale, BiasScale)
            : new(Inputs, units, WeightScale, BiasScale, Footprint, Gather);

    /// <summary>Number of weights.</summary>
    public int Weights => checked(Units * Inputs);

    /// <summary>Number of weights and biases.</summary>
    public int Parameters => checked(Weights + (HasBiases ? Units : 0));
}
