using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>
/// sigma(z) = a max(z, 0) + b min(z, 0): K = (a - b)^2 R + a b c12, where R = s (sin theta + (pi - theta) cos theta)/(2 pi),
/// s = sqrt(c11 c22), is the map of max(z, 0).
/// </summary>
internal sealed class LeakyReluMap(double a, double b) : ClosedFormMap<LeakyReluMap.Formula>(new Formula(a, b))
{
    public override double Variance(double c) => 0.5 * ((a * a) + (b * b)) * c;

    public override double VarianceDerivative(double c) => 0.5 * ((a * a) + (b * b));

    public override double Mean(double c) => (a - b) * Math.Sqrt(c) / Math.Sqrt(2.0 * Math.PI);

    /// <remarks>Unbounded at c = 0; there it is cut off at the smallest normal variance.</remarks>
    public override double MeanDerivative(double c) =>
        (a - b) / (2.0 * Math.Sqrt(2.0 * Math.PI) * Math.Sqrt(Math.Max(c, ScaledVariance.SmallestNormal)));

    internal readonly struct Formula(double a, double b) : IPairFormula
    {
        private readonly double square = (a - b) * (a - b);
        private readonly double product = a * b;

        public PointFeatures<double> Prepare(double variance) => ScaledVariance.Prepare(variance);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var (x, y, s) = ScaledVariance.Sides(c12, left, right);
            var angle = InverseTrigonometric.Atan2(y, -x); // pi - theta
            var r = V.Select(angle < 1.0, s * NearOpposite(angle), V.Fma(angle, x, y)) * (0.5 / Math.PI);
            return ScaledVariance.Rescale(V.Fma(square, r, product * x), left, right);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var (x, y, _) = ScaledVariance.Sides(c12, left, right);
            var angle = InverseTrigonometric.Atan2(y, -x);
            var weight = square * (0.25 / Math.PI) * y;
            return new(
                V.Fma(square * (0.5 / Math.PI), angle, product),
                weight / left.First * left.Third * right.Second,
                weight / right.First * right.Third * left.Second);
        }

        /// <summary>sin p - p cos p for p below 1, which cancels as p^3/3 does.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V NearOpposite<V>(V p)
            where V : struct, ILanes<V>
        {
            var u = p * p;
            V q = -4.4395134340839854e-14;
            q = V.Fma(q, u, 1.0705075399218444e-11);
            q = V.Fma(q, u, -1.9270844541424362e-09);
            q = V.Fma(q, u, 2.505210834766897e-07);
            q = V.Fma(q, u, -2.2045855379092596e-05);
            q = V.Fma(q, u, 0.0011904761904761784);
            q = V.Fma(q, u, -0.03333333333333333);
            q = V.Fma(q, u, 0.3333333333333333);
            return q * u * p;
        }
    }
}
