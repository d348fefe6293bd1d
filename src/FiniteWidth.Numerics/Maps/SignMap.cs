using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.Maps;

/// <summary>
/// sigma(z) = offset + scale sign z: K = offset^2 + scale^2 (2/pi) arcsin rho. The sign itself has (0, 1), the step (1/2, 1/2),
/// both with sign 0 = 0.
/// </summary>
internal sealed class SignMap(double offset, double scale) : ClosedFormMap<SignMap.Formula>(new Formula(offset, scale))
{
    public override PairMap? Slope => null;

    public override double Variance(double c) => (offset * offset) + (c > 0.0 ? scale * scale : 0.0);

    public override double VarianceDerivative(double c) => 0.0;

    public override double Mean(double c) => offset;

    public override double MeanDerivative(double c) => 0.0;

    internal readonly struct Formula(double offset, double scale) : IPairFormula
    {
        /// <summary>
        /// The smallest sine of an angle that a correlation rounded to double precision can tell from 0. The derivatives,
        /// unbounded where two points coincide, are cut off there.
        /// </summary>
        private const double SmallestSine = 1.0 / (1 << 26);

        private readonly double square = offset * offset;
        private readonly double amplitude = scale * scale * 2.0 / Math.PI;

        public Features<double> Prepare(double variance) => ScaledVariance.Prepare(variance);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in Features<V> left, in Features<V> right)
            where V : struct, ILanes<V>
        {
            var (x, y, _) = ScaledVariance.Sides(c12, left, right);
            return V.Fma(amplitude, InverseTrigonometric.Atan2(x, y), square);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in Features<V> left, in Features<V> right)
            where V : struct, ILanes<V>
        {
            var (x, y, s) = ScaledVariance.Sides(c12, left, right);
            var inverse = amplitude / V.Max(y, s * SmallestSine);
            var shift = x * inverse * -0.5;
            return new(
                inverse * left.Third * right.Third,
                shift / left.First * left.Third * left.Third,
                shift / right.First * right.Third * right.Third);
        }
    }
}
