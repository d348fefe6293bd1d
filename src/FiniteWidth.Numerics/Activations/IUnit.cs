using FiniteWidth.Numerics.KernelMaps;
using FiniteWidth.Numerics.Vectors;


namespace FiniteWidth.Numerics.Activations;

/// <summary>An activation, written for every vector width.</summary>
internal interface IUnit
{
    /// <summary>sigma(z) and sigma'(z); the compiler drops the slope where it is not used.</summary>
    V Invoke<V>(V z, out V slope)
        where V : struct, ILanes<V>;
}
