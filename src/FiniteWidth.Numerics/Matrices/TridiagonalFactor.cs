using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>A positive tridiagonal matrix A = L D L^T, L with ones on its diagonal.</summary>
public sealed class TridiagonalFactor : FormFactor
{
    // A strip of columns whose running vectors stay in the first-level cache.
    private const int Strip = 256;

    private readonly double[] pivots;
    private readonly double[] multipliers;

    internal TridiagonalFactor(double[] pivots, double[] multipliers)
        : base(pivots.Length, Strip)
    {
        this.pivots = pivots;
        this.multipliers = multipliers;
    }

    private protected override void Substitute(Matrix b)
    {
        for (var i = 1; i < pivots.Length; i++)
        {
            AddRow(b, i - 1, -multipliers[i - 1], i);
        }

        for (var i = pivots.Length - 1; i >= 0; i--)
        {
            foreach (ref var entry in b.Row(i))
            {
                entry /= pivots[i];
            }
        }

        for (var i = pivots.Length - 2; i >= 0; i--)
        {
            AddRow(b, i + 1, -multipliers[i], i);
        }
    }

    // With z = L^(-1) b: z_i = b_i - l_(i-1) z_(i-1), and b^T A^(-1) b = sum_i z_i^2/d_i.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void QuadraticForms(Matrix b, int start, Span<double> forms)
    {
        Span<double> z = stackalloc double[Strip];
        z = z[..forms.Length];
        z.Clear();
        var running = MemoryMarshal.Cast<double, Vector<double>>(z);
        var sums = MemoryMarshal.Cast<double, Vector<double>>(forms);
        var whole = running.Length * Vector<double>.Count;
        for (var i = 0; i < pivots.Length; i++)
        {
            var multiplier = i == 0 ? 0 : -multipliers[i - 1];
            var weight = 1 / pivots[i];
            var row = b.Row(i).Slice(start, forms.Length);
            var entries = MemoryMarshal.Cast<double, Vector<double>>(row);
            Vector<double> multipliersOfRow = new(multiplier), weights = new(weight);
            for (var v = 0; v < running.Length; v++)
            {
                var next = Vector.FusedMultiplyAdd(multipliersOfRow, running[v], entries[v]);
                running[v] = next;
                sums[v] = Vector.FusedMultiplyAdd(next * weights, next, sums[v]);
            }

            for (var t = whole; t < forms.Length; t++)
            {
                z[t] = row[t] + (multiplier * z[t]);
                forms[t] += weight * z[t] * z[t];
            }
        }
    }

    private static void AddRow(Matrix b, int from, double factor, int to)
    {
        var source = b.Row(from);
        var target = b.Row(to);
        for (var t = 0; t < target.Length; t++)
        {
            target[t] += factor * source[t];
        }
    }
}
