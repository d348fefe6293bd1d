using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>
/// The pairs of one point with a run of others, and the values and adjoints of every node there. A worker keeps one and
/// moves it over the rows of its tiles: the buffers stay in the first-level cache.
/// </summary>
internal sealed class RowSegment
{
    public const int Capacity = 384;

    private readonly double[] values;
    private readonly double[] adjoints;
    private readonly double[] scratch = new double[3 * Capacity];

    public RowSegment(PointTable points, int nodes, bool reverse)
    {
        Points = points;
        values = new double[nodes * Capacity];
        adjoints = reverse ? new double[nodes * Capacity] : [];
    }

    public PointTable Points { get; }

    /// <summary>The left point.</summary>
    public int Left { get; private set; }

    /// <summary>The first of the right points.</summary>
    public int Right { get; private set; }

    /// <summary>The number of right points.</summary>
    public int Count { get; private set; }

    public void MoveTo(int left, int right, int count)
    {
        Left = left;
        Right = right;
        Count = count;
    }

    public Span<double> Value(int node) => values.AsSpan(node * Capacity, Count);

    public Span<double> Adjoint(int node) => adjoints.AsSpan(node * Capacity, Count);

    public Span<double> Scratch(int slot) => scratch.AsSpan(slot * Capacity, Count);

    public void ClearAdjoints() => Array.Clear(adjoints);
}
