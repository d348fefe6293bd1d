using System;

namespace FiniteWidth.Numerics.Programs;

/// <summary>K o [argument]: a kernel map of an earlier node.</summary>
internal sealed class MapNode(int index, DualMap map, int argument) : PairNode(index)
{
    private readonly int[] arguments = [argument];

    public override ReadOnlySpan<int> Arguments => arguments;

    public override void Prepare(PointTable points, double[] weights)
    {
        var variances = points.Diagonal[argument];
        if (Array.Exists(variances, variance => !double.IsFinite(variance)))
        {
            throw new InaccurateKernelException(
                "A kernel is beyond what doubles can hold: rescale the inputs, or raise the priors.");
        }

        points.Features[Index] = map.Prepare(variances);
        points.Diagonal[Index] = Work.Tabulate(map.Variance, variances);
    }

    public override void Forward(RowSegment row, double[] weights)
    {
        var features = row.Points.Features[Index];
        map.Map(features, row.Left, features, row.Right, row.Value(argument), row.Value(Index));
    }

    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
        var features = row.Points.Features[Index];
        Span<double> d12 = row.Scratch(0), d11 = row.Scratch(1), d22 = row.Scratch(2);
        map.Derivatives(features, row.Left, features, row.Right, row.Value(argument), d12, d11, d22);
        var adjoint = row.Adjoint(Index);
        RowArithmetic.AddProduct(adjoint, d12, 1.0, row.Adjoint(argument));
        adjoints.AddLeft(argument, row.Left, RowArithmetic.Dot(adjoint, d11));
        RowArithmetic.AddProduct(adjoint, d22, 1.0, adjoints.Right(argument, row.Right, row.Count));
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
        var derivatives = Work.Tabulate(map.VarianceDerivative, points.Diagonal[argument]);
        RowArithmetic.AddProduct(adjoint[Index], derivatives, 1.0, adjoint[argument]);
    }
}
