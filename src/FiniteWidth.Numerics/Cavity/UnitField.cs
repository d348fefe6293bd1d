using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// The field of the other N - 1 units, seen by one: exp(v B - v^2 Q/2) times the message of a direction, B = phi.g/sqrt(N) and
/// Q = phi^T G phi/N.
/// </summary>
public sealed class UnitField
{
    /// <summary>g (P), G (P x P) and a message along one direction where that is not Gaussian.</summary>
    public UnitField(double width, ReadOnlySpan<double> g, Matrix curvature, DirectionMessage? message)
    {
        ArgumentNullException.ThrowIfNull(curvature);
        Require.Shape(curvature, g.Length, g.Length, nameof(curvature));
        RootWidth = Math.Sqrt(width);
        Linear = new float[g.Length];
        Entries.Convert(g, Linear.AsSpan());
        Curvature = Entries.Copy<float>(curvature);
        Message = message;
    }

    /// <summary>The message along a direction.</summary>
    public DirectionMessage? Message { get; }

    internal double RootWidth { get; }

    internal float[] Linear { get; }

    internal float[] Curvature { get; }

    /// <summary>The logarithm of the tilt at readout v.</summary>
    internal double Tilt(double v, double b, double q, double u) =>
        (v * b) - (0.5 * v * v * q) + (Message?.Value(v * u) ?? 0.0);
}
