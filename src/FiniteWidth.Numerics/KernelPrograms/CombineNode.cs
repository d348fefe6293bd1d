using System;
using System.Linq;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>sum_k w[weights[k]] node[arguments[k]].</summary>
internal sealed class CombineNode(int index, int[] terms, int[] arguments) : PairNode(index)
{
    public override ReadOnlySpan<int> Arguments => arguments;

    public override int WeightCount => terms.Max() + 1;

    public override Affine? AsAffine(double[] weights, Affine?[] earlier)
    {
        var sum = default(Affine);
        for (var k = 0; k < terms.Length; k++)
        {
            if (earlier[arguments[k]] is not { } term)
            {
                return null;
            }

            var weight = weights[terms[k]];
            sum = new(sum.Gram + (weight * term.Gram), sum.Constant + (weight * term.Constant));
        }

        return sum;
    }

    public override void Prepare(PointTable points, double[] weights)
    {
        var diagonal = new double[points.Count];
        for (var k = 0; k < terms.Length; k++)
        {
            RowArithmetic.AddScaled(points.Diagonal[arguments[k]], weights[terms[k]], diagonal);
        }

        points.Diagonal[Index] = diagonal;
    }

    public override void Forward(RowSegment row, double[] weights)
    {
        var value = row.Value(Index);
        RowArithmetic.Scale(row.Value(arguments[0]), weights[terms[0]], value);
        for (var k = 1; k < terms.Length; k++)
        {
            RowArithmetic.AddScaled(row.Value(arguments[k]), weights[terms[k]], value);
        }
    }

    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints)
    {
        var adjoint = row.Adjoint(Index);
        for (var k = 0; k < terms.Length; k++)
        {
            adjoints.Gradient[terms[k]] += RowArithmetic.Dot(adjoint, row.Value(arguments[k]));
            RowArithmetic.AddScaled(adjoint, weights[terms[k]], row.Adjoint(arguments[k]));
        }
    }

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient)
    {
        for (var k = 0; k < terms.Length; k++)
        {
            gradient[terms[k]] += RowArithmetic.Dot(adjoint[Index], points.Diagonal[arguments[k]]);
            RowArithmetic.AddScaled(adjoint[Index], weights[terms[k]], adjoint[arguments[k]]);
        }
    }
}
