using System;
using System.Threading.Tasks;
using FiniteWidth.Numerics;
using FiniteWidth.Numerics.Solvers;

namespace FiniteWidth.Distributed;

/// <summary>A = T I + K = U^T U by ScaLAPACK, in the memory of its solver, with A^(-1) Y known to all ranks.</summary>
internal sealed class DistributedFactor : IKernelFactor
{
    private readonly DistributedKernelSolver solver;
    private readonly PairProgram program;
    private readonly double[] weights;
    private readonly BlockCyclicMatrix factor;
    private readonly Matrix representer;

    public DistributedFactor(
        DistributedKernelSolver solver, PairProgram program, double[] weights, BlockCyclicMatrix factor, BlockCyclicMatrix targets)
    {
        this.solver = solver;
        this.program = program;
        this.weights = weights;
        this.factor = factor;
        foreach (var pivot in Whole(factor.LocalDiagonal()))
        {
            LogDeterminant += 2 * Math.Log(pivot);
        }

        using (targets)
        {
            ScaLapack.SolveTriangular(factor, back: false, targets);
            var energy = new double[1];
            for (nint d = 0; d < targets.Local.Rows; d++)
            {
                energy[0] += SquaredNorm(targets.Local.Row(d));
            }

            Energy = Whole(energy)[0];
            ScaLapack.SolveTriangular(factor, back: true, targets);
            representer = Matrix.Uninitialized(targets.Rows.Count, targets.Columns.Count);
            Grid.Gather(targets, representer);
        }
    }

    public double LogDeterminant { get; }

    public double Energy { get; }

    private ProcessGrid Grid => solver.Grid;

    public double PivotCondition()
    {
        var count = factor.Columns.Count;
        var squares = new double[2 * count];
        factor.LocalDiagonal().CopyTo(squares, count);
        for (var j = 0; j < factor.Columns.LocalCount; j++)
        {
            squares[factor.Columns.ToGlobal(j)] = SquaredNorm(factor.Upper(j));
        }

        Grid.Sum(squares);
        double largest = 0, smallest = double.PositiveInfinity;
        for (var i = 0; i < count; i++)
        {
            largest = Math.Max(largest, squares[i]);
            smallest = Math.Min(smallest, squares[count + i] * squares[count + i]);
        }

        return largest / smallest;
    }

    public KernelGradient Gradient()
    {
        Grid.Together(Step.Gradient, () => true);
        ScaLapack.Invert(factor);
        SubtractOuter();
        var diagonal = Whole(factor.LocalDiagonal());
        var trace = 0.0;
        foreach (var entry in diagonal)
        {
            trace += entry;
        }

        var part = Grid.Together(Step.Gradient, Sweep);
        var pairs = Total(part);
        return new(program.Gradient(weights, solver.Variances, diagonal, pairs), trace);
    }

    public KernelPrediction Predict(Matrix inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var cross = Grid.Together(Step.Prediction, () => solver.Cross(program, weights, inputs));
        var (points, outputs) = (cross.Columns.Count, (int)representer.Columns);
        var mean = new double[points * outputs];
        for (var t = 0; t < cross.Local.Rows; t++)
        {
            var column = cross.Local.Row(t);
            var place = cross.Columns.ToGlobal(t) * outputs;
            for (var i = 0; i < column.Length; i++)
            {
                var v = representer.Row(cross.Rows.ToGlobal(i));
                for (var d = 0; d < outputs; d++)
                {
                    mean[place + d] += column[i] * v[d];
                }
            }
        }

        ScaLapack.SolveTriangular(factor, back: false, cross);
        var explained = new double[points];
        for (var t = 0; t < cross.Local.Rows; t++)
        {
            explained[cross.Columns.ToGlobal(t)] = SquaredNorm(cross.Local.Row(t));
        }

        return new(Matrix.FromArray(points, outputs, Whole(mean)), Whole(explained));
    }

    private static double SquaredNorm(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value * value;
        }

        return sum;
    }

    // D A^(-1) - A^(-1) Y Y^T A^(-1) in the upper triangle of A^(-1).
    private void SubtractOuter()
    {
        var outputs = (int)representer.Columns;
        Parallel.For(0, factor.Columns.LocalCount, j =>
        {
            var column = factor.Upper(j);
            var right = representer.Row(factor.Columns.ToGlobal(j));
            for (var i = 0; i < column.Length; i++)
            {
                var left = representer.Row(factor.Rows.ToGlobal(i));
                var entry = outputs * column[i];
                for (var d = 0; d < outputs; d++)
                {
                    entry -= left[d] * right[d];
                }

                column[i] = entry;
            }
        });
    }

    // The pairs of this rank.
    private PairAdjoints Sweep() =>
        program.CrossGradient(
            weights,
            solver.ColumnPoints.Variances,
            solver.RowPoints.Variances,
            factor.RowsAboveDiagonal(),
            solver.Gram.Local,
            factor.Local);

    // What the pairs of all ranks contribute: the points of a part are those of its columns, then those of its rows.
    private PairAdjoints Total(PairAdjoints part)
    {
        int points = factor.Columns.Count, own = factor.Columns.LocalCount;
        var flat = new double[weights.Length + (program.NodeCount * points)];
        part.Weights.CopyTo(flat, 0);
        for (var node = 0; node < program.NodeCount; node++)
        {
            var whole = flat.AsSpan(weights.Length + (node * points), points);
            var local = part.Variances[node];
            for (var i = 0; i < local.Length; i++)
            {
                whole[i < own ? factor.Columns.ToGlobal(i) : factor.Rows.ToGlobal(i - own)] += local[i];
            }
        }

        Grid.Sum(flat);
        var total = new PairAdjoints(weights.Length, program.NodeCount, points);
        flat.AsSpan(0, weights.Length).CopyTo(total.Weights);
        for (var node = 0; node < program.NodeCount; node++)
        {
            flat.AsSpan(weights.Length + (node * points), points).CopyTo(total.Variances[node]);
        }

        return total;
    }

    // What all ranks have parts of.
    private double[] Whole(double[] parts)
    {
        Grid.Sum(parts);
        return parts;
    }
}
