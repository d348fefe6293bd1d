using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// The joint density of a unit's weights and readout in a field with a directional tilt: weights w_ik of units i at readouts v_k,
/// proportional to N(v_k; 0, 1/lambda) exp(E_i(v_k)) over the density from which the units were drawn, E the field's tilt.
/// </summary>
public sealed class ReadoutQuadrature
{
    // Nodes crowd where most of the prior is.
    private const double Crowding = 1.5;

    private readonly double[] readouts;
    private readonly double[] logPrior;
    private readonly double[] row;
    private double[] table = [];
    private double[] projections = [];

    /// <summary>Readouts up to <paramref name="largest"/> of both signs, so many of each, under a prior of this precision lambda.</summary>
    public ReadoutQuadrature(double largest, double precision, int count)
    {
        readouts = new double[2 * count];
        logPrior = new double[2 * count];
        row = new double[2 * count];
        for (var k = 0; k < count; k++)
        {
            var place = (k + 0.5) / count;
            var v = largest * Math.Pow(place, Crowding);
            var spacing = largest * Crowding * Math.Pow(place, Crowding - 1.0) / count;
            var log = Math.Log(spacing) - (0.5 * precision * v * v) + (0.5 * Math.Log(precision / (2.0 * Math.PI)));
            (readouts[count + k], readouts[count - 1 - k]) = (v, -v);
            (logPrior[count + k], logPrior[count - 1 - k]) = (log, log);
        }
    }

    private int Count => readouts.Length;

    private int Units => projections.Length;

    /// <summary>The weights after a sweep, normalised, of units drawn from these log densities over their prior.</summary>
    public void Weigh(UnitPopulation population, ReadOnlySpan<double> logDensities)
    {
        ArgumentNullException.ThrowIfNull(population);
        Lengths.Same(population.Units, logDensities.Length);
        projections = population.Projections.ToArray();
        if (table.Length != Units * Count)
        {
            table = new double[Units * Count];
        }

        var top = double.NegativeInfinity;
        for (var i = 0; i < Units; i++)
        {
            var target = Row(i);
            for (var k = 0; k < Count; k++)
            {
                target[k] = logPrior[k] + population.Tilt(readouts[k], i, 1.0) - logDensities[i];
                top = Math.Max(top, target[k]);
            }
        }

        for (var i = 0; i < table.Length; i++)
        {
            table[i] -= top;
        }

        VectorMath.Exp(table, table);
        Normalise();
    }

    /// <summary>Multiplies the weights with exp(d z), z = v n.phi/sqrt(N), so that the mean of z is <paramref name="mean"/>, or comes as near as |d| up to a bound allows; d.</summary>
    public double Tilt(double mean, double bound)
    {
        double low = -bound, high = bound, d = 0.0;
        for (var step = 0; step < 60; step++)
        {
            var (first, variance) = MomentsAt(d);
            var excess = first - mean;
            if (Math.Abs(excess) <= 1e-9 * (Math.Abs(mean) + Math.Sqrt(variance)) || high - low <= 1e-12 * bound)
            {
                break;
            }

            (low, high) = excess > 0.0 ? (low, d) : (d, high);
            var next = variance > 0.0 ? d - (excess / variance) : double.NaN;
            d = next > low && next < high ? next : 0.5 * (low + high);
        }

        for (var i = 0; i < Units; i++)
        {
            Tilted(i, d, Row(i));
        }

        Normalise();
        return d;
    }

    /// <summary>sum_k w_ik v_k^r of every unit, r = 0, 1, 2.</summary>
    public void Sums(Span<double> zeroth, Span<double> first, Span<double> second)
    {
        for (var i = 0; i < Units; i++)
        {
            var weights = Row(i);
            (zeroth[i], first[i], second[i]) = (0.0, 0.0, 0.0);
            for (var k = 0; k < Count; k++)
            {
                var v = readouts[k];
                zeroth[i] += weights[k];
                first[i] += weights[k] * v;
                second[i] += weights[k] * v * v;
            }
        }
    }

    /// <summary>The distribution of z on a grid: every weight divided between the two points beside it.</summary>
    public double[] Distribution(UniformGrid grid)
    {
        var mass = new double[grid.Count];
        for (var i = 0; i < Units; i++)
        {
            var weights = Row(i);
            for (var k = 0; k < Count; k++)
            {
                var (interval, fraction) = grid.Locate(readouts[k] * projections[i]);
                mass[interval] += weights[k] * (1.0 - fraction);
                mass[interval + 1] += weights[k] * fraction;
            }
        }

        return mass;
    }

    private Span<double> Row(int i) => table.AsSpan(i * Count, Count);

    private void Tilted(int i, double d, Span<double> target)
    {
        for (var k = 0; k < Count; k++)
        {
            row[k] = d * readouts[k] * projections[i];
        }

        VectorMath.Exp(row, row);
        var weights = Row(i);
        for (var k = 0; k < Count; k++)
        {
            target[k] = weights[k] * row[k];
        }
    }

    private (double Mean, double Variance) MomentsAt(double d)
    {
        double sum = 0.0, first = 0.0, second = 0.0;
        var tilted = new double[Count];
        for (var i = 0; i < Units; i++)
        {
            Tilted(i, d, tilted);
            var u = projections[i];
            for (var k = 0; k < Count; k++)
            {
                var z = readouts[k] * u;
                sum += tilted[k];
                first += tilted[k] * z;
                second += tilted[k] * z * z;
            }
        }

        var mean = first / sum;
        return (mean, Math.Max(0.0, (second / sum) - (mean * mean)));
    }

    private void Normalise()
    {
        var sum = 0.0;
        foreach (var weight in table)
        {
            sum += weight;
        }

        for (var i = 0; i < table.Length; i++)
        {
            table[i] /= sum;
        }
    }
}
