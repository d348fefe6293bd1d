using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>The coefficients in h_k(z) of sigma, sigma' and sigma'' at sqrt(c) z, for one variance c, and E[sigma^2].</summary>
/// <remarks>
/// Integration by parts gives those of the derivatives without differentiating sigma:
/// d_k = sqrt(k + 1) a_(k+1)/sqrt(c) and e_k = sqrt((k + 1)(k + 2)) a_(k+2)/c.
/// </remarks>
internal sealed class HermiteExpansion(double[] value, double[] slope, double[] curvature, double secondMoment)
{
    /// <summary>A smaller variance is taken for this one where sigma is not smooth.</summary>
    public const double SmallestVariance = 1e-30;

    /// <summary>Enough for every derivative to have its leading terms, however small the variance.</summary>
    public const int SmallestOrder = 4;

    /// <summary>The error of E[sigma^2] and of the sum of squares that is compared with it.</summary>
    private const double Rounding = 2e-14;

    /// <summary>a_k.</summary>
    public double[] Value => value;

    /// <summary>d_k.</summary>
    public double[] Slope => slope;

    /// <summary>e_k.</summary>
    public double[] Curvature => curvature;

    /// <summary>
    /// The smallest order beyond which no more than a fraction of E[sigma^2] - E[sigma]^2 is left, if there is one.
    /// </summary>
    /// <remarks>The mean is no part of the yardstick, so that the derivatives of a nearly constant kernel are good as well.</remarks>
    public int? OrderFor(double tolerance)
    {
        var left = secondMoment - (value[0] * value[0]);
        var allowed = Math.Max(tolerance * left, Rounding * secondMoment);
        for (var k = 1; k < value.Length; k++)
        {
            left -= value[k] * value[k];
            if (k >= SmallestOrder && left <= allowed)
            {
                return k;
            }
        }

        return null;
    }

    /// <summary>What lies beyond an order, as a fraction of E[sigma^2].</summary>
    public double ErrorAt(int order) => secondMoment == 0.0 ? 0.0 : Math.Abs(Beyond(order)) / secondMoment;

    /// <summary>What lies beyond an order, as a fraction of E[sigma^2] - E[sigma]^2.</summary>
    public double FluctuationBeyond(int order) => Beyond(0) == 0.0 ? 0.0 : Math.Abs(Beyond(order)) / Math.Abs(Beyond(0));

    private double Beyond(int order)
    {
        var left = secondMoment;
        for (var k = 0; k <= order; k++)
        {
            left -= value[k] * value[k];
        }

        return left;
    }

    public static HermiteExpansion At(double c, int order, Parity parity, NormalNodes nodes, SmallVariances small)
    {
        nodes.Place(c, order + 2);
        var a = new double[order + 3];
        HermiteProjection.Project(nodes, a);
        for (var k = 0; k < a.Length; k++)
        {
            a[k] = parity.Has(k) ? a[k] : 0.0;
        }

        double[] slope = new double[order + 1], curvature = new double[order + 1];
        if (!small.TryDerivatives(c, slope, curvature))
        {
            var floor = Math.Max(c, SmallestVariance);
            for (var k = 0; k <= order; k++)
            {
                slope[k] = Math.Sqrt(k + 1.0) * a[k + 1] / Math.Sqrt(floor);
                curvature[k] = Math.Sqrt((k + 1.0) * (k + 2.0)) * a[k + 2] / floor;
            }
        }

        return new HermiteExpansion(a[..(order + 1)], slope, curvature, nodes.SecondMoment);
    }
}
