using System;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>An entrywise map of an earlier node.</summary>
internal abstract class PairMapNode(int index, PairMap map, int argument) : PairNode(index)
{
    private readonly int[] arguments = [argument];

    public override ReadOnlySpan<int> Arguments => arguments;

    protected int Argument => arguments[0];

    public override void Prepare(PointTable points, double[] weights)
    {
        var variances = points.Diagonal[Argument];
        if (Array.Exists(variances, variance => !double.IsFinite(variance)))
        {
            throw new InaccurateKernelException(
                "A kernel is beyond what doubles can hold: rescale the inputs, or raise the priors.");
        }

        var features = map.Prepare(variances);
        points.Features[Index] = features;
        points.Diagonal[Index] = map.Variances(features, variances);
    }

    public override void Forward(RowSegment row, double[] weights)
    {
        var features = row.Points.Features[Index];
        map.Map(features, row.Left, features, row.Right, row.Value(Argument), row.Value(Index));
    }
}
