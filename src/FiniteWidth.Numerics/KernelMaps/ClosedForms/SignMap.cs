using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>
/// sigma(z) = offset + scale sign z for z other than 0, and sigma(0) = zero: K = m1 m2 + scale^2 (2/pi) arcsin rho. The mean m of a point
/// is the offset, and zero at variance 0, where rho is 0. The sign itself has (0, 1, 0), the step (1/2, 1/2, 0).
/// </summary>
internal sealed class SignMap(double offset, double scale, double zero)
    : ClosedFormMap<SignMap.Formula>(new Formula(offset, scale, zero))
{
    public override PairMap? Slope => null;

    public override double Variance(double c) => c > 0.0 ? (offset * offset) + (scale * scale) : zero * zero;

    public override double VarianceDerivative(double c) => 0.0;

    public override double Mean(double c) => c > 0.0 ? offset : zero;

    public override double MeanDerivative(double c) => 0.0;

    /// <remarks>Features: m and 2^-e of <see cref="ScaledVariance"/>, and between them the mean of sigma.</remarks>
    internal readonly struct Formula(double offset, double scale, double zero) : IPairFormula
    {
        /// <summary>
        /// The smallest sine of an angle that a correlation rounded some tens of times can tell from 0. Below it rho counts as -1 or 1, where
        /// it has an extremum: a change of the parameters that moves two points apart and back has no slope there, although dK/drho has no
        /// bound.
        /// </summary>
        private const double SmallestSine = 1.0 / (1 << 23);

        private readonly double amplitude = scale * scale * 2.0 / Math.PI;

        public PointFeatures<double> Prepare(double variance)
        {
            var (m, _, inverseScale) = ScaledVariance.Prepare(variance);
            return new(m, variance > 0.0 ? offset : zero, inverseScale);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var (x, y, s) = ScaledVariance.Sides(c12, left, right);
            var isZero = y <= s * SmallestSine;
            x = V.Select(isZero, V.CopySign(s, x), x);
            y = V.Select(isZero, 0.0, y);
            return V.Fma(amplitude, InverseTrigonometric.Atan2(x, y), left.Second * right.Second);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var (x, y, s) = ScaledVariance.Sides(c12, left, right);
            var inverse = V.Select(y <= s * SmallestSine, 0.0, amplitude / y);
            var shift = x * inverse * -0.5;
            return new(
                inverse * left.Third * right.Third,
                shift / left.First * left.Third * left.Third,
                shift / right.First * right.Third * right.Third);
        }
    }
}
