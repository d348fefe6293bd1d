using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(z) = erf z: K = (2/pi) arcsin x, x = 2 c12 t1 t2, t = 1/sqrt(1 + 2c).</summary>
internal sealed class ErfMap() : ClosedFormMap<ErfMap.Formula>(default)
{
    internal override bool VanishesWithCovariance => true;

    public override double Variance(double c) => 2.0 / Math.PI * Math.Atan2(2.0 * c, Math.Sqrt(1.0 + (4.0 * c)));

    public override double VarianceDerivative(double c) => 4.0 / Math.PI / (1.0 + (2.0 * c)) / Math.Sqrt(1.0 + (4.0 * c));

    public override double Mean(double c) => 0.0;

    public override double MeanDerivative(double c) => 0.0;

    /// <remarks>
    /// Features: m and 2^e of <see cref="ScaledVariance"/>, and t. At large variances x is so near to 1 that its own rounding
    /// would show. There arcsin x comes from the smaller of |x| and y, with y^2 = 1 - x^2 free of cancellation: y^2 = (1 - r^2) + (r - x)(r + x), where
    /// r = 2 sqrt(c11 c22) t1 t2 is the largest x there can be and 1 - r^2 = t1^2 + t2^2 - t1^2 t2^2.
    /// </remarks>
    internal readonly struct Formula : IPairFormula
    {
        /// <summary>t for a variance of 8: up to there the rounding of x costs less than 4 units in the last place of arcsin x.</summary>
        private const double SmallestModerate = 0.24253562503633297;

        public PointFeatures<double> Prepare(double variance)
        {
            var (m, scale, _) = ScaledVariance.Prepare(variance);
            return new(m, scale, 1.0 / Math.Sqrt(1.0 + (2.0 * variance)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            V t1 = left.Third, t2 = right.Third;
            var moderate = V.Min(t1, t2) >= SmallestModerate;
            var x = V.Min(V.Max(2.0 * c12 * (t1 * t2), -1.0), 1.0);
            var angle = InverseTrigonometric.Asin(x);
            if (!V.All(moderate))
            {
                angle = V.Select(moderate, angle, AngleAtLargeVariances(c12, left, right));
            }

            return angle * (2.0 / Math.PI);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var x = Sine(c12, left, right, out var y);
            V factor = (2.0 / Math.PI) / y;
            var shift = -(x * factor);
            return new(
                2.0 * factor * (left.Third * right.Third),
                shift * (left.Third * left.Third),
                shift * (right.Third * right.Third));
        }

        // Kept out of the loops that inline the rest; the features come by value, so that the loops may keep them in registers.
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        private static V AngleAtLargeVariances<V>(V c12, PointFeatures<V> left, PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var x = Sine(c12, left, right, out var y);
            return InverseTrigonometric.Angle(x, y);
        }

        /// <summary>x, clamped to where the Cauchy-Schwarz inequality holds, and y = sqrt(1 - x^2).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Sine<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right, out V y)
            where V : struct, ILanes<V>
        {
            var t = left.Third * right.Third;
            var s = V.Sqrt(left.First * right.First) * left.Second * right.Second;
            var c = V.Min(V.Max(c12, -s), s);
            V a = left.Third * left.Third, b = right.Third * right.Third;
            var remainder = a + b - (a * b);
            y = V.Sqrt(V.Fma(4.0 * ((s - c) * t), (s + c) * t, remainder));
            return 2.0 * c * t;
        }
    }
}
