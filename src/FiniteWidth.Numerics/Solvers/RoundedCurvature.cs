using System;
using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics;

/// <summary>
/// The second derivative of log det A + y^T A^(-1) y along matrices B_k, in single precision: with w = A^(-1) y and M = A^(-1) - w w^T the
/// traces Tr(dM B_k) for dA = sum_k c_k B_k, dM = -A^(-1) dA A^(-1) + u w^T + w u^T, u = A^(-1) dA w.
/// </summary>
/// <remarks>One direction at a time.</remarks>
public sealed class RoundedCurvature
{
    /// <summary>The largest P whose matrices an array can hold.</summary>
    public const int LargestSize = 46_000;

    // Rows of dM that one thread computes: products still run near their peak.
    private const int Block = 64;

    private readonly RoundedRows triangles;
    private readonly int size;
    private readonly float[] inverse;
    private readonly float[] representer;
    private readonly float[] triangle;
    private readonly float[] change;
    private readonly float[] half;
    private readonly float[] response;
    private readonly float[] moved;

    /// <summary>The curvature at one A of P rows.</summary>
    /// <param name="triangles">A row a B_k, symmetric: its entries on and below the diagonal, row by row.</param>
    /// <param name="inverse">A^(-1).</param>
    /// <param name="representer">w.</param>
    public RoundedCurvature(RoundedRows triangles, Matrix inverse, ReadOnlySpan<double> representer)
    {
        ArgumentNullException.ThrowIfNull(triangles);
        Require.Shape(inverse, representer.Length, representer.Length, nameof(inverse));
        this.triangles = triangles;
        size = representer.Length;
        this.representer = new float[size];
        RoundedRows.Round(representer, this.representer);
        var entries = checked(size * size);
        this.inverse = new float[entries];
        for (var i = 0; i < size; i++)
        {
            RoundedRows.Round(inverse.Row(i), this.inverse.AsSpan(i * size, size));
        }

        triangle = new float[triangles.Length];
        change = new float[entries];
        half = new float[entries];
        response = new float[entries];
        moved = new float[size];
    }

    /// <summary>Tr(dM B_k) of every k, for the coefficients c.</summary>
    public double[] Along(ReadOnlySpan<double> coefficients)
    {
        triangles.Combine(coefficients, triangle);
        var blocks = (size + Block - 1) / Block;
        Work.For(blocks, () => this, (block, self) => self.Expand(block));
        var algebra = LinearAlgebra.Default;
        using (algebra.SingleThreaded())
        {
            Work.For(blocks, () => algebra, Respond);
        }

        Work.For(blocks, () => this, (block, self) => self.Collect(block));
        return triangles.Multiply(triangle);
    }

    private static int Start(int row) => row * (row + 1) / 2;

    private Range Rows(int block) => (block * Block)..Math.Min(size, (block + 1) * Block);

    // Both triangles of dA.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Expand(int block)
    {
        var rows = Rows(block);
        for (var i = rows.Start.Value; i < rows.End.Value; i++)
        {
            triangle.AsSpan(Start(i), i + 1).CopyTo(change.AsSpan(i * size));
        }

        for (var i = rows.Start.Value; i < size; i++)
        {
            var end = Math.Min(i, rows.End.Value);
            for (var j = rows.Start.Value; j < end; j++)
            {
                change[(j * size) + i] = triangle[Start(i) + j];
            }
        }
    }

    // Rows of A^(-1) dA, of u, and of A^(-1) dA A^(-1) on and below the diagonal.
    private void Respond(int block, LinearAlgebraProvider algebra)
    {
        var rows = Rows(block);
        int start = rows.Start.Value, end = rows.End.Value, count = end - start;
        var left = new MatrixSpan<float>(half.AsSpan(start * size, count * size), count, size);
        var whole = new MatrixSpan<float>(inverse, size, size);
        algebra.Multiply(
            1.0, whole.View(start, 0, count, size), false, new MatrixSpan<float>(change, size, size), false, 0.0, left);
        algebra.Multiply(
            1.0, left, false, new MatrixSpan<float>(representer, size, 1), false, 0.0, new MatrixSpan<float>(moved.AsSpan(start, count), count, 1));
        var target = new MatrixSpan<float>(response, size, size).View(start, 0, count, end);
        algebra.Multiply(1.0, left, false, whole.View(0, 0, end, size), true, 0.0, target);
    }

    // The triangle whose product with that of B_k is the trace: entries off the diagonal count twice.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Collect(int block)
    {
        var rows = Rows(block);
        for (var i = rows.Start.Value; i < rows.End.Value; i++)
        {
            float u = 2 * moved[i], w = 2 * representer[i];
            var from = response.AsSpan(i * size, i + 1);
            var to = triangle.AsSpan(Start(i), i + 1);
            for (var j = 0; j < to.Length; j++)
            {
                to[j] = (u * representer[j]) + (w * moved[j]) - (2 * from[j]);
            }

            to[i] *= 0.5f;
        }
    }
}
