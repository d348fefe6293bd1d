using System;

namespace FiniteWidth.Numerics.Images;

/// <summary>The positions i along one axis for which i + offset lies on the axis too: from First to End - 1.</summary>
internal readonly record struct Overlap(int First, int End)
{
    public int Length => Math.Max(0, End - First);

    public static Overlap Of(int length, int offset) => new(Math.Max(0, -offset), Math.Min(length, length - offset));

    /// <summary>The positions of this range for which stride i + shift lies in another range.</summary>
    public Overlap Reaching(Overlap other, int stride, int shift) =>
        new(
            Math.Max(First, CeilingOfQuotient(other.First - shift, stride)),
            Math.Min(End, CeilingOfQuotient(other.End - shift, stride)));

    private static int CeilingOfQuotient(int numerator, int denominator) =>
        numerator >= 0 ? (numerator + denominator - 1) / denominator : -(-numerator / denominator);
}
