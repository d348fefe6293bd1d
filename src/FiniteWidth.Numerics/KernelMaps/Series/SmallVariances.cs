using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>
/// The derivative coefficients at variances so small that dividing a_(k+1) by sqrt(c), or a_(k+2) by c, would amplify rounding.
/// </summary>
/// <remarks>
/// b_k(c) = E[sigma^(k)(sqrt(c) z)] obeys db_k/dc = b_(k+2)/2, so around a variance c0 that is not so small
/// b_k(c) = sum_m ((c - c0)/2)^m b_(k+2m)(c0)/m!, down to c = 0. The sum ends with the coefficients of c0, few for a smooth
/// sigma; for any other sigma the expansion does not apply.
/// </remarks>
internal sealed class SmallVariances
{
    private const double Center = 1e-3;
    private const int Terms = 24;

    // b_k(c0) sqrt(c0)^k = a_k(c0) sqrt(k!), empty where sigma is not smooth.
    private readonly double[] center;

    public SmallVariances(Func<double, double> sigma, double[] kinks)
    {
        var nodes = new NormalNodes(sigma, kinks);
        nodes.Place(Center, 2 * Terms);
        var a = new double[2 * Terms];
        HermiteProjection.Project(nodes, a);
        var noise = 1e-15 * Math.Sqrt(nodes.SecondMoment);
        var last = Array.FindLastIndex(a, coefficient => Math.Abs(coefficient) > noise);
        center = last < Terms ? a[..(last + 1)] : [];
        var root = 1.0;
        for (var k = 0; k < center.Length; k++)
        {
            center[k] *= root;
            root *= Math.Sqrt(k + 1.0);
        }
    }

    /// <summary>This is the better way to the derivatives at variance c.</summary>
    public bool Covers(double c) => c < Center && center.Length > 0;

    /// <summary>d_k and e_k at c, where this is the better way to them.</summary>
    public bool TryDerivatives(double c, Span<double> slope, Span<double> curvature)
    {
        if (!Covers(c))
        {
            return false;
        }

        // sqrt(c)^k/sqrt(k!) times b_(k+1)(c) and b_(k+2)(c).
        var root = Math.Sqrt(c / Center);
        var power = 1.0;
        for (var k = 0; k < slope.Length; k++)
        {
            slope[k] = power * Derivative(k + 1, c) / Math.Sqrt(Center);
            curvature[k] = power * Derivative(k + 2, c) / Center;
            power *= root / Math.Sqrt(k + 1.0);
        }

        return true;
    }

    /// <summary>b_k(c) sqrt(c0)^k.</summary>
    private double Derivative(int k, double c)
    {
        var step = 0.5 * ((c / Center) - 1.0);
        double sum = 0.0, factor = 1.0;
        for (var m = 0; k + (2 * m) < center.Length; m++)
        {
            sum += factor * center[k + (2 * m)];
            factor *= step / (m + 1);
        }

        return sum;
    }
}
