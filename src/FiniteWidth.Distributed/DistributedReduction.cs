using System;
using FiniteWidth.Numerics;
using FiniteWidth.Numerics.Solvers;

namespace FiniteWidth.Distributed;

/// <summary>K = Q F Q^T by ScaLAPACK: the reflections of Q lie where K lay, F is known to all ranks.</summary>
internal sealed class DistributedReduction : IKernelReduction
{
    private readonly DistributedKernelSolver solver;
    private readonly BlockCyclicMatrix reflections;
    private readonly double[] scalars;

    public DistributedReduction(DistributedKernelSolver solver, BlockCyclicMatrix kernel)
    {
        this.solver = solver;
        reflections = kernel;
        var columns = kernel.Columns;
        var (diagonal, beside) = (Room(columns), Room(columns));
        scalars = Room(columns);
        ScaLapack.Tridiagonalize(kernel, diagonal, beside, scalars);

        // All rows of the grid know the same; the first one tells.
        var form = new double[2 * columns.Count];
        for (var j = 0; j < columns.LocalCount && solver.Grid.Row == 0; j++)
        {
            form[columns.ToGlobal(j)] = diagonal[j];
            form[columns.Count + columns.ToGlobal(j)] = beside[j];
        }

        solver.Grid.Sum(form);
        Form = new(form[..columns.Count], form[columns.Count..^1]);
    }

    public TridiagonalMatrix Form { get; }

    public void Rotate(Matrix b) => Rotate(b, back: false);

    public void RotateBack(Matrix b) => Rotate(b, back: true);

    private static double[] Room(BlockCyclicAxis columns) => new double[Math.Max(1, columns.LocalCount)];

    private void Rotate(Matrix b, bool back)
    {
        using var dealt = solver.Grid.Together(Step.Rotation, () => solver.Dealt(b));
        ScaLapack.Rotate(reflections, scalars, back, dealt);
        solver.Grid.Gather(dealt, b);
    }
}
