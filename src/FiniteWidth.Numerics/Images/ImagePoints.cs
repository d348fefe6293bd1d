using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Images;

/// <summary>
/// Images with what the kernel maps of every layer need of their positions. Sets that meet in a kernel are prepared together and share it: position i of
/// image mu is point i times the images of all sets, plus those of the sets before, plus mu.
/// </summary>
public sealed class ImagePoints
{
    private readonly int start;

    internal ImagePoints(Matrix pixels, double[][][] features, double[][][]? slopes, int start, int count)
    {
        Pixels = pixels;
        Features = features;
        Slopes = slopes;
        this.start = start;
        Count = count;
    }

    /// <summary>P, the number of images.</summary>
    public int Count { get; }

    /// <summary>Values of pixels x images of all sets.</summary>
    internal Matrix Pixels { get; }

    /// <summary>What the activation's map has prepared, layer by layer.</summary>
    internal double[][][] Features { get; }

    /// <summary>What the map of its derivative has prepared.</summary>
    internal double[][][]? Slopes { get; }

    /// <summary>The column of an image among the pixels.</summary>
    internal int Column(int mu) => start + mu;

    /// <summary>The point of a position of an image.</summary>
    internal int Point(int i, int mu) => (i * (int)Pixels.Columns) + start + mu;
}
