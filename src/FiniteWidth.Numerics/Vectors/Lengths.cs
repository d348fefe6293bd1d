using System;

namespace FiniteWidth.Numerics;

/// <summary>Spans that belong together.</summary>
internal static class Lengths
{
    public static void Same(int expected, int actual)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"Spans of {expected} and of {actual} elements were given; they must have the same length.");
        }
    }
}
