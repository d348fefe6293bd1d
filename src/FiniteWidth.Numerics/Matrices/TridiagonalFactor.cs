using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>A positive tridiagonal matrix A = L D L^T, L with ones on its diagonal.</summary>
public sealed class TridiagonalFactor : IFormFactor
{
    // A strip of columns whose running vectors stay in the first-level cache.
    private const int Strip = 256;

    private readonly double[] pivots;
    private readonly double[] multipliers;

    internal TridiagonalFactor(double[] pivots, double[] multipliers)
    {
        this.pivots = pivots;
        this.multipliers = multipliers;
    }

    /// <summary>B := A^(-1) B. Shape: B n x k.</summary>
    public void Solve(Matrix b)
    {
        Check(b);
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

    /// <summary>b^T A^(-1) b for every column b of B: one pass over B. Shape: B n x k.</summary>
    public double[] QuadraticForms(Matrix b)
    {
        Check(b);
        var forms = new double[b.Columns];
        var strips = (forms.Length + Strip - 1) / Strip;
        Parallel.For(0, strips, strip =>
        {
            var start = strip * Strip;
            QuadraticForms(b, start, forms.AsSpan(start, Math.Min(Strip, forms.Length - start)));
        });
        return forms;
    }

    // With z = L^(-1) b: z_i = b_i - l_(i-1) z_(i-1), and b^T A^(-1) b = sum_i z_i^2/d_i.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void QuadraticForms(Matrix b, int start, Span<double> forms)
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

    private void Check(Matrix b)
    {
        ArgumentNullException.ThrowIfNull(b);
        if (b.Rows != pivots.Length)
        {
            throw new ArgumentException($"A matrix of {pivots.Length} rows is needed, not one of {b.Rows}.", nameof(b));
        }
    }
}
