using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>a_k(c) = E[sigma(sqrt(c) z) h_k(z)], h_k = He_k/sqrt(k!), for all k up to an order at once.</summary>
/// <remarks>
/// h_(k+1) = (z h_k - sqrt(k) h_(k-1))/sqrt(k + 1), carried along for many nodes at a time; the half of the density that goes with
/// h_k keeps it of order one.
/// </remarks>
internal static class HermiteProjection
{
    private const int Unroll = 4;

    public static void Project(NormalNodes nodes, Span<double> coefficients)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Project<Lanes512>(nodes, coefficients);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Project<Lanes256>(nodes, coefficients);
        }
        else
        {
            Project<Lanes128>(nodes, coefficients);
        }
    }

    private static void Project<V>(NormalNodes nodes, Span<double> coefficients)
        where V : struct, ILanes<V>
    {
        var block = Unroll * V.Count;
        Span<double> z = stackalloc double[Unroll * Loop.MaxLanes];
        Span<double> start = stackalloc double[Unroll * Loop.MaxLanes];
        var recursion = Recursion(coefficients.Length);
        var sums = new double[coefficients.Length * V.Count];
        ref var sum = ref MemoryMarshal.GetArrayDataReference(sums);
        ref var zs = ref MemoryMarshal.GetReference(z);
        ref var starts = ref MemoryMarshal.GetReference(start);
        var width = (nuint)V.Count;
        for (var n = 0; n < nodes.Count; n += block)
        {
            // Past the last node the start is 0, and so is all that follows from it.
            var count = Math.Min(block, nodes.Count - n);
            z.Clear();
            start.Clear();
            nodes.Nodes.Slice(n, count).CopyTo(z);
            RowArithmetic.Multiply(nodes.HalfDensities.Slice(n, count), nodes.Weighted.Slice(n, count), start[..count]);

            V z0 = V.Load(ref zs, 0), z1 = V.Load(ref zs, width), z2 = V.Load(ref zs, 2 * width), z3 = V.Load(ref zs, 3 * width);
            V h0 = V.Load(ref starts, 0), h1 = V.Load(ref starts, width);
            V h2 = V.Load(ref starts, 2 * width), h3 = V.Load(ref starts, 3 * width);
            V g0 = 0.0, g1 = 0.0, g2 = 0.0, g3 = 0.0;
            for (var k = 0; k < coefficients.Length; k++)
            {
                var at = (nuint)k * width;
                (V.Load(ref sum, at) + (h0 + h1 + (h2 + h3))).Store(ref sum, at);
                V up = recursion[2 * k], down = recursion[(2 * k) + 1];
                (h0, g0) = (V.Fma(z0 * up, h0, down * g0), h0);
                (h1, g1) = (V.Fma(z1 * up, h1, down * g1), h1);
                (h2, g2) = (V.Fma(z2 * up, h2, down * g2), h2);
                (h3, g3) = (V.Fma(z3 * up, h3, down * g3), h3);
            }
        }

        for (var k = 0; k < coefficients.Length; k++)
        {
            coefficients[k] = V.Load(ref sum, (nuint)k * width).Sum();
        }
    }

    /// <summary>1/sqrt(k + 1) and -sqrt(k/(k + 1)) in turn.</summary>
    private static double[] Recursion(int order)
    {
        var factors = new double[2 * order];
        for (var k = 0; k < order; k++)
        {
            factors[2 * k] = 1.0 / Math.Sqrt(k + 1.0);
            factors[(2 * k) + 1] = -Math.Sqrt(k / (k + 1.0));
        }

        return factors;
    }
}
