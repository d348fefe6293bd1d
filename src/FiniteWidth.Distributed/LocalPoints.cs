using System;
using FiniteWidth.Numerics;

namespace FiniteWidth.Distributed;

/// <summary>The examples that one axis of a layout puts here, with their variances.</summary>
internal sealed class LocalPoints
{
    private LocalPoints(Matrix inputs, double[] variances)
    {
        Inputs = inputs;
        Variances = variances;
    }

    /// <summary>A row an example.</summary>
    public Matrix Inputs { get; }

    public double[] Variances { get; }

    public static LocalPoints Of(BlockCyclicAxis axis, Matrix inputs, double[] variances)
    {
        var local = Matrix.Uninitialized(axis.LocalCount, inputs.Columns);
        var own = new double[axis.LocalCount];
        for (var i = 0; i < own.Length; i++)
        {
            var place = axis.ToGlobal(i);
            inputs.Row(place).CopyTo(local.Row(i));
            own[i] = variances[place];
        }

        return new(local, own);
    }
}
