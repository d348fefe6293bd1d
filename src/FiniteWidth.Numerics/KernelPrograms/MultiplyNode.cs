using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>The entrywise product of two nodes.</summary>
internal sealed class MultiplyNode(int index, int first, int second) : PairNode(index)
{
    private readonly int[] arguments = [first, second];

    public override ReadOnlySpan<int> Arguments => arguments;

    public override void Prepare(PointTable points, double[] weights)
    {
        points.Diagonal[Index] = new double[points.Count];
        RowArithmetic.Multiply(points.Diagonal[first], points.Diagonal[second], points.Diagonal[Index]);
    }

    public override void Forward(RowSegment row, double[] weights) =>
        RowArithmetic.Multiply(row.Value(first), row.Value(second), row.Value(Index));

    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
        var adjoint = row.Adjoint(Index);
        RowArithmetic.AddProduct(adjoint, row.Value(second), 1.0, row.Adjoint(first));
        RowArithmetic.AddProduct(adjoint, row.Value(first), 1.0, row.Adjoint(second));
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
        RowArithmetic.AddProduct(adjoint[Index], points.Diagonal[second], 1.0, adjoint[first]);
        RowArithmetic.AddProduct(adjoint[Index], points.Diagonal[first], 1.0, adjoint[second]);
    }
}
