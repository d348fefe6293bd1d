using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>Sums that BLAS does not offer, vectorised.</summary>
public static class WeightedSum
{
    /// <summary>sum_i w_i x_i^2.</summary>
    public static double OfSquares(ReadOnlySpan<double> x, ReadOnlySpan<double> w)
    {
        if (x.Length != w.Length)
        {
            throw new ArgumentException($"There are {w.Length} weights for {x.Length} values: each value needs one.", nameof(w));
        }

        var vectors = MemoryMarshal.Cast<double, Vector<double>>(x);
        var weights = MemoryMarshal.Cast<double, Vector<double>>(w);
        var even = Vector<double>.Zero;
        var odd = Vector<double>.Zero;
        var i = 0;
        for (; i + 1 < vectors.Length; i += 2)
        {
            even = Vector.FusedMultiplyAdd(vectors[i] * weights[i], vectors[i], even);
            odd = Vector.FusedMultiplyAdd(vectors[i + 1] * weights[i + 1], vectors[i + 1], odd);
        }

        var sum = Vector.Sum(even + odd);
        for (var j = i * Vector<double>.Count; j < x.Length; j++)
        {
            sum += w[j] * x[j] * x[j];
        }

        return sum;
    }
}
