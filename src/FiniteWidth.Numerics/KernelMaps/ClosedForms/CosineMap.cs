using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(z) = cos z: K = exp(-(c11 + c22)/2) cosh c12.</summary>
internal sealed class CosineMap() : ClosedFormMap<CosineMap.Formula>(default)
{
    public override double Variance(double c) => 0.5 * (1.0 + Math.Exp(-2.0 * c));

    public override double VarianceDerivative(double c) => -Math.Exp(-2.0 * c);

    public override double Mean(double c) => Math.Exp(-0.5 * c);

    public override double MeanDerivative(double c) => -0.5 * Math.Exp(-0.5 * c);

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
            return 0.5 * Exponential.Exp(e) * (1.0 + Exponential.Exp(-2.0 * a));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var a = V.Abs(c12);
            var e = 0.5 * Exponential.Exp(V.Min(a - (left.First + right.First), 0.0));
            var f = Exponential.Expm1(-2.0 * a);
            var shift = -0.5 * V.Fma(e, f, 2.0 * e);
            return new(V.Select(c12 < 0.0, e * f, -(e * f)), shift, shift);
        }
    }
}
