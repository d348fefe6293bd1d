using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>Polynomials of a fixed degree.</summary>
internal static class Polynomial
{
    /// <summary>c0 + c1 u + ... + c12 u^12.</summary>
    /// <remarks>
    /// Four interleaved chains in u^4 (Estrin's scheme in Horner's): 7 dependent operations instead of 12, so that a processor which runs out of room for
    /// operations in flight still works on several vectors at once. For |u| below 1 the terms that are rounded once more are the small ones.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Degree12<V>(
        V u,
        double c0,
        double c1,
        double c2,
        double c3,
        double c4,
        double c5,
        double c6,
        double c7,
        double c8,
        double c9,
        double c10,
        double c11,
        double c12)
        where V : struct, ILanes<V>
    {
        var square = u * u;
        var fourth = square * square;
        V p0 = c12, p1 = c9, p2 = c10, p3 = c11;
        p0 = V.Fma(V.Fma(V.Fma(p0, fourth, c8), fourth, c4), fourth, c0);
        p1 = V.Fma(V.Fma(p1, fourth, c5), fourth, c1);
        p2 = V.Fma(V.Fma(p2, fourth, c6), fourth, c2);
        p3 = V.Fma(V.Fma(p3, fourth, c7), fourth, c3);
        return V.Fma(V.Fma(p3, u, p2), square, V.Fma(p1, u, p0));
    }
}
