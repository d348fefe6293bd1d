using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>
/// One step of a pair program. Its value at a pair of points depends on earlier nodes at that pair and on their diagonals.
/// </summary>
internal abstract class PairNode(int index)
{
    public int Index { get; } = index;

    /// <summary>The nodes that this one reads; all come before it.</summary>
    public abstract ReadOnlySpan<int> Arguments { get; }

    /// <summary>One more than the largest weight that this node refers to.</summary>
    public virtual int WeightCount => 0;

    /// <summary>This node as a multiple of the Gram matrix plus a constant, where it is one.</summary>
    public virtual Affine? AsAffine(double[] weights, Affine?[] earlier) => null;

    /// <summary>Fills <c>points.Diagonal[Index]</c>, and what the node keeps of every point.</summary>
    public abstract void Prepare(PointTable points, double[] weights);

    /// <summary>What a reverse sweep needs of every point besides.</summary>
    public virtual void PrepareReverse(PointTable points)
    {
    }

    /// <summary>Fills the values of this node over a segment of a row.</summary>
    public abstract void Forward(RowSegment row, double[] weights);

    /// <summary>Adds what the adjoint of this node contributes to its arguments, to their diagonals and to the weights.</summary>
    public abstract void Backward(RowSegment row, double[] weights, Adjoints adjoints);

    /// <summary>The same on the diagonal: <paramref name="adjoint"/> holds an array over the points for every node.</summary>
    public abstract void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient);
}

/// <summary>gram C + constant.</summary>
internal readonly record struct Affine(double Gram, double Constant);
