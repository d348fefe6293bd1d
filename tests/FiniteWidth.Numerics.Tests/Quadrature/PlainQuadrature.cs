using System;

namespace FiniteWidth.Numerics.Tests;

/// <summary>Gaussian averages by brute force: panels of a Gauss-Legendre rule over [-12, 12], with an end wherever sigma may have a kink.</summary>
internal static class PlainQuadrature
{
    private const double Reach = 12.0;
    private const int Panels = 16;

    private static readonly QuadratureRule Rule = GaussLegendre.Rule(20, 0.0, 1.0);

    /// <summary>E[f(z)], z ~ N(0, 1), for an f that is smooth but at <paramref name="kink"/>.</summary>
    public static double Mean(Func<double, double> f, double kink = 0.0)
    {
        var middle = Math.Clamp(kink, -Reach, Reach);
        return Half(f, -Reach, middle) + Half(f, middle, Reach);
    }

    /// <summary>E[sigma(z1) sigma(z2)] for a sigma that is smooth but at 0.</summary>
    public static double Pair(Func<double, double> sigma, double c11, double c12, double c22)
    {
        var slope = c12 / Math.Sqrt(c11);
        var spread = Math.Sqrt(c22 - (slope * slope));
        return Mean(u => sigma(Math.Sqrt(c11) * u) * Mean(v => sigma((slope * u) + (spread * v)), -slope * u / spread));
    }

    private static double Half(Func<double, double> f, double from, double to)
    {
        var sum = 0.0;
        var width = (to - from) / Panels;
        for (var p = 0; p < Panels; p++)
        {
            for (var i = 0; i < Rule.Order; i++)
            {
                var z = from + ((p + Rule.Nodes[i]) * width);
                sum += width * Rule.Weights[i] * Math.Exp(-0.5 * z * z) * f(z);
            }
        }

        return sum / Math.Sqrt(2.0 * Math.PI);
    }
}
