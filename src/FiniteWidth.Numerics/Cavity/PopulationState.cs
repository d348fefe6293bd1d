using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>Where the units of a <see cref="UnitPopulation"/> are: their weights, their nodes and the steps of the nodes.</summary>
public sealed class PopulationState
{
    internal PopulationState(float[] positions, int[] nodes, double[] steps) => (Positions, Nodes, Steps) = (positions, nodes, steps);

    /// <summary>The number of units.</summary>
    public int Units => Nodes.Length;

    /// <summary>The number of nodes.</summary>
    public int NodeCount => Steps.Length;

    /// <summary>The number of weights of a unit.</summary>
    public int Coordinates => Positions.Length / Units;

    internal float[] Positions { get; }

    internal int[] Nodes { get; }

    internal double[] Steps { get; }

    /// <summary>A population of another size at the same places, each taken as often as any other up to one.</summary>
    public PopulationState Resize(int units)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        var d = Coordinates;
        var positions = new float[checked(units * d)];
        var nodes = new int[units];
        for (var i = 0; i < units; i++)
        {
            var from = (int)((long)i * Units / units);
            Positions.AsSpan(from * d, d).CopyTo(positions.AsSpan(i * d));
            nodes[i] = Nodes[from];
        }

        return new PopulationState(positions, nodes, [.. Steps]);
    }
}
