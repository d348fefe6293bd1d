using FiniteWidth.Numerics.Vectors;


namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>What a closed form needs to know of a point; each map says what its three numbers are.</summary>
internal readonly record struct PointFeatures<T>(T First, T Second, T Third);

/// <summary>The derivatives of a kernel map in c12, c11 and c22.</summary>
internal readonly record struct PairDerivatives<V>(V Covariance, V LeftVariance, V RightVariance);

/// <summary>A closed form of E[sigma(z1) sigma(z2)], written once for every vector width.</summary>
/// <remarks>Exchanging the two points must not change a bit of the value, so formulas are symmetric as they are evaluated.</remarks>
internal interface IPairFormula
{
    PointFeatures<double> Prepare(double variance);

    V Value<V>(V c12, in PointFeatures<V> left, in PointFeatures<V> right)
        where V : struct, ILanes<V>;

    PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointFeatures<V> right)
        where V : struct, ILanes<V>;
}
