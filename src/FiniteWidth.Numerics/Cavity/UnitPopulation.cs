using System;
using System.Collections.Concurrent;
using System.Numerics;
using FiniteWidth.Numerics.KernelMaps;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// Many copies of one hidden unit in the field of the others, each held at a node v_j of the readout, where its weights have density
/// N(w; 0, I) exp(v_j B(w) - v_j^2 Q(w)/2): moved by Hamiltonian dynamics and exchanged between neighbouring nodes.
/// </summary>
/// <remarks>
/// Single precision. Units are cut into blocks whose size depends on nothing, and every unit draws from its own place in a stream, so
/// results do not depend on the number of threads.
/// </remarks>
public sealed class UnitPopulation
{
    // Rows of a block: enough for a product to run at full speed, few enough for several threads.
    private const int BlockUnits = 128;

    // Rows of a moment matrix that are computed at a time.
    private const int BlockPoints = 128;

    // A weight that single precision loses beside the largest.
    private const double Negligible = 1e-8;

    private const int Steps = 3;
    private const double TargetAcceptance = 0.8;
    private const double AdaptationRate = 0.3;
    private const double SmallestStep = 0.01;
    private const double LargestStep = 1.3;
    private const double FirstStep = 0.6;

    private readonly UnitInputs inputs;
    private readonly double[] nodes;
    private readonly WorkTeam team;
    private readonly LinearAlgebraProvider algebra = LinearAlgebra.Default;
    private readonly ConcurrentBag<Scratch> scratches = [];
    private readonly float[] positions;
    private readonly float[] features;
    private readonly float[] slopes;
    private readonly float[] testFeatures;
    private readonly float[] chosenFeatures;
    private readonly float[] weighted;
    private readonly float[] weightedSquares;
    private readonly int[] chosen;
    private readonly int[] node;
    private readonly double[] steps;
    private readonly double[] linear;
    private readonly double[] quadratic;
    private readonly double[] projections;
    private readonly double[] uniforms;
    private readonly double[] jitters;
    private readonly bool[] accepted;
    private UnitField? last;

    /// <summary>Units whose weights are drawn from their prior, the same number at every node.</summary>
    public UnitPopulation(UnitInputs inputs, ReadOnlySpan<double> nodes, int units, RandomStream stream, int threads)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(units, nodes.Length);
        this.inputs = inputs;
        this.nodes = nodes.ToArray();
        Units = units;
        team = new WorkTeam(threads);
        positions = new float[checked(units * inputs.Coordinates)];
        features = new float[checked(units * inputs.Points)];
        slopes = new float[features.Length];
        testFeatures = new float[checked(units * inputs.TestPoints)];
        chosenFeatures = new float[features.Length];
        chosen = new int[units];
        weighted = new float[features.Length];
        weightedSquares = new float[features.Length];
        node = new int[units];
        steps = new double[nodes.Length];
        Array.Fill(steps, FirstStep);
        (linear, quadratic, projections) = (new double[units], new double[units], new double[units]);
        (uniforms, jitters, accepted) = (new double[units], new double[units], new bool[units]);
        for (var i = 0; i < units; i++)
        {
            node[i] = (int)((long)i * nodes.Length / units);
        }

        team.Run(Blocks, block =>
        {
            var (first, count) = BlockOf(block);
            var scratch = Rent();
            DrawNormals(stream, first, count, inputs.Coordinates, scratch.Wide, positions.AsSpan(first * inputs.Coordinates));
            scratches.Add(scratch);
        });
        ComputeFeatures();
    }

    /// <summary>The number of units.</summary>
    public int Units { get; }

    /// <summary>v_j.</summary>
    public ReadOnlySpan<double> Nodes => nodes;

    /// <summary>The node of every unit.</summary>
    public ReadOnlySpan<int> NodeOfUnit => node;

    /// <summary>B of every unit in the field of the last sweep.</summary>
    public ReadOnlySpan<double> Linear => linear;

    /// <summary>Q of every unit in the field of the last sweep.</summary>
    public ReadOnlySpan<double> Quadratic => quadratic;

    /// <summary>u = n.phi/sqrt(N) of every unit along the direction of the last sweep's field; 0 where it had none.</summary>
    public ReadOnlySpan<double> Projections => projections;

    /// <summary>The share of trajectories accepted in the last sweep.</summary>
    public double Acceptance { get; private set; }

    /// <summary>The share of exchanges accepted in the last sweep, averaged over pairs of nodes.</summary>
    public double SwapRate { get; private set; }

    private int Blocks => BlocksOf(Units);

    /// <summary>Units whose weights in the last moments were not negligible.</summary>
    private int Chosen { get; set; }

    /// <summary>Where the units are, to go on from later.</summary>
    public PopulationState Save() => new([.. positions], [.. node], [.. steps]);

    /// <summary>Goes on from a state of a population with as many units, nodes and coordinates.</summary>
    public void Restore(PopulationState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Lengths.Same(positions.Length, state.Positions.Length);
        Lengths.Same(node.Length, state.Nodes.Length);
        Lengths.Same(steps.Length, state.Steps.Length);
        state.Positions.CopyTo(positions.AsSpan());
        state.Nodes.CopyTo(node.AsSpan());
        state.Steps.CopyTo(steps.AsSpan());
        ComputeFeatures();
    }

    /// <summary>
    /// One trajectory of every unit in a field, then one round of exchanges between neighbouring nodes; steps are adapted to an
    /// acceptance of 0.8 where asked for.
    /// </summary>
    public void Sweep(UnitField field, RandomStream stream, bool adapt)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(stream);
        Lengths.Same(inputs.Points, field.Linear.Length);
        var momenta = stream.Split(0);
        stream.Split(1).Uniform(jitters);
        stream.Split(2).Uniform(uniforms);
        last = field;
        algebra.EnterSingleThreaded();
        try
        {
            team.Run(Blocks, block => Move(block, field, momenta));
        }
        finally
        {
            algebra.LeaveSingleThreaded();
        }

        Adapt(adapt);
        Exchange(stream.Split(3));
    }

    /// <summary>
    /// K := sum_i k_i phi_i phi_i^T and S := sum_i s_i phi_i phi_i^T, both triangles, over all units.
    /// </summary>
    public void Moments(ReadOnlySpan<double> k, ReadOnlySpan<double> s, Matrix kernel, Matrix second)
    {
        Require.Shape(kernel, inputs.Points, inputs.Points, nameof(kernel));
        Require.Shape(second, inputs.Points, inputs.Points, nameof(second));
        Weigh(k, s);
        Squares((kernel, weighted), (second, weightedSquares));
    }

    /// <summary>K := sum_i k_i phi_i phi_i^T alone.</summary>
    public void Moments(ReadOnlySpan<double> k, Matrix kernel)
    {
        Require.Shape(kernel, inputs.Points, inputs.Points, nameof(kernel));
        Weigh(k, k);
        Squares((kernel, weighted));
    }

    /// <summary>
    /// The same at test points, after Moments with the same weights: K0 := sum_i k_i phi0_i phi_i^T and likewise S0
    /// (Ptest x P), and sum_i s_i phi0_i^2 (Ptest). What no training point sees of the weights is drawn from the stream.
    /// </summary>
    public void TestMoments(ReadOnlySpan<double> s, RandomStream stream, Matrix kernel, Matrix second, Span<double> squares)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Require.Shape(kernel, inputs.TestPoints, inputs.Points, nameof(kernel));
        Require.Shape(second, inputs.TestPoints, inputs.Points, nameof(second));
        Lengths.Same(inputs.TestPoints, squares.Length);
        Lengths.Same(Units, s.Length);
        Parallel(BlocksOf(Chosen), block => EvaluateTest(block, stream));
        Crosses((kernel, weighted), (second, weightedSquares));
        squares.Clear();
        for (var c = 0; c < Chosen; c++)
        {
            var row = testFeatures.AsSpan(c * inputs.TestPoints, inputs.TestPoints);
            for (var t = 0; t < row.Length; t++)
            {
                squares[t] += s[chosen[c]] * row[t] * row[t];
            }
        }
    }

    /// <summary>K0 alone, after Moments of K alone.</summary>
    public void TestMoments(RandomStream stream, Matrix kernel)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Require.Shape(kernel, inputs.TestPoints, inputs.Points, nameof(kernel));
        Parallel(BlocksOf(Chosen), block => EvaluateTest(block, stream));
        Crosses((kernel, weighted));
    }

    /// <summary>sum_i w_i phi_i over all units (P).</summary>
    public void Mean(ReadOnlySpan<double> weights, Span<double> target)
    {
        Lengths.Same(Units, weights.Length);
        Lengths.Same(inputs.Points, target.Length);
        target.Clear();
        for (var i = 0; i < Units; i++)
        {
            AddScaled(weights[i], features.AsSpan(i * inputs.Points, inputs.Points), target);
        }
    }

    /// <summary>The same at test points (Ptest), after their moments, over units whose weights counted there.</summary>
    public void TestMean(ReadOnlySpan<double> weights, Span<double> target)
    {
        Lengths.Same(Units, weights.Length);
        Lengths.Same(inputs.TestPoints, target.Length);
        target.Clear();
        for (var c = 0; c < Chosen; c++)
        {
            AddScaled(weights[chosen[c]], testFeatures.AsSpan(c * inputs.TestPoints, inputs.TestPoints), target);
        }
    }

    /// <summary>sum_i w_i of the units' own weights (d).</summary>
    public void MeanPosition(ReadOnlySpan<double> weights, Span<double> target)
    {
        Lengths.Same(Units, weights.Length);
        Lengths.Same(inputs.Coordinates, target.Length);
        target.Clear();
        for (var i = 0; i < Units; i++)
        {
            if (weights[i] != 0)
            {
                AddScaled(weights[i], positions.AsSpan(i * inputs.Coordinates, inputs.Coordinates), target);
            }
        }
    }

    /// <summary>n.phi of every unit along a direction n (P).</summary>
    public void Project(ReadOnlySpan<double> direction, Span<double> target)
    {
        Lengths.Same(inputs.Points, direction.Length);
        Lengths.Same(Units, target.Length);
        var single = new float[direction.Length];
        Entries.Convert(direction, single.AsSpan());
        for (var i = 0; i < Units; i++)
        {
            target[i] = Entries.Dot<float>(features.AsSpan(i * inputs.Points, inputs.Points), single);
        }
    }

    private static void AddScaled(double weight, ReadOnlySpan<float> source, Span<double> target)
    {
        for (var j = 0; j < source.Length; j++)
        {
            target[j] += weight * source[j];
        }
    }

    private static void DrawNormals(RandomStream stream, int first, int count, int columns, double[] wide, Span<float> target)
    {
        var numbers = wide.AsSpan(0, count * columns);
        stream.Normal(numbers, (long)first * columns);
        Entries.Convert<double, float>(numbers, target[..numbers.Length]);
    }

    private static MatrixSpan<float> Rows(float[] entries, int columns, int first, int count) =>
        new(entries.AsSpan(first * columns, count * columns), count, columns);

    private void Parallel(int count, Action<int> body)
    {
        algebra.EnterSingleThreaded();
        try
        {
            team.Run(count, body);
        }
        finally
        {
            algebra.LeaveSingleThreaded();
        }
    }

    private static int BlocksOf(int units) => (units + BlockUnits - 1) / BlockUnits;

    private (int First, int Count) BlockOf(int block) => BlockOf(block, Units);

    /// <summary>Blocks of nearly the same size.</summary>
    private static (int First, int Count) BlockOf(int block, int units)
    {
        var blocks = BlocksOf(units);
        var first = (int)((long)units * block / blocks);
        return (first, (int)((long)units * (block + 1) / blocks) - first);
    }

    private Scratch Rent() => scratches.TryTake(out var scratch) ? scratch : new Scratch(inputs);

    private void ComputeFeatures() => Parallel(Blocks, block =>
    {
        var (first, count) = BlockOf(block);
        Evaluate(Rows(positions, inputs.Coordinates, first, count), features.AsSpan(first * inputs.Points), slopes.AsSpan(first * inputs.Points));
    });

    /// <summary>phi = sigma(W Z^T) and sigma' there.</summary>
    private void Evaluate(MatrixSpan<float> weights, Span<float> values, Span<float> slope)
    {
        var count = weights.Rows * inputs.Points;
        algebra.Multiply(
            1.0, weights, false, Rows(inputs.Train, inputs.Coordinates, 0, inputs.Points), true,
            0.0, new MatrixSpan<float>(values, weights.Rows, inputs.Points));
        inputs.Activation.ApplyInPlace(values[..count], slope[..count]);
    }

    private void Move(int block, UnitField field, RandomStream momenta)
    {
        var (first, count) = BlockOf(block);
        int d = inputs.Coordinates, p = inputs.Points;
        var s = Rent();
        DrawNormals(momenta, first, count, d, s.Wide, s.Momenta);
        positions.AsSpan(first * d, count * d).CopyTo(s.Positions);
        Differentiate(field, first, count, features.AsSpan(first * p), slopes.AsSpan(first * p), s);
        for (var i = 0; i < count; i++)
        {
            var unit = first + i;
            (linear[unit], quadratic[unit], projections[unit]) = (s.Linear[i], s.Quadratic[i], s.Projections[i]);
            s.StepSizes[i] = steps[node[unit]] * (0.8 + (0.4 * jitters[unit]));
            s.Energies[i] = Energy(s, i);
        }

        for (var step = 0; step < Steps; step++)
        {
            for (var i = 0; i < count; i++)
            {
                var e = s.StepSizes[i];
                var momentum = s.Momenta.AsSpan(i * d, d);
                Entries.Add((float)(0.5 * e), s.Gradients.AsSpan(i * d, d), momentum);
                Entries.Rotate((float)Math.Cos(e), (float)Math.Sin(e), s.Positions.AsSpan(i * d, d), momentum);
            }

            Evaluate(Rows(s.Positions, d, 0, count), s.Features, s.Slopes);
            Differentiate(field, first, count, s.Features, s.Slopes, s);
            for (var i = 0; i < count; i++)
            {
                Entries.Add((float)(0.5 * s.StepSizes[i]), s.Gradients.AsSpan(i * d, d), s.Momenta.AsSpan(i * d, d));
            }
        }

        for (var i = 0; i < count; i++)
        {
            var unit = first + i;
            accepted[unit] = Math.Log(uniforms[unit]) < s.Energies[i] - Energy(s, i);
            if (accepted[unit])
            {
                s.Positions.AsSpan(i * d, d).CopyTo(positions.AsSpan(unit * d));
                s.Features.AsSpan(i * p, p).CopyTo(features.AsSpan(unit * p));
                s.Slopes.AsSpan(i * p, p).CopyTo(slopes.AsSpan(unit * p));
                (linear[unit], quadratic[unit], projections[unit]) = (s.Linear[i], s.Quadratic[i], s.Projections[i]);
            }
        }

        scratches.Add(s);
    }

    private double Energy(Scratch s, int i)
    {
        var d = inputs.Coordinates;
        var momentum = s.Momenta.AsSpan(i * d, d);
        var position = s.Positions.AsSpan(i * d, d);
        return (0.5 * (Entries.Dot<float>(momentum, momentum) + Entries.Dot<float>(position, position))) - s.Tilts[i];
    }

    /// <summary>B, Q and the tilt of every unit of a block, and the gradient of the tilt in its weights.</summary>
    private void Differentiate(UnitField field, int first, int count, Span<float> values, Span<float> slope, Scratch s)
    {
        var p = inputs.Points;
        var phi = new MatrixSpan<float>(values, count, p);
        var forces = Rows(s.Forces, p, 0, count);
        if (field.Curvature is not null)
        {
            algebra.Multiply(1.0, phi, false, Rows(field.Curvature, p, 0, p), false, 0.0, forces);
        }

        for (var i = 0; i < count; i++)
        {
            var v = nodes[node[first + i]];
            var row = phi.Row(i);
            var force = forces.Row(i);
            var b = Entries.Dot<float>(row, field.Linear) / field.RootWidth;
            var pull = v / field.RootWidth;
            var (q, u) = (0.0, 0.0);
            if (field.Curvature is null)
            {
                Entries.Scale((float)pull, field.Linear, force);
            }
            else
            {
                q = Math.Max(0.0, Entries.Dot<float>(row, force)) / (field.RootWidth * field.RootWidth);
                Combine((float)pull, field.Linear, (float)(-pull * pull), force);
            }

            if (field.Along is { } along)
            {
                u = Entries.Dot<float>(row, along.Direction) / field.RootWidth;
                Entries.Add((float)(pull * along.Slope(v * u)), along.Direction, force);
            }

            Entries.Multiply(force, slope.Slice(i * p, p));
            (s.Linear[i], s.Quadratic[i], s.Projections[i], s.Tilts[i]) = (b, q, u, field.Tilt(v, b, q, u));
        }

        algebra.Multiply(
            1.0, forces, false, Rows(inputs.Train, inputs.Coordinates, 0, p), false, 0.0, Rows(s.Gradients, inputs.Coordinates, 0, count));
    }

    /// <summary>target := a x + b target.</summary>
    private static void Combine(float a, ReadOnlySpan<float> x, float b, Span<float> target)
    {
        var j = 0;
        for (; j <= target.Length - Vector<float>.Count; j += Vector<float>.Count)
        {
            ((new Vector<float>(x[j..]) * a) + (new Vector<float>(target[j..]) * b)).CopyTo(target[j..]);
        }

        for (; j < target.Length; j++)
        {
            target[j] = (a * x[j]) + (b * target[j]);
        }
    }

    private void Adapt(bool adapt)
    {
        var counts = new int[nodes.Length];
        var hits = new int[nodes.Length];
        var total = 0;
        for (var i = 0; i < Units; i++)
        {
            counts[node[i]]++;
            if (accepted[i])
            {
                hits[node[i]]++;
                total++;
            }
        }

        Acceptance = (double)total / Units;
        for (var j = 0; adapt && j < nodes.Length; j++)
        {
            var rate = (double)hits[j] / counts[j];
            steps[j] = Math.Clamp(steps[j] * Math.Exp(AdaptationRate * (rate - TargetAcceptance)), SmallestStep, LargestStep);
        }
    }

    /// <summary>Units of neighbouring nodes change places, with probability min(1, ratio of densities): features stay as they are.</summary>
    private void Exchange(RandomStream stream)
    {
        var rates = 0.0;
        for (var parity = 0; parity < 2; parity++)
        {
            for (var j = parity; j < nodes.Length - 1; j += 2)
            {
                var draws = stream.Split(j);
                int[] low = Members(j, draws.Split(0)), high = Members(j + 1, draws.Split(1));
                var pairs = Math.Min(low.Length, high.Length);
                var chances = new double[pairs];
                draws.Uniform(chances);
                var swapped = 0;
                for (var k = 0; k < pairs; k++)
                {
                    int a = low[k], b = high[k];
                    var gain = Tilt(j, b) + Tilt(j + 1, a) - Tilt(j, a) - Tilt(j + 1, b);
                    if (Math.Log(chances[k]) < gain)
                    {
                        (node[a], node[b]) = (j + 1, j);
                        swapped++;
                    }
                }

                rates += (double)swapped / pairs;
            }
        }

        SwapRate = rates / (nodes.Length - 1);
    }

    private double Tilt(int j, int unit) => Tilt(nodes[j], unit, 1.0);

    /// <summary>The logarithm of the last field's tilt at readout v of the unit with weights w, or -w where the activation is odd and `sign` is -1.</summary>
    internal double Tilt(double v, int unit, double sign) =>
        last!.Tilt(v, sign * linear[unit], quadratic[unit], sign * projections[unit]);

    private int[] Members(int j, RandomStream stream)
    {
        var members = new int[Units];
        var count = 0;
        for (var i = 0; i < Units; i++)
        {
            if (node[i] == j)
            {
                members[count++] = i;
            }
        }

        stream.Shuffle(members.AsSpan(0, count));
        return members[..count];
    }

    private void Weigh(ReadOnlySpan<double> k, ReadOnlySpan<double> s)
    {
        Lengths.Same(Units, k.Length);
        Lengths.Same(Units, s.Length);
        var p = inputs.Points;
        double largestK = 0.0, largestS = 0.0;
        for (var i = 0; i < Units; i++)
        {
            largestK = Math.Max(largestK, Math.Abs(k[i]));
            largestS = Math.Max(largestS, Math.Abs(s[i]));
        }

        Chosen = 0;
        for (var i = 0; i < Units; i++)
        {
            if (Math.Abs(k[i]) <= Negligible * largestK && Math.Abs(s[i]) <= Negligible * largestS)
            {
                continue;
            }

            var row = features.AsSpan(i * p, p);
            row.CopyTo(chosenFeatures.AsSpan(Chosen * p));
            Entries.Scale((float)k[i], row, weighted.AsSpan(Chosen * p, p));
            Entries.Scale((float)s[i], row, weightedSquares.AsSpan(Chosen * p, p));
            chosen[Chosen++] = i;
        }
    }

    /// <summary>Both triangles of targets := phi^T (weighted phi) over the chosen units.</summary>
    private void Squares(params (Matrix Target, float[] Weighted)[] moments)
    {
        var blocks = (inputs.Points + BlockPoints - 1) / BlockPoints;
        Parallel(moments.Length * blocks, index =>
        {
            var (target, source) = moments[index / blocks];
            var first = index % blocks * BlockPoints;
            var count = Math.Min(BlockPoints, inputs.Points - first);
            Product(chosenFeatures, inputs.Points, first, count, source, first + count, target);
        });
        foreach (var (target, _) in moments)
        {
            Triangle.MirrorLower(target);
        }
    }

    /// <summary>Targets := phi0^T (weighted phi) over the chosen units.</summary>
    private void Crosses(params (Matrix Target, float[] Weighted)[] moments)
    {
        var blocks = (inputs.TestPoints + BlockPoints - 1) / BlockPoints;
        Parallel(moments.Length * blocks, index =>
        {
            var (target, source) = moments[index / blocks];
            var first = index % blocks * BlockPoints;
            Product(testFeatures, inputs.TestPoints, first, Math.Min(BlockPoints, inputs.TestPoints - first), source, inputs.Points, target);
        });
    }

    /// <summary>Rows of left^T right, summed over units, of so many columns.</summary>
    private void Product(float[] left, int leftColumns, int first, int count, float[] right, int columns, Matrix target)
    {
        var scratch = Rent();
        var product = new MatrixSpan<float>(scratch.Product(count * columns), count, columns);
        algebra.Multiply(
            1.0,
            Rows(left, leftColumns, 0, Chosen).View(0, first, Chosen, count), true,
            Rows(right, inputs.Points, 0, Chosen).View(0, 0, Chosen, columns), false,
            0.0, product);
        for (var i = 0; i < count; i++)
        {
            Entries.Convert<float, double>(product.Row(i), target.Row(first + i)[..columns]);
        }

        scratches.Add(scratch);
    }

    private void EvaluateTest(int block, RandomStream stream)
    {
        var (first, count) = BlockOf(block, Chosen);
        int columns = inputs.TestPoints, d = inputs.Coordinates;
        var scratch = Rent();
        for (var i = 0; i < count; i++)
        {
            positions.AsSpan(chosen[first + i] * d, d).CopyTo(scratch.Positions.AsSpan(i * d));
        }

        var target = Rows(testFeatures, columns, first, count);
        algebra.Multiply(1.0, Rows(scratch.Positions, d, 0, count), false, Rows(inputs.Test, d, 0, columns), true, 0.0, target);
        scratches.Add(scratch);
        var unseen = new double[columns];
        for (var i = 0; i < count; i++)
        {
            stream.Normal(unseen, (long)chosen[first + i] * columns);
            var row = target.Row(i);
            for (var t = 0; t < columns; t++)
            {
                row[t] += (float)(inputs.TestDeviations[t] * unseen[t]);
            }
        }

        inputs.Activation.ApplyInPlace(testFeatures.AsSpan(first * columns, count * columns));
    }

    /// <summary>What the trajectories of a block need.</summary>
    private sealed class Scratch(UnitInputs inputs)
    {
        private float[] product = [];

        public float[] Positions { get; } = new float[BlockUnits * inputs.Coordinates];

        public float[] Momenta { get; } = new float[BlockUnits * inputs.Coordinates];

        public float[] Gradients { get; } = new float[BlockUnits * inputs.Coordinates];

        public float[] Features { get; } = new float[BlockUnits * inputs.Points];

        public float[] Slopes { get; } = new float[BlockUnits * inputs.Points];

        public float[] Forces { get; } = new float[BlockUnits * inputs.Points];

        public double[] Wide { get; } = new double[BlockUnits * inputs.Coordinates];

        public double[] Linear { get; } = new double[BlockUnits];

        public double[] Quadratic { get; } = new double[BlockUnits];

        public double[] Projections { get; } = new double[BlockUnits];

        public double[] Tilts { get; } = new double[BlockUnits];

        public double[] Energies { get; } = new double[BlockUnits];

        public double[] StepSizes { get; } = new double[BlockUnits];

        public Span<float> Product(int length)
        {
            if (product.Length < length)
            {
                product = new float[length];
            }

            return product.AsSpan(0, length);
        }
    }
}
