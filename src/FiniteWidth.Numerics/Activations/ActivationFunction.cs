using System;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>An activation sigma and its derivative over whole spans: what the units of a network do to their preactivations.</summary>
/// <remarks>Where sigma has a kink or a jump its derivative there is that of the branch below.</remarks>
public abstract class ActivationFunction
{
    private const int Piece = 512;

    /// <summary>value[i] := sigma(z[i]); the target may be the source.</summary>
    public abstract void Apply(ReadOnlySpan<double> z, Span<double> value);

    /// <summary>value[i] := sigma(z[i]) and slope[i] := sigma'(z[i]); either target may be the source.</summary>
    public abstract void Apply(ReadOnlySpan<double> z, Span<double> value, Span<double> slope);

    /// <summary>
    /// sigma with its kinks rounded over a distance: it differs from sigma nowhere further from a kink than that, and has two continuous
    /// derivatives. sigma itself where it has no kink, a jump, or the distance is 0.
    /// </summary>
    public virtual ActivationFunction Rounded(double distance) => this;

    /// <summary>value[i] := sigma(value[i]), computed in double precision and rounded to T.</summary>
    internal void ApplyInPlace<T>(Span<T> value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            var entries = MemoryMarshal.Cast<T, double>(value);
            Apply(entries, entries);
            return;
        }

        Span<double> wide = stackalloc double[Piece];
        var narrow = MemoryMarshal.Cast<T, float>(value);
        for (var first = 0; first < narrow.Length; first += Piece)
        {
            var part = narrow[first..Math.Min(first + Piece, narrow.Length)];
            var z = wide[..part.Length];
            Entries.Convert<float, double>(part, z);
            Apply(z, z);
            Entries.Convert<double, float>(z, part);
        }
    }

    /// <summary>value[i] := sigma(value[i]) and slope[i] := sigma' there, computed in double precision and rounded to T.</summary>
    internal void ApplyInPlace<T>(Span<T> value, Span<T> slope)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            var entries = MemoryMarshal.Cast<T, double>(value);
            Apply(entries, entries, MemoryMarshal.Cast<T, double>(slope));
            return;
        }

        ApplyInPlace(MemoryMarshal.Cast<T, float>(value), MemoryMarshal.Cast<T, float>(slope));
    }

    /// <summary>value[i] := sigma(value[i]) and slope[i] := sigma' there, rounded.</summary>
    protected virtual void ApplyInPlace(Span<float> value, Span<float> slope)
    {
        Span<double> wide = stackalloc double[Piece], wideSlope = stackalloc double[Piece];
        for (var first = 0; first < value.Length; first += Piece)
        {
            var part = value[first..Math.Min(first + Piece, value.Length)];
            Span<double> z = wide[..part.Length], s = wideSlope[..part.Length];
            Entries.Convert<float, double>(part, z);
            Apply(z, z, s);
            Entries.Convert<double, float>(z, part);
            Entries.Convert<double, float>(s, slope.Slice(first, part.Length));
        }
    }
}
