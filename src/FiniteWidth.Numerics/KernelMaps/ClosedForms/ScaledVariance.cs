using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>
/// The geometry of a pair of Gaussian variables in units that neither overflow nor round: c = m 4^e with m in [1, 4).
/// </summary>
/// <remarks>
/// Features of a point: m, 2^e and 2^-e; a point of variance 0 has m = 1 and both scales 0, which makes every pair with it
/// uncorrelated. Scaling by powers of two is exact, so sqrt(m1 m2) is exactly m for duplicated points: the angle between
/// them is then exactly 0 where c12 = c11 = c22 to the bit, and clamped to 0 where rounding has put c12 above that.
/// </remarks>
internal static class ScaledVariance
{
    public const double SmallestNormal = 2.2250738585072014e-308;

    public static PointFeatures<double> Prepare(double c)
    {
        if (c == 0.0)
        {
            return new(1.0, 0.0, 0.0);
        }

        var exponent = Math.ILogB(c) >> 1;
        return new(Math.ScaleB(c, -2 * exponent), Math.ScaleB(1.0, exponent), Math.ScaleB(1.0, -exponent));
    }

    /// <summary>x = s cos theta, y = s sin theta and s = sqrt(c11 c22), all divided by the scales of the two points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Sides<V> Sides<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
        where V : struct, ILanes<V>
    {
        var s = V.Sqrt(left.First * right.First);
        var scaled = c12 * left.Third * right.Third;
        var x = V.Min(V.Max(scaled, -s), s);
        return new(x, V.Sqrt((s - x) * (s + x)), s);
    }

    /// <summary>Undoes the scaling of a number that is homogeneous of degree one in sqrt(c11 c22).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Rescale<V>(V value, in PointFeatures<V> left, in PointColumns<V> right)
        where V : struct, ILanes<V> =>
        value * left.Second * right.Second;
}

/// <summary>A right-angled triangle: x = s cos theta, y = s sin theta.</summary>
internal readonly record struct Sides<V>(V X, V Y, V S);
