using System;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>K o [argument]: a kernel map of an earlier node.</summary>
internal sealed class MapNode(int index, DualMap map, int argument) : PairMapNode(index, map, argument)
{
    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
        var features = row.Points.Features[Index];
        Span<double> d12 = row.Scratch(0), d11 = row.Scratch(1), d22 = row.Scratch(2);
        map.Derivatives(features, row.Left, features, row.Right, row.Value(Argument), d12, d11, d22);
        var adjoint = row.Adjoint(Index);
        RowArithmetic.AddProduct(adjoint, d12, 1.0, row.Adjoint(Argument));
        adjoints.AddLeft(Argument, row.Left, RowArithmetic.Dot(adjoint, d11));
        RowArithmetic.AddProduct(adjoint, d22, 1.0, adjoints.Right(Argument, row.Right, row.Count));
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
        var derivatives = map.VarianceDerivatives(points.Features[Index], points.Diagonal[Argument]);
        RowArithmetic.AddProduct(adjoint[Index], derivatives, 1.0, adjoint[Argument]);
    }
}
