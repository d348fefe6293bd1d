using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>Evenly spaced points of a line.</summary>
/// <param name="First">The first point.</param>
/// <param name="Step">The distance of neighbours, above 0.</param>
/// <param name="Count">How many there are, at least two.</param>
public readonly record struct UniformGrid(double First, double Step, int Count)
{
    /// <summary>Point i.</summary>
    public double this[int i] => First + (i * Step);

    /// <summary>The interval that z lies in and how far, from 0 to 1: the first or the last one where z is outside.</summary>
    internal (int Interval, double Fraction) Locate(double z)
    {
        var place = Math.Clamp((z - First) / Step, 0.0, Count - 1.0);
        var interval = Math.Min((int)place, Count - 2);
        return (interval, place - interval);
    }

    /// <summary>The value at z of straight lines between values at the points.</summary>
    internal double Interpolate(ReadOnlySpan<double> values, double z)
    {
        var (i, fraction) = Locate(z);
        return values[i] + (fraction * (values[i + 1] - values[i]));
    }
}
