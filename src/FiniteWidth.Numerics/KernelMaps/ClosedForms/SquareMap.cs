using System.Runtime.CompilerServices;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(z) = z^2: K = c11 c22 + 2 c12^2.</summary>
internal sealed class SquareMap() : ClosedFormMap<SquareMap.Formula>(default)
{
    public override double Variance(double c) => 3.0 * c * c;

    public override double VarianceDerivative(double c) => 6.0 * c;

    public override double Mean(double c) => c;

    public override double MeanDerivative(double c) => 1.0;

    /// <remarks>Features: c.</remarks>
    internal readonly struct Formula : IPairFormula
    {
        public PointFeatures<double> Prepare(double variance) => new(variance, 0.0, 0.0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V> => V.Fma(left.First, right.First, 2.0 * c12 * c12);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
            where V : struct, ILanes<V> => new(4.0 * c12, right.First, left.First);
    }
}
