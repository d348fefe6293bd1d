namespace FiniteWidth.Numerics.Tests;

/// <summary>Tolerances that follow from rounding.</summary>
internal static class Tolerance
{
    private const double UnitRoundoff = 1.0 / (1L << 53);

    /// <summary>
    /// n operations on numbers of order one, each rounded: n u in the worst case, and a factor 16 for the size of the
    /// largest of many normal entries and for products of two of them.
    /// </summary>
    public static double Rounding(nint operations) => 16 * (operations + 1) * UnitRoundoff;
}
