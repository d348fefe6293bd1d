using System;
using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(z) = exp z: K = exp((c11 + c22)/2 + c12).</summary>
internal sealed class ExponentialMap() : ClosedFormMap<ExponentialMap.Formula>(default)
{
    public override double Variance(double c) => Math.Exp(2.0 * c);

    public override double VarianceDerivative(double c) => 2.0 * Math.Exp(2.0 * c);

    public override double Mean(double c) => Math.Exp(0.5 * c);

    public override double MeanDerivative(double c) => 0.5 * Math.Exp(0.5 * c);

    /// <remarks>Features: c/2.</remarks>
    internal readonly struct Formula : IPairFormula
    {
        public PointFeatures<double> Prepare(double variance) => new(0.5 * variance, 0.0, 0.0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V> => Vectors.Exponential.Exp(left.First + right.First + c12);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V>
        {
            var k = Vectors.Exponential.Exp(left.First + right.First + c12);
            return new(k, 0.5 * k, 0.5 * k);
        }
    }
}
