using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>What a closed form needs to know of a point; each map says what its three numbers are.</summary>
internal readonly record struct PointFeatures<T>(T First, T Second, T Third);

/// <summary>The same of as many points side by side as a vector has lanes, loaded when they are asked for: few formulas want all three.</summary>
internal readonly ref struct PointColumns<V>(
    ref readonly double first, ref readonly double second, ref readonly double third, nuint offset)
    where V : struct, ILanes<V>
{
    private readonly ref readonly double first = ref first;
    private readonly ref readonly double second = ref second;
    private readonly ref readonly double third = ref third;

    public V First => V.Load(in first, offset);

    public V Second => V.Load(in second, offset);

    public V Third => V.Load(in third, offset);
}

/// <summary>The derivatives of a kernel map in c12, c11 and c22.</summary>
internal readonly record struct PairDerivatives<V>(V Covariance, V LeftVariance, V RightVariance);

/// <summary>A closed form of E[sigma(z1) sigma(z2)], written once for every vector width.</summary>
/// <remarks>Exchanging the two points must not change a bit of the value, so formulas are symmetric as they are evaluated.</remarks>
internal interface IPairFormula
{
    PointFeatures<double> Prepare(double variance);

    V Value<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
        where V : struct, ILanes<V>;

    PairDerivatives<V> Derivatives<V>(V c12, in PointFeatures<V> left, in PointColumns<V> right)
        where V : struct, ILanes<V>;
}
