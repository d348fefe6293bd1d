using System;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.KernelPrograms;

/// <summary>What a program knows of every point by itself: one entry a node.</summary>
internal sealed class PointTable(int count, int nodes)
{
    public int Count { get; } = count;

    /// <summary>The diagonal of each node.</summary>
    public double[][] Diagonal { get; } = new double[nodes][];

    /// <summary>The features of each kernel map.</summary>
    public double[][][] Features { get; } = new double[nodes][][];

    /// <summary>The mean activations of each outer product of means.</summary>
    public double[][] Means { get; } = new double[nodes][];

    /// <summary>Their derivatives in the variance: filled for a reverse sweep only.</summary>
    public double[][] MeanDerivatives { get; } = new double[nodes][];
}
