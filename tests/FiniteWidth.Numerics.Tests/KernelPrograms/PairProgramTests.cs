using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixture]
internal sealed class PairProgramTests
{
    private const double Scale = 0.37;

    private static readonly IReadOnlyList<ActivationCase> Activations = ActivationCase.All;
    private static readonly double[] Weights = [0.8, 0.3, 1.1, 0.6];

    [Test]
    public void A_program_over_a_matrix_agrees_with_the_recursion_for_each_pair()
    {
        using var x = Data(300, 5);
        using var k = Matrix.Zeros(300, 300);
        foreach (var (program, naive) in Programs())
        {
            program.Symmetric(LinearAlgebra.Default, Weights[..program.WeightCount], x, Scale, k);
            for (var i = 0; i < 300; i += 7)
            {
                for (var j = 0; j < 300; j += 3)
                {
                    var expected = naive(Weights, new Pair(Dot(x, i, x, i), Dot(x, i, x, j), Dot(x, j, x, j))).C12;

                    // Three layers, each a handful of roundings; no duplicated points, where a slope may be infinite.
                    Assert.That(k[i, j], Is.EqualTo(expected).Within(1e-12 * (1.0 + Math.Abs(expected))), $"({i}, {j})");
                }
            }
        }
    }

    [Test]
    public void A_kernel_is_symmetric_to_the_bit_and_has_the_diagonal_of_the_scalar_recursion()
    {
        using var x = Data(275, 4);
        using var k = Matrix.Zeros(275, 275);
        foreach (var (program, _) in Programs())
        {
            var weights = Weights[..program.WeightCount];
            program.Symmetric(LinearAlgebra.Default, weights, x, Scale, k);
            AssertSymmetric(k);
            var variances = Enumerable.Range(0, 275).Select(i => Dot(x, i, x, i)).ToArray();
            var diagonal = program.Diagonal(weights, variances);
            for (var i = 0; i < 275; i++)
            {
                Assert.That(k[i, i], Is.EqualTo(diagonal[i]).Within(1e-14 * (1.0 + Math.Abs(diagonal[i]))));
            }

            using var gram = Gram(x);
            program.SymmetricFromGram(weights, gram, k);
            AssertSymmetric(k);
            Assert.That(k.Diagonal(), Is.EqualTo(program.Diagonal(weights, gram.Diagonal())));
        }
    }

    [TestCaseSource(nameof(Activations))]
    public void Rows_that_are_zero_duplicated_or_opposite_give_finite_kernels(ActivationCase activation)
    {
        using var x = Data(90, 6);
        for (var j = 0; j < 6; j++)
        {
            x[3, j] = 0.0;
            x[70, j] = 0.0;
            x[11, j] = x[40, j];
            x[12, j] = -x[41, j];
        }

        using var k = Matrix.Zeros(90, 90);
        var program = Layers(activation.Map, 2);
        program.Symmetric(LinearAlgebra.Default, [0.9, 0.7], x, Scale, k);
        AssertSymmetric(k);

        // rho = 1 up to rounding: 1 - rho = 1e-16 moves the angle by 1e-8, and a series is cut at its tolerance.
        var rounding = activation.Name is "sign" or "step" ? 1e-4 : 1e-9;
        Assert.That(k[11, 40], Is.EqualTo(k[40, 40]).Within(rounding * (1.0 + k[40, 40])));
        Assert.That(k[3, 70], Is.EqualTo(k[3, 3]).Within(1e-9));
        using var gram = Gram(x);
        using var adjoint = Matrix.Create(90, 90, (i, j) => Math.Cos(i + j));
        Assert.That(program.Gradient([0.9, 0.7], gram, adjoint), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void The_kernel_between_two_sets_of_points_is_a_block_of_the_kernel_of_all()
    {
        using var x = Data(200, 7);
        using var k = Matrix.Zeros(200, 200);
        using var cross = Matrix.Zeros(130, 70);
        foreach (var (program, _) in Programs())
        {
            var weights = Weights[..program.WeightCount];
            program.Symmetric(LinearAlgebra.Default, weights, x, Scale, k);
            program.Cross(LinearAlgebra.Default, weights, x.View(0, 0, 130, 7), x.View(130, 0, 70, 7), Scale, cross);
            AssertClose(cross, k.View(0, 130, 130, 70), 1e-13);
            using var gram = Gram(x);
            var variances = gram.Diagonal();
            program.CrossFromGram(weights, variances.AsSpan(0, 130), variances.AsSpan(130), gram.View(0, 130, 130, 70), cross);
            AssertClose(cross, k.View(0, 130, 130, 70), 1e-13);
        }
    }

    [Test]
    public void Views_with_gaps_between_their_rows_are_read_and_written_in_place()
    {
        using var x = Data(140, 9);
        using var frame = Matrix.Create(150, 170, (_, _) => -7.0);
        using var expected = Matrix.Zeros(140, 140);
        var program = Layers(DualMaps.Erf, 2);
        program.Symmetric(LinearAlgebra.Default, [1.0, 0.5], x.View(0, 2, 140, 5), Scale, frame.View(4, 13, 140, 140));
        using var copy = x.View(0, 2, 140, 5).Clone();
        program.Symmetric(LinearAlgebra.Default, [1.0, 0.5], copy, Scale, expected);
        AssertClose(frame.View(4, 13, 140, 140), expected, 1e-14);
        Assert.That(frame[3, 13], Is.EqualTo(-7.0));
        Assert.That(frame[144, 13], Is.EqualTo(-7.0));
        Assert.That(frame[4, 12], Is.EqualTo(-7.0));
        Assert.That(frame[4, 153], Is.EqualTo(-7.0));
        using var gram = Gram(copy);
        program.SymmetricFromGram([1.0, 0.5], gram, expected);
        program.SymmetricFromGram([1.0, 0.5], gram, gram);
        Assert.That(gram.ToArray(), Is.EqualTo(expected.ToArray()));
    }

    [Test]
    public void Permuting_the_points_permutes_the_kernel_to_the_bit()
    {
        using var x = Data(150, 8);
        using var gram = Gram(x);
        var order = Enumerable.Range(0, 150).OrderBy(i => (i * 67) % 150).ToArray();
        using var permuted = Matrix.Create(150, 150, (i, j) => gram[order[i], order[j]]);
        using var k = Matrix.Zeros(150, 150);
        using var kPermuted = Matrix.Zeros(150, 150);
        foreach (var (program, _) in Programs())
        {
            var weights = Weights[..program.WeightCount];
            program.SymmetricFromGram(weights, gram, k);
            program.SymmetricFromGram(weights, permuted, kPermuted);
            for (var i = 0; i < 150; i++)
            {
                for (var j = 0; j < 150; j++)
                {
                    Assert.That(kPermuted[i, j], Is.EqualTo(k[order[i], order[j]]));
                }
            }
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(65)]
    public void Any_number_of_points_will_do(int count)
    {
        using var x = Data(count, 3);
        using var k = Matrix.Zeros(count, count);
        var program = Layers(DualMaps.Relu, 1);
        program.Symmetric(LinearAlgebra.Default, [2.0], x, Scale, k);
        Assert.That(k[count - 1, count - 1], Is.EqualTo(Dot(x, count - 1, x, count - 1)).Within(1e-14));
        using var gram = Gram(x);
        Assert.That(program.Gradient([2.0], gram, k)[0], Is.GreaterThan(0.0));
    }

    [Test]
    public void No_points_have_an_empty_kernel()
    {
        using var nothing = Matrix.Zeros(0, 3);
        using var k = Matrix.Zeros(0, 0);
        var program = Layers(DualMaps.Erf, 1);
        program.Symmetric(LinearAlgebra.Default, [2.0], nothing, Scale, k);
        Assert.That(program.Gradient([2.0], k, k), Is.EqualTo(new[] { 0.0 }));
    }

    [TestCaseSource(nameof(Activations))]
    public void The_gradient_of_every_map_agrees_with_central_differences(ActivationCase activation)
    {
        var builder = new PairProgram.Builder();
        var input = builder.Combine([0, 1], [builder.Gram(), builder.Ones()]);
        var map = builder.Map(activation.Map, input);
        var means = builder.MeanOuter(activation.Map, input);
        CheckGradient(builder.Build(builder.Combine([2, 3], [map, means])), 70);
    }

    [Test]
    public void The_gradient_of_deep_programs_agrees_with_central_differences()
    {
        foreach (var (program, _) in Programs())
        {
            CheckGradient(program, 90);
        }
    }

    [Test]
    public void Results_do_not_depend_on_which_worker_does_what()
    {
        using var x = Data(400, 6);
        using var gram = Gram(x);
        using var adjoint = Matrix.Create(400, 400, (i, j) => Math.Sin(i * j));
        var program = Layers(DualMaps.Erf, 3);
        double[] weights = [1.2, 0.8, 0.9];
        var gradient = program.Gradient(weights, gram, adjoint);
        using var k = Matrix.Zeros(400, 400);
        program.SymmetricFromGram(weights, gram, k);
        for (var repeat = 0; repeat < 5; repeat++)
        {
            Assert.That(program.Gradient(weights, gram, adjoint), Is.EqualTo(gradient));
            using var again = Matrix.Zeros(400, 400);
            program.SymmetricFromGram(weights, gram, again);
            Assert.That(again.ToArray(), Is.EqualTo(k.ToArray()));
        }
    }

    [Test]
    public void A_program_without_maps_is_a_multiple_of_the_gram_matrix_plus_a_constant()
    {
        var builder = new PairProgram.Builder();
        var program = builder.Build(builder.Combine([0, 1], [builder.Gram(), builder.Ones()]));
        using var x = Data(80, 5);
        using var k = Matrix.Zeros(80, 80);
        program.Symmetric(LinearAlgebra.Default, [2.0, 0.25], x, Scale, k);
        AssertSymmetric(k);
        Assert.That(k[5, 9], Is.EqualTo((2.0 * Dot(x, 5, x, 9)) + 0.25).Within(1e-14));
        using var cross = Matrix.Zeros(30, 50);
        program.Cross(LinearAlgebra.Default, [2.0, 0.25], x.View(0, 0, 30, 5), x.View(30, 0, 50, 5), Scale, cross);
        AssertClose(cross, k.View(0, 30, 30, 50), 1e-14);
    }

    [Test]
    public void Nodes_that_the_output_does_not_need_cost_nothing_but_their_weights_keep_their_numbers()
    {
        var builder = new PairProgram.Builder();
        _ = builder.Map(new HermiteMap(_ => throw new InvalidOperationException("not needed")), builder.Combine([5], [builder.Gram()]));
        var program = builder.Build(builder.Combine([1], [builder.Gram()]));
        Assert.That(program.WeightCount, Is.EqualTo(6));
        Assert.That(program.Diagonal([0, 3, 0, 0, 0, 0], [2.0]), Is.EqualTo(new[] { 6.0 }));
    }

    [Test]
    public void Failures_inside_parallel_loops_come_out_as_themselves()
    {
        using var x = Data(100, 3);
        using var k = Matrix.Zeros(100, 100);
        var program = Layers(new HermiteMap(z => Math.Sign(z), 1e-10, 40), 1);
        Assert.That(() => program.Symmetric(LinearAlgebra.Default, [1.0], x, Scale, k), Throws.TypeOf<InaccurateKernelException>());
    }

    [Test]
    public void Bad_arguments_are_refused_with_a_sentence()
    {
        var builder = new PairProgram.Builder();
        Assert.That(() => builder.Map(DualMaps.Erf, 3), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("no node 3"));
        Assert.That(() => builder.Combine([0, 1], [0]), Throws.ArgumentException.With.Message.Contains("2 weights and 1 arguments"));
        Assert.That(() => builder.Combine([-1], [0]), Throws.TypeOf<ArgumentOutOfRangeException>());
        var program = Layers(DualMaps.Erf, 2);
        using var x = Data(4, 3);
        using var k = Matrix.Zeros(4, 5);
        Assert.That(
            () => program.Diagonal([1.0], [1.0]),
            Throws.ArgumentException.With.Message.Contains("has 2 weights, but 1 were given"));
        Assert.That(
            () => program.Symmetric(LinearAlgebra.Default, [1.0, 1.0], x, 1.0, k),
            Throws.ArgumentException.With.Message.Contains("k is 4 x 5; it must be 4 x 4"));
        Assert.That(
            () => program.SymmetricFromGram([1.0, 1.0], k, k),
            Throws.ArgumentException.With.Message.Contains("gram is 4 x 5; it must be 4 x 4"));
    }

    [Test]
    public void The_gradient_is_the_sum_of_what_parts_of_the_pairs_contribute([Values(7, 130)] int count)
    {
        foreach (var (program, _) in Programs())
        {
            using var x = Data(count, 4);
            using var gram = Gram(x);
            using var adjoint = Matrix.Create(count, count, (i, j) => Math.Cos(1.0 + i + j + (0.3 * i * j)));
            var weights = Weights[..program.WeightCount];
            var variances = gram.Diagonal();
            var total = new PairAdjoints(weights.Length, program.NodeCount, count);

            // Left points by twos, right points by thirds; only pairs below the diagonal.
            for (var part = 0; part < 6; part++)
            {
                int[] left = [.. Enumerable.Range(0, count).Where(i => i % 2 == part % 2)];
                int[] right = [.. Enumerable.Range(0, count).Where(j => j % 3 == part / 2)];
                int[] ends = [.. left.Select(i => right.Count(j => j < i))];
                Matrix Cut(Matrix m) => Matrix.Create(left.Length, right.Length, (i, j) => m[left[i], right[j]]);
                double[] Of(int[] points) => [.. points.Select(i => variances[i])];
                var share = program.CrossGradient(weights, Of(left), Of(right), ends, Cut(gram), Cut(adjoint));
                for (var w = 0; w < weights.Length; w++)
                {
                    total.Weights[w] += share.Weights[w];
                }

                int[] points = [.. left, .. right];
                for (var node = 0; node < program.NodeCount; node++)
                {
                    for (var i = 0; i < points.Length; i++)
                    {
                        total.Variances[node][points[i]] += share.Variances[node][i];
                    }
                }
            }

            var whole = program.Gradient(weights, gram, adjoint);
            var summed = program.Gradient(weights, variances, adjoint.Diagonal(), total);
            Assert.That(summed, Is.EqualTo(whole).Within(1e-11 * count * count));
        }
    }

    private static void CheckGradient(PairProgram program, int count)
    {
        using var x = Data(count, 4);
        using var gram = Gram(x);
        using var adjoint = Matrix.Create(count, count, (i, j) => Math.Cos(1.0 + i + j + (0.3 * i * j)));
        using var k = Matrix.Zeros(count, count);
        var weights = Weights[..program.WeightCount];
        var gradient = program.Gradient(weights, gram, adjoint);
        for (var w = 0; w < weights.Length; w++)
        {
            // Fourth order with h = 1e-3: truncation 1e-12 of a fifth derivative, rounding (or the tolerance of a series) 1e-10 over h.
            const double H = 1e-3;
            var difference = ((8.0 * (Objective(H) - Objective(-H))) - (Objective(2.0 * H) - Objective(-2.0 * H))) / (12.0 * H);
            Assert.That(gradient[w], Is.EqualTo(difference).Within(1e-6 * (1.0 + Math.Abs(difference))), $"weight {w}");

            double Objective(double step)
            {
                var shifted = (double[])weights.Clone();
                shifted[w] += step;
                program.SymmetricFromGram(shifted, gram, k);
                var sum = 0.0;
                for (var i = 0; i < count; i++)
                {
                    for (var j = 0; j < count; j++)
                    {
                        sum += adjoint[i, j] * k[i, j];
                    }
                }

                return sum;
            }
        }
    }

    private static PairProgram Layers(DualMap map, int depth)
    {
        var builder = new PairProgram.Builder();
        var node = builder.Gram();
        for (var layer = 0; layer < depth; layer++)
        {
            node = builder.Combine([layer], [builder.Map(map, node)]);
        }

        return builder.Build(node);
    }

    /// <summary>Programs that use every kind of node, each with the same recursion written for one pair.</summary>
    private static IEnumerable<(PairProgram Program, Func<double[], Pair, Pair> Naive)> Programs()
    {
        yield return (Layers(DualMaps.Erf, 3), (w, c) => Layer(w[2], Layer(w[1], Layer(w[0], c))));

        // A skip connection and a bias.
        var b = new PairProgram.Builder();
        var first = b.Combine([0, 1], [b.Map(DualMaps.Relu, b.Gram()), b.Ones()]);
        yield return (
            b.Build(b.Combine([2, 3], [b.Map(DualMaps.Erf, first), first])),
            (w, c) =>
            {
                var inner = Combine((w[0], Relu(c)), (w[1], new Pair(1.0, 1.0, 1.0)));
                return Combine((w[2], Erf(inner)), (w[3], inner));
            }
        );

        // Kernel map less outer product of means, times another kernel.
        b = new PairProgram.Builder();
        var input = b.Combine([0], [b.Gram()]);
        var centered = b.Combine([1, 2], [b.Map(DualMaps.Relu, input), b.MeanOuter(DualMaps.Relu, input)]);
        yield return (
            b.Build(b.Multiply(centered, b.Map(DualMaps.Step, input))),
            (w, c) =>
            {
                var inner = Combine((w[0], c));
                return Multiply(Combine((w[1], Relu(inner)), (w[2], Means(inner))), Step(inner));
            }
        );
    }

    private static Pair Layer(double weight, Pair c) => Combine((weight, Erf(c)));

    private static Pair Erf(Pair c)
    {
        static double Map(double c11, double c12, double c22) =>
            2.0 / Math.PI * Math.Asin(2.0 * c12 / Math.Sqrt((1.0 + (2.0 * c11)) * (1.0 + (2.0 * c22))));
        return new(Map(c.C11, c.C11, c.C11), Map(c.C11, c.C12, c.C22), Map(c.C22, c.C22, c.C22));
    }

    private static Pair Relu(Pair c)
    {
        var s = Math.Sqrt(c.C11 * c.C22);
        var theta = Math.Acos(Math.Clamp(c.C12 / s, -1.0, 1.0));
        return new(0.5 * c.C11, s * (Math.Sin(theta) + ((Math.PI - theta) * Math.Cos(theta))) / (2.0 * Math.PI), 0.5 * c.C22);
    }

    private static Pair Step(Pair c)
    {
        var theta = Math.Acos(Math.Clamp(c.C12 / Math.Sqrt(c.C11 * c.C22), -1.0, 1.0));
        return new(0.5, (Math.PI - theta) / (2.0 * Math.PI), 0.5);
    }

    private static Pair Means(Pair c)
    {
        static double Mean(double variance) => Math.Sqrt(variance / (2.0 * Math.PI));
        return new(Mean(c.C11) * Mean(c.C11), Mean(c.C11) * Mean(c.C22), Mean(c.C22) * Mean(c.C22));
    }

    private static Pair Combine(params (double Weight, Pair Kernel)[] terms) => new(
        terms.Sum(t => t.Weight * t.Kernel.C11),
        terms.Sum(t => t.Weight * t.Kernel.C12),
        terms.Sum(t => t.Weight * t.Kernel.C22));

    private static Pair Multiply(Pair a, Pair b) => new(a.C11 * b.C11, a.C12 * b.C12, a.C22 * b.C22);

    private static Matrix Data(int rows, int columns)
    {
        var random = new Random(rows + columns);
        return Matrix.Create(rows, columns, (_, _) => (2.0 * random.NextDouble()) - 1.0);
    }

    private static Matrix Gram(Matrix x) => Matrix.Create(x.Rows, x.Rows, (i, j) => Dot(x, i, x, j));

    private static double Dot(Matrix x, nint i, Matrix y, nint j)
    {
        var sum = 0.0;
        for (nint m = 0; m < x.Columns; m++)
        {
            sum += x[i, m] * y[j, m];
        }

        return Scale * sum;
    }

    private static void AssertSymmetric(Matrix k)
    {
        for (nint i = 0; i < k.Rows; i++)
        {
            for (nint j = 0; j < i; j++)
            {
                if (!double.IsFinite(k[i, j]) || k[i, j] != k[j, i])
                {
                    Assert.Fail($"({i}, {j}): {k[i, j]:r} and {k[j, i]:r}");
                }
            }
        }
    }

    private static void AssertClose(Matrix actual, Matrix expected, double tolerance)
    {
        for (nint i = 0; i < expected.Rows; i++)
        {
            for (nint j = 0; j < expected.Columns; j++)
            {
                if (!(Math.Abs(actual[i, j] - expected[i, j]) <= tolerance * (1.0 + Math.Abs(expected[i, j]))))
                {
                    Assert.Fail($"({i}, {j}): {actual[i, j]:r}, but {expected[i, j]:r} was expected");
                }
            }
        }
    }

    private readonly record struct Pair(double C11, double C12, double C22);
}
