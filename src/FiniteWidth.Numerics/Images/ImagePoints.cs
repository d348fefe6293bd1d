using System;

namespace FiniteWidth.Numerics.Images;

/// <summary>Images with what the kernel maps of every layer need of their positions: position i of image mu is point i P + mu.</summary>
public sealed class ImagePoints
{
    internal ImagePoints(Matrix pixels, double[][][] features, double[][][]? slopes)
    {
        Pixels = pixels;
        Features = features;
        Slopes = slopes;
    }

    /// <summary>P, the number of images.</summary>
    public int Count => (int)Pixels.Columns;

    /// <summary>Values of pixels x images.</summary>
    internal Matrix Pixels { get; }

    /// <summary>What the activation's map has prepared, layer by layer.</summary>
    internal double[][][] Features { get; }

    /// <summary>What the map of its derivative has prepared.</summary>
    internal double[][][]? Slopes { get; }
}
