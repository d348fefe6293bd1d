using System;

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

    /// <summary>Number of weights.</summary>
    public int Weights => checked(Units * Inputs);

    /// <summary>Number of weights and biases.</summary>
    public int Parameters => checked(Weights + (HasBiases ? Units : 0));
}
