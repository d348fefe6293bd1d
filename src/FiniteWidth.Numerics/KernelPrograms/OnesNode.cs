using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>The matrix of ones.</summary>
internal sealed class OnesNode(int index) : PairNode(index)
{
    public override ReadOnlySpan<int> Arguments => [];

    public override Affine? AsAffine(double[] weights, Affine?[] earlier) => new Affine(0.0, 1.0);

    public override void Prepare(PointTable points, double[] weights)
    {
        var diagonal = new double[points.Count];
        Array.Fill(diagonal, 1.0);
        points.Diagonal[Index] = diagonal;
    }

    public override void Forward(RowSegment row, double[] weights) => row.Value(Index).Fill(1.0);

    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
    }
}
