using System;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>A map of an earlier node whose derivatives nobody asks for.</summary>
internal sealed class ForwardMapNode(int index, PairMap map, int argument) : PairMapNode(index, map, argument)
{
    public override void Backward(RowSegment row, double[] weights, Adjoints adjoints) => throw NoReverseSweep();

    public override void BackwardDiagonal(PointTable points, double[] weights, double[][] adjoint, double[] gradient) =>
        throw NoReverseSweep();

    private static NotSupportedException NoReverseSweep() =>
        new("The program holds a map without derivatives, so that its gradient is not known: only its values are.");
}
