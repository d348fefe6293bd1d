using System;

namespace FiniteWidth.Numerics.Images;

/// <summary>
/// A convolutional layer of infinitely many channels. The preactivations at positions i and j of two images have the covariance
/// C_ij = weight sum_t A_(s i + t, s j + t) + bias, A that of what the layer sees, t over the footprint of a filter and s its stride; outside of
/// the image stand zeros. Then K = K o [C].
/// </summary>
public sealed class ImageLayer
{
    /// <summary>A layer whose first footprint begins <paramref name="padding"/> positions outside of its input.</summary>
    /// <param name="input">The positions that the layer sees.</param>
    /// <param name="output">The positions of its channels.</param>
    /// <param name="footprint">Rows and columns of a filter.</param>
    /// <param name="stride">Rows and columns from one footprint to the next.</param>
    /// <param name="padding">Rows above and columns to the left of the input that are taken for zeros.</param>
    /// <param name="weight">1/(lambda m), m the weights of a filter at one channel, or at all channels of the image in the first layer.</param>
    /// <param name="bias">The variance of the biases, 0 without.</param>
    /// <param name="map">The kernel map of the activation.</param>
    /// <param name="slope">That of its derivative, where the tangent kernel is wanted.</param>
    public ImageLayer(
        GridShape input,
        GridShape output,
        GridShape footprint,
        GridShape stride,
        GridShape padding,
        double weight,
        double bias,
        DualMap map,
        PairMap? slope)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(footprint.Count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride.Count, 1);
        Input = input;
        Output = output;
        Footprint = footprint;
        Stride = stride;
        Padding = padding;
        Weight = weight;
        Bias = bias;
        Map = map;
        Slope = slope;
    }

    /// <summary>The positions that the layer sees.</summary>
    public GridShape Input { get; }

    /// <summary>The positions of its channels.</summary>
    public GridShape Output { get; }

    /// <summary>Rows and columns of a filter.</summary>
    public GridShape Footprint { get; }

    /// <summary>Rows and columns from one footprint to the next.</summary>
    public GridShape Stride { get; }

    /// <summary>Rows above and columns to the left of the input that are taken for zeros.</summary>
    public GridShape Padding { get; }

    /// <summary>1/(lambda m).</summary>
    public double Weight { get; }

    /// <summary>The variance of the biases.</summary>
    public double Bias { get; }

    /// <summary>The kernel map of the activation.</summary>
    public DualMap Map { get; }

    /// <summary>The kernel map of its derivative.</summary>
    public PairMap? Slope { get; }

    /// <summary>
    /// target(i) := weight sum_t source(s i + t) + bias, where source holds pairs (p, p + s offset) of positions and target pairs (i, i + offset),
    /// <paramref name="lanes"/> numbers a pair; <paramref name="columns"/> is a row of the source to work in.
    /// </summary>
    internal void Sum(
        int down, int across, int lanes, double bias, ReadOnlySpan<double> source, Span<double> target, Span<double> columns)
    {
        var rows = Overlap.Of(Output.Height, down);
        var wanted = Overlap.Of(Output.Width, across);
        var sourceRows = Overlap.Of(Input.Height, down * Stride.Height);
        var sourceColumns = Overlap.Of(Input.Width, across * Stride.Width);
        var length = sourceColumns.Length * lanes;
        var column = columns[..length];
        for (var y = rows.First; y < rows.End; y++)
        {
            var seen = sourceRows.Among((y * Stride.Height) - Padding.Height, Footprint.Height);
            if (seen.Length > 0 && length > 0)
            {
                var start = ((seen.First * Input.Width) + sourceColumns.First) * lanes;
                RowArithmetic.SumRows(source[start..], Input.Width * lanes, seen.Length, 1.0, 0.0, column);
            }
            else
            {
                column.Clear();
            }

            for (var x = wanted.First; x < wanted.End; x++)
            {
                var reached = sourceColumns.Among((x * Stride.Width) - Padding.Width, Footprint.Width);
                var start = reached.Length > 0 ? (reached.First - sourceColumns.First) * lanes : 0;
                RowArithmetic.SumRows(
                    column[start..], lanes, reached.Length, Weight, bias, target.Slice(((y * Output.Width) + x) * lanes, lanes));
            }
        }
    }
}
