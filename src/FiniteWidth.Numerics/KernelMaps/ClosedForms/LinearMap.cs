using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(z) = z: K = c12.</summary>
internal sealed class LinearMap() : ClosedFormMap<LinearMap.Formula>(default)
{
    internal override bool VanishesWithCovariance => true;

    public override double Variance(double c) => c;

    public override double VarianceDerivative(double c) => 1.0;

    public override double Mean(double c) => 0.0;

    public override double MeanDerivative(double c) => 0.0;

    internal readonly struct Formula : IPairFormula
    {
        public PointFeatures<double> Prepare(double variance) => default;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V> => c12;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V> => new(1.0, 0.0, 0.0);
    }
}
