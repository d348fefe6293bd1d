using System;
using System.Runtime.Intrinsics;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>What series of sigma and of sigma' do alike with the features of points: 1/sqrt(c) and their coefficients.</summary>
internal static class HermiteFeatures
{
    public const int MaxOnStack = 256;

    // The inverse square roots of two variances above it have a product that does not overflow.
    private const double SmallestCorrelated = 1e-300;

    /// <summary>1/sqrt(c) of every point; 0 where its variance is 0.</summary>
    public static double[] InverseDeviations(ReadOnlySpan<double> variances)
    {
        var inverses = new double[variances.Length];
        for (var i = 0; i < inverses.Length; i++)
        {
            inverses[i] = variances[i] > SmallestCorrelated ? 1.0 / Math.Sqrt(variances[i]) : 0.0;
        }

        return inverses;
    }

    /// <summary>The coefficients of one point, next to one another.</summary>
    public static Span<double> Gather(ReadOnlySpan<double[]> features, int i, Span<double> buffer)
    {
        var gathered = features.Length <= buffer.Length ? buffer[..features.Length] : new double[features.Length];
        for (var f = 0; f < features.Length; f++)
        {
            gathered[f] = features[f][i];
        }

        return gathered;
    }

    /// <summary>target := factor sum_k p_k q_k rho^k over a row of pairs.</summary>
    public static void Sum(
        Parity powers,
        double factor,
        ReadOnlySpan<double> p,
        ReadOnlySpan<double[]> q,
        double left,
        double[] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> target)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            HermiteSeries.Sum<Lanes512>(powers, factor, p, q, left, right, start, c12, target);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            HermiteSeries.Sum<Lanes256>(powers, factor, p, q, left, right, start, c12, target);
        }
        else
        {
            HermiteSeries.Sum<Lanes128>(powers, factor, p, q, left, right, start, c12, target);
        }
    }

    public static void CheckPreparedTogether(double[][] left, double[][] right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException(
                "The points on the left and on the right have series of different orders; prepare them in one call, and index into that.");
        }
    }
}
