using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// The field of the other N - 1 units, seen by one: exp(v B - v^2 Q/2), B = phi.g/sqrt(N) and Q = phi^T G phi/N; of infinitely many,
/// exp(v B) with B = phi.g. Where a direction of the targets is not taken for Gaussian, times what that changes along it.
/// </summary>
public sealed class UnitField
{
    /// <summary>N, g (P) and G (P x P), and a tilt along one direction, where there is one.</summary>
    public UnitField(double width, ReadOnlySpan<double> g, Matrix curvature, DirectionalTilt? along = null)
    {
        ArgumentNullException.ThrowIfNull(curvature);
        Require.Shape(curvature, g.Length, g.Length, nameof(curvature));
        RootWidth = Math.Sqrt(width);
        Linear = new float[g.Length];
        Entries.Convert(g, Linear.AsSpan());
        Curvature = Entries.Copy<float>(curvature);
        Along = along;
        if (along is not null)
        {
            Lengths.Same(g.Length, along.Direction.Length);
        }
    }

    /// <summary>g (P), without a curvature: B = phi.g and Q = 0.</summary>
    public UnitField(ReadOnlySpan<double> g)
    {
        RootWidth = 1.0;
        Linear = new float[g.Length];
        Entries.Convert(g, Linear.AsSpan());
    }

    internal double RootWidth { get; }

    internal float[] Linear { get; }

    /// <summary>None where the field has no curvature.</summary>
    internal float[]? Curvature { get; }

    internal DirectionalTilt? Along { get; }

    /// <summary>The logarithm of the tilt at readout v of a unit with B, Q and u = n.phi/sqrt(N).</summary>
    internal double Tilt(double v, double b, double q, double u) => (v * b) - (0.5 * v * v * q) + (Along?.Value(v * u) ?? 0.0);
}
