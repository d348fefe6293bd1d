using System;
using FiniteWidth.Numerics;
using FiniteWidth.Numerics.Solvers;

namespace FiniteWidth.Distributed;

/// <summary>
/// The P x P matrices of a training set, dealt out block-cyclic over the ranks of a grid: each computes the kernel at its own pairs of
/// examples, and ScaLAPACK works on the whole. No rank holds more than its share of any of them.
/// </summary>
/// <remarks>
/// Of p ranks each holds 8 P^2/p bytes for a reduction and 16 P^2/p for factors, beside all inputs (8 P N0 bytes) and those of its rows and
/// columns once more. All ranks make the same calls with the same arguments; weights and temperatures are those of rank 0.
/// </remarks>
public sealed class DistributedKernelSolver : IKernelSolver
{
    private const int LargestBlock = 64;

    // ScaLAPACK counts the entries of a rank in 32 bits.
    private const double MostEntries = 0.95 * int.MaxValue;

    private readonly Matrix inputs;
    private readonly BlockCyclicAxis rows;
    private readonly BlockCyclicAxis columns;
    private readonly Lazy<LocalPoints> rowPoints;
    private readonly Lazy<LocalPoints> columnPoints;
    private readonly Lazy<BlockCyclicMatrix> gram;
    private readonly Lazy<BlockCyclicMatrix> room;

    /// <summary>Of inputs X, a row an example.</summary>
    /// <exception cref="DistributedException">
    /// Ranks have different inputs, or a share of more entries than ScaLAPACK can count.
    /// </exception>
    public DistributedKernelSolver(ProcessGrid grid, Matrix inputs)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(inputs);
        Grid = grid;
        this.inputs = inputs;
        var count = checked((int)inputs.Rows);
        var least = Math.Ceiling((double)count * count / MostEntries);
        if (grid.Size < least)
        {
            throw new DistributedException(
                $"The kernel of {count} examples has more entries than ScaLAPACK can count on {grid.Size} ranks: start at least {least}.");
        }

        double[] own = [count, inputs.Columns, Fingerprint()];
        var first = grid.OfFirst(Step.Inputs, own);
        _ = grid.Together(Step.Inputs, () => own.AsSpan().SequenceEqual(first)
            ? 0
            : throw new DistributedException($"Rank {grid.Rank} has other training examples than rank 0: give all ranks the same data."));

        // Several blocks for every rank, where there are few examples.
        var block = Math.Clamp(count / (4 * grid.Columns), 1, LargestBlock);
        rows = new(count, block, grid.Rows, grid.Row);
        columns = new(count, block, grid.Columns, grid.Column);
        Scale = 1.0 / inputs.Columns;
        Variances = Norms();
        rowPoints = new(() => LocalPoints.Of(rows, inputs, Variances));
        columnPoints = new(() => LocalPoints.Of(columns, inputs, Variances));
        gram = new(ComputeGram);
        room = new(Square);
    }

    /// <inheritdoc/>
    public double[] Variances { get; }

    internal ProcessGrid Grid { get; }

    /// <summary>1/N0.</summary>
    internal double Scale { get; }

    internal LocalPoints RowPoints => rowPoints.Value;

    internal LocalPoints ColumnPoints => columnPoints.Value;

    /// <summary>X X^T/N0.</summary>
    internal BlockCyclicMatrix Gram => gram.Value;

    private static LinearAlgebraProvider Algebra => LinearAlgebra.Default;

    /// <inheritdoc/>
    public IKernelReduction Reduce(PairProgram program, double[] weights)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(weights);
        var shared = Grid.OfFirst(Step.Reduction, weights);
        return new DistributedReduction(this, Grid.Together(Step.Reduction, () => Kernel(program, shared)));
    }

    /// <inheritdoc/>
    public IKernelFactor? Factor(PairProgram program, double[] weights, double temperature, Matrix targets, out nint minor)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(targets);
        double[] shared = Grid.OfFirst(Step.Factor, [temperature, .. weights]);
        var (a, y) = Grid.Together(Step.Factor, () => (Noisy(program, shared[1..], shared[0]), Dealt(targets)));
        minor = ScaLapack.Cholesky(a);
        return minor == 0 ? new DistributedFactor(this, program, shared[1..], a, y) : null;
    }

    /// <summary>Room for a matrix of P rows, which lie where those of the kernel do.</summary>
    internal BlockCyclicMatrix Tall(int width) =>
        new(Grid, rows, new(width, Math.Clamp((width + Grid.Columns - 1) / Grid.Columns, 1, LargestBlock), Grid.Columns, Grid.Column));

    /// <summary>A matrix of P rows that all ranks have, dealt out.</summary>
    internal BlockCyclicMatrix Dealt(Matrix whole)
    {
        var dealt = Tall(checked((int)whole.Columns));
        dealt.Take(whole);
        return dealt;
    }

    /// <summary>K between the examples and other inputs, P x their number.</summary>
    internal BlockCyclicMatrix Cross(PairProgram program, double[] weights, Matrix others)
    {
        var cross = Tall(checked((int)others.Rows));
        var local = LocalPoints.Of(cross.Columns, others, new double[others.Rows]);
        program.Cross(Algebra, weights, local.Inputs, RowPoints.Inputs, Scale, cross.Local);
        return cross;
    }

    private BlockCyclicMatrix Square() => new(Grid, rows, columns);

    private BlockCyclicMatrix Kernel(PairProgram program, double[] weights)
    {
        var k = Square();
        program.Cross(Algebra, weights, ColumnPoints.Inputs, RowPoints.Inputs, Scale, k.Local);
        k.SetDiagonal(program.Diagonal(weights, Variances));
        RequireFinite(k);
        return k;
    }

    private BlockCyclicMatrix ComputeGram()
    {
        var product = Square();
        Algebra.Multiply(Scale, ColumnPoints.Inputs, false, RowPoints.Inputs, true, 0.0, product.Local);
        product.SetDiagonal(Variances);
        RequireFinite(product);
        return product;
    }

    // T I + K in the room for factors.
    private BlockCyclicMatrix Noisy(PairProgram program, double[] weights, double temperature)
    {
        var a = room.Value;
        program.CrossFromGram(weights, ColumnPoints.Variances, RowPoints.Variances, Gram.Local, a.Local);
        a.SetDiagonal(Array.ConvertAll(program.Diagonal(weights, Variances), variance => variance + temperature));
        return a;
    }

    private static void RequireFinite(BlockCyclicMatrix k)
    {
        // x - x is 0 for a finite x and not a number otherwise.
        var sum = 0.0;
        for (nint j = 0; j < k.Local.Rows; j++)
        {
            foreach (var entry in k.Local.Row(j))
            {
                sum += entry - entry;
            }
        }

        if (sum != 0)
        {
            throw InaccurateKernelException.BeyondDoubles();
        }
    }

    // A number of 52 bits that other inputs hardly have.
    private double Fingerprint()
    {
        var hash = 14695981039346656037UL;
        for (nint i = 0; i < inputs.Rows; i++)
        {
            foreach (var x in inputs.Row(i))
            {
                hash = (hash ^ BitConverter.DoubleToUInt64Bits(x)) * 1099511628211UL;
            }
        }

        return hash >> 12;
    }

    private double[] Norms()
    {
        var norms = new double[inputs.Rows];
        for (var i = 0; i < norms.Length; i++)
        {
            foreach (var x in inputs.Row(i))
            {
                norms[i] += x * x;
            }

            norms[i] *= Scale;
        }

        return norms;
    }
}
