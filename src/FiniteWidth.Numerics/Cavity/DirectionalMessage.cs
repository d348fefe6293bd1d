using System;
using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// What the other N - 1 units and the noise say of one unit's share z = v n.phi/sqrt(N) of the targets along a direction n, without
/// taking the others' sum for Gaussian: c(z), the density of that sum and of the noise at n.y - z, on a grid of z.
/// </summary>
/// <remarks>
/// With p(z) the distribution of a unit in the message, h(z) ~ p(z)/c(z) is its own, without the message; with theta such that N times
/// the mean of h(z) exp(theta z) is n.y,
///
/// c(z) ~ exp(theta z) [ h_theta^(*(N-1)) * Normal(0, T) ](n.y - z),
///
/// the convolution by Fourier transforms. Only the shape of log c follows it, slowly; its slope is set so that N E[z] = n.y.
/// </remarks>
public sealed class DirectionalMessage
{
    private const int Points = 4096;

    // Of the grid's half width, in units of n.y.
    private const double Extent = 4.0;

    // A density below this part of its largest is rounding of the transform; straight lines stand for its logarithm there.
    private const double Rounding = 1e-10;
    private const int EdgePoints = 20;

    private readonly double width;
    private readonly double temperature;
    private readonly double target;
    private readonly double[] logMessage = new double[Points];

    /// <summary>N, T and n.y > 0, with a message that says nothing.</summary>
    public DirectionalMessage(double width, double temperature, double target)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(target);
        (this.width, this.temperature, this.target) = (width, temperature, target);
        Grid = new UniformGrid(-Extent * target, 2.0 * Extent * target / Points, Points);
    }

    /// <summary>z.</summary>
    public UniformGrid Grid { get; }

    /// <summary>log c(z), 0 at z = 0.</summary>
    public Span<double> LogMessage => logMessage;

    /// <summary>The slope of log c at small z.</summary>
    public double Slope => (logMessage[(Points / 2) + (Points / 20)] - logMessage[Points / 2]) / (Points / 20 * Grid.Step);

    /// <summary>The Gaussian message log c = g z - G z^2/2, of n.g and n.G n.</summary>
    public void SetGaussian(double linear, double curvature)
    {
        for (var i = 0; i < Points; i++)
        {
            logMessage[i] = Gaussian(linear, curvature, Grid[i]);
        }
    }

    /// <summary>What the message has more than the Gaussian one, as a tilt of units.</summary>
    public DirectionalTilt Beyond(ReadOnlySpan<double> direction, double linear, double curvature)
    {
        var values = new double[Points];
        for (var i = 0; i < Points; i++)
        {
            values[i] = logMessage[i] - Gaussian(linear, curvature, Grid[i]);
        }

        return new DirectionalTilt(direction, Grid, values);
    }

    /// <summary>log c += d z.</summary>
    public void Tilt(double d)
    {
        for (var i = 0; i < Points; i++)
        {
            logMessage[i] += d * Grid[i];
        }
    }

    /// <summary>Takes the shape of log c a share `gain` towards that of units whose distribution of z in the message is <paramref name="distribution"/>.</summary>
    public void Follow(ReadOnlySpan<double> distribution, double gain)
    {
        Lengths.Same(Points, distribution.Length);
        var next = Convolved(distribution);

        // What a constant and a slope explain of the change, where units are, is left out of it.
        double s0 = 1e-9, s1 = 0.0, s2 = 1e-9, t0 = 0.0, t1 = 0.0;
        for (var i = 0; i < Points; i++)
        {
            var (p, z, change) = (distribution[i], Grid[i], next[i] - logMessage[i]);
            s0 += p;
            s1 += p * z;
            s2 += p * z * z;
            t0 += p * change;
            t1 += p * z * change;
        }

        var determinant = (s0 * s2) - (s1 * s1);
        var (constant, slope) = (((s2 * t0) - (s1 * t1)) / determinant, ((s0 * t1) - (s1 * t0)) / determinant);
        for (var i = 0; i < Points; i++)
        {
            logMessage[i] += gain * (next[i] - logMessage[i] - constant - (slope * Grid[i]));
        }

        var origin = Grid.Interpolate(logMessage, 0.0);
        for (var i = 0; i < Points; i++)
        {
            logMessage[i] -= origin;
        }
    }

    private static double Gaussian(double linear, double curvature, double z) => (linear * z) - (0.5 * curvature * z * z);

    // log c of the units' own distribution h.
    private double[] Convolved(ReadOnlySpan<double> distribution)
    {
        var (own, theta) = Own(distribution);
        var transform = new Complex[Points];
        for (var i = 0; i < Points; i++)
        {
            transform[i] = own[i];
        }

        Fourier.Forward(transform, FourierOptions.Matlab);
        for (var i = 0; i < Points; i++)
        {
            // The grid begins at First, for a unit as for the sum.
            var omega = 2.0 * Math.PI * (i <= Points / 2 ? i : i - Points) / (Points * Grid.Step);
            var shift = Complex.FromPolarCoordinates(1.0, -omega * Grid.First);
            var sum = Complex.Pow(transform[i] * shift, width - 1.0) * Math.Exp(-0.5 * temperature * omega * omega);
            transform[i] = sum * Complex.Conjugate(shift);
        }

        Fourier.Inverse(transform, FourierOptions.Matlab);
        var density = new double[Points];
        for (var i = 0; i < Points; i++)
        {
            density[i] = Math.Max(0.0, transform[i].Real);
        }

        var message = new double[Points];
        for (var i = 0; i < Points; i++)
        {
            message[i] = Grid.Interpolate(density, target - Grid[i]);
        }

        Logarithm(message);
        for (var i = 0; i < Points; i++)
        {
            message[i] += theta * Grid[i];
        }

        return message;
    }

    // h exp(theta z), normalised, with N times its mean n.y.
    private (double[] Own, double Theta) Own(ReadOnlySpan<double> distribution)
    {
        var logs = new double[Points];
        for (var i = 0; i < Points; i++)
        {
            logs[i] = distribution[i] > 0.0 ? Math.Log(distribution[i]) - logMessage[i] : double.NegativeInfinity;
        }

        var own = new double[Points];
        double low = -1.0 / target, high = 1.0 / target;
        for (var doubling = 0; doubling < 60 && MeanAt(low, logs, own) > target / width; doubling++)
        {
            low *= 2.0;
        }

        for (var doubling = 0; doubling < 60 && MeanAt(high, logs, own) < target / width; doubling++)
        {
            high *= 2.0;
        }

        for (var step = 0; step < 60; step++)
        {
            var middle = 0.5 * (low + high);
            (low, high) = MeanAt(middle, logs, own) < target / width ? (middle, high) : (low, middle);
        }

        var theta = 0.5 * (low + high);
        MeanAt(theta, logs, own);
        return (own, theta);
    }

    // The mean of exp(logs + theta z), whose normalised weights go to own.
    private double MeanAt(double theta, double[] logs, double[] own)
    {
        var top = double.NegativeInfinity;
        for (var i = 0; i < Points; i++)
        {
            own[i] = logs[i] + (theta * Grid[i]);
            top = Math.Max(top, own[i]);
        }

        double sum = 0.0, mean = 0.0;
        for (var i = 0; i < Points; i++)
        {
            own[i] = Math.Exp(own[i] - top);
            sum += own[i];
            mean += own[i] * Grid[i];
        }

        for (var i = 0; i < Points; i++)
        {
            own[i] /= sum;
        }

        return mean / sum;
    }

    // In place, with straight lines in place of what rounding has lost at both ends.
    private void Logarithm(double[] density)
    {
        var top = density.AsSpan().IndexOf(MaxOf(density));
        var least = Rounding * density[top];
        int first = top, last = top;
        while (first > 0 && density[first - 1] > least)
        {
            first--;
        }

        while (last < Points - 1 && density[last + 1] > least)
        {
            last++;
        }

        for (var i = first; i <= last; i++)
        {
            density[i] = Math.Log(density[i]);
        }

        var span = Math.Clamp(last - first, 1, EdgePoints);
        var after = first == last ? 0.0 : (density[last] - density[last - span]) / span;
        var before = first == last ? 0.0 : (density[first + span] - density[first]) / span;
        for (var i = last + 1; i < Points; i++)
        {
            density[i] = density[last] + (after * (i - last));
        }

        for (var i = 0; i < first; i++)
        {
            density[i] = density[first] + (before * (i - first));
        }
    }

    private static double MaxOf(double[] values)
    {
        var most = values[0];
        foreach (var value in values)
        {
            most = Math.Max(most, value);
        }

        return most;
    }
}
