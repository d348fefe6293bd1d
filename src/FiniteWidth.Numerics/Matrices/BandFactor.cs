using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>A positive band matrix A = L L^T, L lower triangular.</summary>
public sealed class BandFactor : FormFactor
{
    // Columns that a pass works on: four vectors, which stay in registers.
    private static readonly int Strip = 4 * Vector<double>.Count;

    private readonly int width;
    private readonly double[] rows;

    internal BandFactor(int width, double[] rows)
        : base(rows.Length / (width + 1), Strip)
    {
        this.width = width;
        this.rows = rows;
    }

    private int Size => rows.Length / (width + 1);

    private protected override void Substitute(Matrix b)
    {
        for (var i = 0; i < Size; i++)
        {
            for (var j = Math.Max(0, i - width); j < i; j++)
            {
                VectorArithmetic.AddScaled(b.Row(j), -Entry(i, j), b.Row(i));
            }

            Divide(b.Row(i), Entry(i, i));
        }

        for (var i = Size - 1; i >= 0; i--)
        {
            Divide(b.Row(i), Entry(i, i));
            for (var j = Math.Max(0, i - width); j < i; j++)
            {
                VectorArithmetic.AddScaled(b.Row(i), -Entry(i, j), b.Row(j));
            }
        }
    }

    // With z = L^(-1) b: z_i = (b_i - sum_k l_(i,i-k) z_(i-k))/l_ii, and b^T A^(-1) b = sum_i z_i^2. The last w of the z_i lie in a ring.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void QuadraticForms(Matrix b, int start, Span<double> forms)
    {
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(new double[(width + 2) * Strip].AsSpan());
        var next = MemoryMarshal.Cast<Vector<double>, double>(vectors.Slice(4 * (width + 1), 4));
        Vector<double> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (var i = 0; i < Size; i++)
        {
            b.Row(i).Slice(start, forms.Length).CopyTo(next);
            var bi = vectors.Slice(4 * (width + 1), 4);
            Vector<double> z0 = bi[0], z1 = bi[1], z2 = bi[2], z3 = bi[3];
            var row = rows.AsSpan(i * (width + 1), width + 1);
            var place = i % (width + 1);
            var from = place;
            for (var k = 1; k <= Math.Min(i, width); k++)
            {
                from = from == 0 ? width : from - 1;
                var before = vectors.Slice(4 * from, 4);
                Vector<double> entry = new(-row[width - k]);
                z0 = Vector.FusedMultiplyAdd(entry, before[0], z0);
                z1 = Vector.FusedMultiplyAdd(entry, before[1], z1);
                z2 = Vector.FusedMultiplyAdd(entry, before[2], z2);
                z3 = Vector.FusedMultiplyAdd(entry, before[3], z3);
            }

            Vector<double> inverse = new(1 / row[width]);
            z0 *= inverse;
            z1 *= inverse;
            z2 *= inverse;
            z3 *= inverse;
            var here = vectors.Slice(4 * place, 4);
            (here[0], here[1], here[2], here[3]) = (z0, z1, z2, z3);
            sum0 = Vector.FusedMultiplyAdd(z0, z0, sum0);
            sum1 = Vector.FusedMultiplyAdd(z1, z1, sum1);
            sum2 = Vector.FusedMultiplyAdd(z2, z2, sum2);
            sum3 = Vector.FusedMultiplyAdd(z3, z3, sum3);
        }

        ReadOnlySpan<Vector<double>> sums = [sum0, sum1, sum2, sum3];
        MemoryMarshal.Cast<Vector<double>, double>(sums)[..forms.Length].CopyTo(forms);
    }

    private double Entry(int i, int j) => rows[(i * (width + 1)) + j - i + width];

    private static void Divide(Span<double> row, double divisor)
    {
        foreach (ref var entry in row)
        {
            entry /= divisor;
        }
    }
}
