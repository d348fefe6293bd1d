using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>m(c11) m(c22), the outer product of the mean activations of an earlier node.</summary>
internal sealed class MeanOuterNode(int index, DualMap map, int argument) : PairNode(index)
{
    private readonly int[] arguments = [argument];

    public override ReadOnlySpan<int> Arguments => arguments;

    public override void Prepare(PointTable points, double[] weights)
    {
        var means = Work.Tabulate(map.Mean, points.Diagonal[argument]);
        points.Means[Index] = means;
        points.Diagonal[Index] = new double[points.Count];
        RowArithmetic.Multiply(means, means, points.Diagonal[Index]);
    }

    public override void PrepareReverse(PointTable points) =>
        points.MeanDerivatives[Index] = Work.Tabulate(map.MeanDerivative, points.Diagonal[argument]);

    public override void Forward(RowSegment row, double[] weights)
    {
        var means = row.Points.Means[Index];
        RowArithmetic.Scale(means.AsSpan(row.Right, row.Count), means[row.Left], row.Value(Index));
    }

    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
        var means = row.Points.Means[Index];
        var derivatives = row.Points.MeanDerivatives[Index];
        var adjoint = row.Adjoint(Index);
        var right = RowArithmetic.Dot(adjoint, means.AsSpan(row.Right, row.Count));
        adjoints.AddLeft(argument, row.Left, derivatives[row.Left] * right);
        RowArithmetic.AddProduct(
            adjoint,
            derivatives.AsSpan(row.Right, row.Count),
            means[row.Left],
            adjoints.Right(argument, row.Right, row.Count));
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
        var slope = new double[points.Count];
        RowArithmetic.Multiply(points.Means[Index], points.MeanDerivatives[Index], slope);
        RowArithmetic.AddProduct(adjoint[Index], slope, 2.0, adjoint[argument]);
    }
}
