using System;

namespace FiniteWidth.Numerics.Images;

/// <summary>The positions i along one axis for which i + offset lies on the axis too: from First to End - 1.</summary>
internal readonly record struct Overlap(int First, int End)
{
    public int Length => Math.Max(0, End - First);

    public static Overlap Of(int length, int offset) => new(Math.Max(0, -offset), Math.Min(length, length - offset));

    /// <summary>The positions of this range among <paramref name="length"/> from <paramref name="first"/> on.</summary>
    public Overlap Among(int first, int length) => new(Math.Max(First, first), Math.Min(End, first + length));
}
