using System;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Activations;

/// <summary>An activation that is a function of numbers.</summary>
internal sealed class DelegateUnit(Func<double, double> function, Func<double, double> derivative) : ActivationFunction
{
    public override void Apply(ReadOnlySpan<double> z, Span<double> value)
    {
        Lengths.Same(z.Length, value.Length);
        for (var i = 0; i < z.Length; i++)
        {
            value[i] = function(z[i]);
        }
    }

    public override void Apply(ReadOnlySpan<double> z, Span<double> value, Span<double> slope)
    {
        Lengths.Same(z.Length, value.Length);
        Lengths.Same(z.Length, slope.Length);
        for (var i = 0; i < z.Length; i++)
        {
            var x = z[i];
            value[i] = function(x);
            slope[i] = derivative(x);
        }
    }
}
