using System;

namespace FiniteWidth.Numerics;

/// <summary>Gauss quadrature for the standard normal measure: E[f(z)], z ~ N(0, 1), is about sum_i w_i f(x_i).</summary>
public static class GaussHermite
{
    private const double Large = 1e150;

    /// <summary>The rule with <paramref name="order"/> nodes, the zeros of the Hermite polynomial He_order.</summary>
    /// <remarks>
    /// Weights are accurate relative to themselves, not only to 1; those below the smallest number (from order 390 on,
    /// far in the tails) are 0.
    /// </remarks>
    public static QuadratureRule Rule(int order)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order);
        var nodes = new double[order];
        var weights = new double[order];
        var half = order / 2;
        for (var i = 0; i < order - half; i++)
        {
            // Positive nodes, from the middle outwards; the middle one of an odd order is 0.
            var index = half + i;
            var isMiddle = order - 1 - index == index;
            var node = isMiddle ? 0 : Polish(order, Bisect(order, index));
            var (last, _, scale) = Orthonormal(order, node);
            var weight = (1 / last) * (1 / last) / order * Math.Exp(-2 * scale);
            (nodes[index], nodes[order - 1 - index]) = (node, isMiddle ? 0 : -node);
            (weights[index], weights[order - 1 - index]) = (weight, weight);
        }

        return new QuadratureRule(nodes, weights);
    }

    /// <summary>Zero number <paramref name="index"/> of He_n, within a small part of the distance to the next.</summary>
    private static double Bisect(int n, int index)
    {
        // All zeros lie below 2 sqrt(n), and neighbours are at least pi/sqrt(n) apart.
        double low = 0, high = 2 * Math.Sqrt(n);
        while (high - low > 1e-4 / Math.Sqrt(n))
        {
            var middle = (low + high) / 2;
            if (ZerosBelow(n, middle) > index)
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return (low + high) / 2;
    }

    /// <summary>How many zeros of He_n lie below x.</summary>
    private static int ZerosBelow(int n, double x)
    {
        // The ratios He_(k+1)(x)/He_k(x) are the pivots of x I - J, J the Jacobi matrix whose eigenvalues are the zeros:
        // by Sylvester's law of inertia one positive pivot a zero below x.
        var count = 0;
        var ratio = 1.0;
        for (var k = 0; k < n; k++)
        {
            ratio = x - (k / ratio);
            if (ratio == 0)
            {
                ratio = double.Epsilon;
            }

            if (ratio > 0)
            {
                count++;
            }
        }

        return count;
    }

    private static double Polish(int n, double x)
    {
        // Quadratic convergence from 1e-4 of the spacing: the third step is below rounding.
        for (var step = 0; step < 4; step++)
        {
            var (previous, current, _) = Orthonormal(n, x);
            x -= current / (Math.Sqrt(n) * previous);
        }

        return x;
    }

    /// <summary>
    /// p_(n-1)(x) and p_n(x), p_k = He_k/sqrt(k!), both divided by exp(LogScale): p_n' = sqrt(n) p_(n-1), and at a zero of p_n
    /// the Gauss weight is 1/(n p_(n-1)^2).
    /// </summary>
    private static (double Previous, double Current, double LogScale) Orthonormal(int n, double x)
    {
        double previous = 0, current = 1, scale = 0;
        for (var k = 0; k < n; k++)
        {
            (previous, current) = (current, ((x * current) - (Math.Sqrt(k) * previous)) / Math.Sqrt(k + 1));
            if (Math.Abs(current) > Large)
            {
                previous /= Large;
                current /= Large;
                scale += Math.Log(Large);
            }
        }

        return (previous, current, scale);
    }
}
