using System;

namespace FiniteWidth.Numerics;

/// <summary>Gauss quadrature on an interval: the integral of f from a to b is about sum_i w_i f(x_i).</summary>
public static class GaussLegendre
{
    /// <summary>The rule with <paramref name="order"/> nodes on [<paramref name="from"/>, <paramref name="to"/>].</summary>
    public static QuadratureRule Rule(int order, double from, double to)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order);
        if (!(double.IsFinite(from) && double.IsFinite(to)) || from > to)
        {
            throw new ArgumentException($"Quadrature needs a finite interval with its ends in order, not [{from}, {to}].", nameof(to));
        }

        var nodes = new double[order];
        var weights = new double[order];
        double middle = from + ((to - from) / 2), radius = (to - from) / 2;
        for (var i = 0; i < (order + 1) / 2; i++)
        {
            // The zeros in decreasing order; Newton from this guess converges for every order.
            var x = Math.Cos(Math.PI * (i + 0.75) / (order + 0.5));
            var slope = 0.0;
            for (var step = 0; step < 6; step++)
            {
                (var value, slope) = Legendre(order, x);
                x -= value / slope;
            }

            if (2 * i == order - 1)
            {
                x = 0;
            }

            (_, slope) = Legendre(order, x);
            var weight = 2 * radius / ((1 - x) * (1 + x) * slope * slope);
            (nodes[order - 1 - i], nodes[i]) = (middle + (radius * x), middle - (radius * x));
            (weights[order - 1 - i], weights[i]) = (weight, weight);
        }

        return new QuadratureRule(nodes, weights);
    }

    /// <summary>P_n(x) and its derivative, inside (-1, 1).</summary>
    private static (double Value, double Slope) Legendre(int n, double x)
    {
        double previous = 0, current = 1;
        for (var k = 0; k < n; k++)
        {
            (previous, current) = (current, ((((2 * k) + 1) * x * current) - (k * previous)) / (k + 1));
        }

        return (current, n * (previous - (x * current)) / ((1 - x) * (1 + x)));
    }
}
