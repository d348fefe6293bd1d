using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// A tilt of one unit that depends on its share z = v n.phi/sqrt(N) of a direction n alone: straight lines between values on a grid.
/// </summary>
public sealed class DirectionalTilt
{
    private readonly UniformGrid grid;
    private readonly double[] values;

    /// <summary>n (P) and the logarithm of the tilt at the points of a grid of z.</summary>
    public DirectionalTilt(ReadOnlySpan<double> direction, UniformGrid grid, ReadOnlySpan<double> values)
    {
        Lengths.Same(grid.Count, values.Length);
        Direction = new float[direction.Length];
        Entries.Convert(direction, Direction.AsSpan());
        this.grid = grid;
        this.values = values.ToArray();
    }

    internal float[] Direction { get; }

    internal double Value(double z) => grid.Interpolate(values, z);

    internal double Slope(double z)
    {
        var (i, _) = grid.Locate(z);
        return (values[i + 1] - values[i]) / grid.Step;
    }
}
