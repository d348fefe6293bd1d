using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>The Gram matrix itself: its values and its diagonal are given.</summary>
internal sealed class GramNode() : PairNode(Position)
{
    /// <summary>Every program has this node, at this place.</summary>
    public const int Position = 0;

    public override ReadOnlySpan<int> Arguments => [];

    public override Affine? AsAffine(double[] weights, Affine?[] earlier) => new Affine(1.0, 0.0);

    public override void Prepare(PointTable points, double[] weights)
    {
    }

    public override void Forward(RowSegment row, double[] weights)
    {
    }

    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
    }
}
