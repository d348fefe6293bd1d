using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// The density from which the units of all nodes together were drawn, relative to their prior: sum_j n_j exp(f_j + E_j(w)), with n_j
/// units at a node whose density is exp(E_j(w)) over its prior and whose free energies f_j make the weights consistent (the
/// multistate acceptance ratio of Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008)).
/// </summary>
/// <remarks>
/// One node has v = 0, the prior itself: f = 0 there. Where the activation is odd nodes are v >= 0 only, and a unit stands for
/// (w, v) and (-w, -v) alike.
/// </remarks>
public sealed class LadderWeights
{
    private const int Iterations = 200;
    private const double Tolerance = 1e-7;

    private readonly bool odd;
    private readonly double[] nodes;
    private readonly double[] freeEnergies;
    private readonly int prior;
    private double[] table = [];

    /// <summary>Free energies of nodes v_j, all 0 at first.</summary>
    public LadderWeights(ReadOnlySpan<double> nodes, bool odd)
    {
        this.odd = odd;
        this.nodes = nodes.ToArray();
        freeEnergies = new double[nodes.Length];
        prior = this.nodes.AsSpan().IndexOf(0.0);
        if (prior < 0)
        {
            throw new ArgumentException("One node of a ladder is v = 0, the prior.", nameof(nodes));
        }
    }

    /// <summary>f_j.</summary>
    public Span<double> FreeEnergies => freeEnergies;

    /// <summary>
    /// Solves for the free energies, from those of the last call on, and writes log sum_j n_j exp(f_j + E_j) of every unit: the
    /// reciprocals of these sums are normalised weights of the prior.
    /// </summary>
    public void Solve(UnitPopulation population, Span<double> logDensities)
    {
        ArgumentNullException.ThrowIfNull(population);
        Lengths.Same(nodes.Length, population.Nodes.Length);
        Lengths.Same(population.Units, logDensities.Length);
        var counts = new double[nodes.Length];
        foreach (var j in population.NodeOfUnit)
        {
            counts[j]++;
        }

        var tops = new double[population.Units];
        for (var round = 0; round < 3; round++)
        {
            Tabulate(population, counts, tops);
            if (Iterate(counts, population.Units) < 1.0)
            {
                break;
            }
        }

        Tabulate(population, counts, tops);
        for (var i = 0; i < population.Units; i++)
        {
            var sum = 0.0;
            for (var j = 0; j < nodes.Length; j++)
            {
                sum += table[(i * nodes.Length) + j];
            }

            logDensities[i] = tops[i] + Math.Log(sum);
        }
    }

    /// <summary>The tilt at readout v, averaged over (w, v) and (-w, -v) where a unit stands for both.</summary>
    private double Tilt(UnitPopulation population, double v, int unit)
    {
        var forward = population.Tilt(v, unit, 1.0);
        if (!odd)
        {
            return forward;
        }

        var backward = population.Tilt(v, unit, -1.0);
        return Math.Max(forward, backward) + Math.Log(0.5 * (1.0 + Math.Exp(-Math.Abs(forward - backward))));
    }

    /// <summary>table := n_j exp(f_j + E_ij - top_i), 1 at most in a row.</summary>
    private void Tabulate(UnitPopulation population, double[] counts, double[] tops)
    {
        var count = nodes.Length;
        if (table.Length != population.Units * count)
        {
            table = new double[population.Units * count];
        }

        var offsets = new double[count];
        for (var j = 0; j < count; j++)
        {
            offsets[j] = Math.Log(counts[j]) + freeEnergies[j];
        }

        for (var i = 0; i < population.Units; i++)
        {
            var row = table.AsSpan(i * count, count);
            for (var j = 0; j < count; j++)
            {
                row[j] = offsets[j] + Tilt(population, nodes[j], i);
            }

            var top = double.NegativeInfinity;
            foreach (var entry in row)
            {
                top = Math.Max(top, entry);
            }

            tops[i] = top;
            for (var j = 0; j < count; j++)
            {
                row[j] -= top;
            }

            VectorMath.Exp(row, row);
        }
    }

    /// <summary>Self-consistent iteration on ratios to the tabulated free energies; returns the largest change of a free energy.</summary>
    private double Iterate(double[] counts, int units)
    {
        var count = nodes.Length;
        var ratios = new double[count];
        Array.Fill(ratios, 1.0);
        var sums = new double[count];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(sums);
            for (var i = 0; i < units; i++)
            {
                var row = table.AsSpan(i * count, count);
                var inverse = 1.0 / VectorArithmetic.Dot(row, ratios);
                VectorArithmetic.AddScaled(row, inverse, sums);
            }

            // Consistent: ratio_j sum_j = n_j at every node, up to a common factor that f = 0 at the prior's node fixes.
            var change = 0.0;
            var scale = sums[prior] / counts[prior];
            for (var j = 0; j < count; j++)
            {
                var next = counts[j] == 0.0 ? ratios[j] : scale * counts[j] / sums[j];
                change = Math.Max(change, Math.Abs(Math.Log(next / ratios[j])));
                ratios[j] = next;
            }

            if (change < Tolerance)
            {
                break;
            }
        }

        var largest = 0.0;
        for (var j = 0; j < count; j++)
        {
            var shift = Math.Log(ratios[j]);
            largest = Math.Max(largest, Math.Abs(shift));
            freeEnergies[j] += shift;
        }

        return largest;
    }
}
