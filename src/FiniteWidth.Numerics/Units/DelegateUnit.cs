using System;

namespace FiniteWidth.Numerics.Units;

/// <summary>An activation that is a function of numbers.</summary>
internal sealed class DelegateUnit(Func<double, double> function, Func<double, double> derivative) : ActivationFunction
{
    public override void Apply(ReadOnlySpan<double> z, Span<double> value)
    {
        Shapes.SameLength(z.Length, value.Length);
        for (var i = 0; i < z.Length; i++)
        {
            value[i] = function(z[i]);
        }
    }

    public override void Apply(ReadOnlySpan<double> z, Span<double> value, Span<double> slope)
    {
        Shapes.SameLength(z.Length, value.Length);
        Shapes.SameLength(z.Length, slope.Length);
        for (var i = 0; i < z.Length; i++)
        {
            var x = z[i];
            value[i] = function(x);
            slope[i] = derivative(x);
        }
    }
}
