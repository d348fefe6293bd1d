using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// What the message of the other units along one direction n adds to the logarithm of the Gaussian tilt: a function r(z) of this
/// unit's own z = v n.phi/sqrt(N), given on an even grid and linear between its points.
/// </summary>
public sealed class DirectionMessage
{
    private readonly double lower;
    private readonly double step;
    private readonly double[] values;
    private readonly float[] direction;

    /// <summary>r at lower, lower + step, ... along the unit vector n.</summary>
    public DirectionMessage(ReadOnlySpan<double> direction, double lower, double step, ReadOnlySpan<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, 2);
        this.direction = new float[direction.Length];
        Entries.Convert(direction, this.direction.AsSpan());
        this.lower = lower;
        this.step = step;
        this.values = values.ToArray();
    }

    internal ReadOnlySpan<float> Direction => direction;

    /// <summary>r(z), constant beyond the grid.</summary>
    public double Value(double z)
    {
        var (cell, share) = Cell(z);
        return values[cell] + (share * (values[cell + 1] - values[cell]));
    }

    /// <summary>r'(z), 0 beyond the grid.</summary>
    public double Slope(double z)
    {
        var (cell, share) = Cell(z);
        return share is > 0.0 and < 1.0 ? (values[cell + 1] - values[cell]) / step : 0.0;
    }

    private (int Cell, double Share) Cell(double z)
    {
        var place = Math.Clamp((z - lower) / step, 0.0, values.Length - 1.0);
        var cell = Math.Min((int)place, values.Length - 2);
        return (cell, place - cell);
    }
}
