using System;
using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics;

/// <summary>
/// The step x_i := x_i + e_i (g_i - x_i) + sqrt(2 e_i) xi_i of discrete Langevin dynamics with a standard normal prior, g the gradient of
/// the log likelihood: noise, drift and prior in one pass over memory, on several threads, without allocating.
/// </summary>
/// <remarks>The noise is that of <see cref="RandomStream.Normal(Span{double})"/>, whatever the number of threads.</remarks>
public sealed class Diffusion
{
    // Coordinates that one thread takes at a time, and those whose noise is made at a time.
    private const int Block = 1 << 14;
    private const int Piece = 256;

    private readonly double[] steps;
    private readonly WorkTeam team;
    private readonly Action<int> runBlock;
    private RandomStream? stream;
    private double[] position = [];
    private double[] gradient = [];
    private double[] target = [];

    /// <summary>Steps e_i, one a coordinate, on at most <paramref name="threads"/> threads.</summary>
    public Diffusion(ReadOnlySpan<double> steps, int threads)
    {
        foreach (var step in steps)
        {
            if (!(step >= 0.0 && double.IsFinite(step)))
            {
                throw new ArgumentException($"A step is {step}; a step is a finite number that is not negative.", nameof(steps));
            }
        }

        this.steps = steps.ToArray();
        team = new WorkTeam(threads);
        runBlock = RunBlock;
    }

    /// <summary>target := the step from a position with the gradient there; the target may be the position.</summary>
    public void Step(RandomStream stream, double[] position, double[] gradient, double[] target)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(position);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(target);
        Lengths.Same(steps.Length, position.Length);
        Lengths.Same(steps.Length, gradient.Length);
        Lengths.Same(steps.Length, target.Length);
        (this.stream, this.position, this.gradient, this.target) = (stream, position, gradient, target);
        team.Run((steps.Length + Block - 1) / Block, runBlock);
    }

    [SkipLocalsInit]
    private void RunBlock(int block)
    {
        Span<double> noise = stackalloc double[Piece];
        var end = Math.Min((block + 1) * Block, steps.Length);
        for (var first = block * Block; first < end; first += Piece)
        {
            var xi = noise[..Math.Min(Piece, end - first)];
            stream!.Normal(xi, first);
            Entries.Diffuse(
                steps.AsSpan(first, xi.Length), position.AsSpan(first, xi.Length), gradient.AsSpan(first, xi.Length), xi,
                target.AsSpan(first, xi.Length));
        }
    }
}
