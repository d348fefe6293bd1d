using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Activations;

/// <summary>sigma(z) = a max(z, 0) + b min(z, 0), whose kink can be rounded.</summary>
internal sealed class PiecewiseLinearFunction(double a, double b) : VectorUnit<PiecewiseLinearUnit>(new PiecewiseLinearUnit(a, b))
{
    public override ActivationFunction Rounded(double distance) =>
        distance > 0.0 && a != b ? new VectorUnit<RoundedKinkUnit>(new RoundedKinkUnit(a, b, distance)) : this;
}
