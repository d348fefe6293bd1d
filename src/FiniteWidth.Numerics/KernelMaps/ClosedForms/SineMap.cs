using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(z) = sin z: K = exp(-(c11 + c22)/2) sinh c12.</summary>
internal sealed class SineMap() : ClosedFormMap<SineMap.Formula>(default)
{
    internal override bool VanishesWithCovariance => true;

    public override double Variance(double c) => c < 1.0 ? Math.Exp(-c) * Math.Sinh(c) : 0.5 * (1.0 - Math.Exp(-2.0 * c));

    public override double VarianceDerivative(double c) => Math.Exp(-2.0 * c);

    public override double Mean(double c) => 0.0;

    public override double MeanDerivative(double c) => 0.0;

    /// <remarks>Features: c/2.</remarks>
    internal readonly struct Formula : IPairFormula
    {
        public PointFeatures<double> Prepare(double variance) => new(0.5 * variance, 0.0, 0.0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var a = V.Abs(c12);
            var e = V.Min(a - (left.First + right.First), 0.0);
            return V.CopySign(-0.5 * Exponential.Exp(e) * Exponential.Expm1(-2.0 * a), c12);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var a = V.Abs(c12);
            var e = 0.5 * Exponential.Exp(V.Min(a - (left.First + right.First), 0.0));
            var d = Exponential.Expm1(-2.0 * a);
            var half = 0.5 * e * d;
            var shift = V.Select(c12 > 0.0, half, -half);
            return new(V.Fma(e, d, 2.0 * e), shift, shift);
        }
    }
}
