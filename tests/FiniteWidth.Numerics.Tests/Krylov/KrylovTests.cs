using System;
using System.IO;
using System.Linq;
using System.Threading;
using FiniteWidth.Numerics.Krylov;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixture]
internal sealed class KrylovTests
{
    private const int Size = 301;
    private const double Temperature = 0.01;

    private static readonly double[] Scales = [0.03, 1, 20];

    [Test]
    public void Products_of_the_tiles_are_those_of_the_kernel_to_single_precision()
    {
        using var tiles = Tiles(null);
        using var kernel = Kernel();
        using var x = Dense.Random(5, Size, 3).Clone();
        using var product = Matrix.Uninitialized(5, Size);
        tiles.Multiply(x, product, CancellationToken.None);
        var expected = Dense.Product(x, kernel);
        var norm = tiles.FrobeniusNorm;
        for (var i = 0; i < 5; i++)
        {
            for (var j = 0; j < Size; j++)
            {
                Assert.That(product[i, j], Is.EqualTo(expected[i, j]).Within(1e-6 * norm));
            }
        }

        var squares = Enumerable.Range(0, Size).Sum(i => kernel.Row(i).ToArray().Sum(k => k * k));
        Assert.That(norm, Is.EqualTo(Math.Sqrt(squares)).Within(1e-12 * norm));
        Assert.That(tiles.Trace, Is.EqualTo(kernel.Diagonal().Sum()).Within(1e-12 * tiles.Trace));
    }

    [Test]
    public void A_kernel_in_a_file_is_that_in_memory_to_the_bit_and_the_file_is_gone_afterwards()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var x = Dense.Random(3, Size, 4).Clone();
        using var inMemory = Matrix.Uninitialized(3, Size);
        using var inFile = Matrix.Uninitialized(3, Size);
        using (var tiles = Tiles(null))
        {
            tiles.Multiply(x, inMemory, CancellationToken.None);
        }

        using (var tiles = Tiles(path))
        {
            Assert.That(new FileInfo(path).Length, Is.EqualTo(TiledKernel.BytesFor(Size)));
            tiles.Multiply(x, inFile, CancellationToken.None);
        }

        Assert.That(inFile.ToArray(), Is.EqualTo(inMemory.ToArray()));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void A_kernel_of_any_size_and_unit_is_stored([Values(1, 2, 31, 33, 257)] int size, [Values(1e-60, 1.0, 1e60)] double weight)
    {
        var builder = new PairProgram.Builder();
        var program = builder.Build(builder.Combine([0], [builder.Gram()]));
        using var points = Dense.Random(size, 4, 5).Clone();
        using var tiles = TiledKernel.Create(program, [weight], points, 0.25, null, null, CancellationToken.None);
        using var kernel = Matrix.Uninitialized(size, size);
        program.Symmetric(LinearAlgebra.Default, [weight], points, 0.25, kernel);
        using var one = Matrix.Create(1, size, (_, j) => j == size - 1 ? 1 : 0);
        using var row = Matrix.Uninitialized(1, size);
        tiles.Multiply(one, row, CancellationToken.None);
        for (var j = 0; j < size; j++)
        {
            Assert.That(row[0, j], Is.EqualTo(kernel[size - 1, j]).Within(1e-7 * Math.Abs(kernel[size - 1, j])));
        }
    }

    [Test]
    public void A_kernel_beyond_doubles_is_refused()
    {
        var builder = new PairProgram.Builder();
        var program = builder.Build(builder.Combine([0], [builder.Gram()]));
        using var points = Dense.Random(40, 4, 5).Clone();
        Assert.That(
            () => TiledKernel.Create(program, [double.MaxValue], points, 1e10, null, null, CancellationToken.None),
            Throws.TypeOf<InaccurateKernelException>());
    }

    [Test]
    public void Gauss_and_Radau_rules_enclose_every_resolvent_and_logarithm_at_every_scale()
    {
        using var kernel = Kernel();
        using var start = Start(6);
        var lanczos = Run(kernel, start, 8);
        var (gauss, radau) = (lanczos.Gauss(), lanczos.Radau());
        foreach (var scale in Scales)
        {
            for (var row = 0; row < 6; row++)
            {
                double Resolvent(double k) => 1 / (Temperature + (scale * k));
                double Logarithm(double k) => Math.Log(Temperature + (scale * k));
                var slack = 1e-9 * Size;
                var resolvent = Exact(kernel, start, row, Resolvent);
                Assert.That(Rule(gauss, row, Resolvent), Is.LessThanOrEqualTo(resolvent + slack));
                Assert.That(Rule(radau, row, Resolvent), Is.GreaterThanOrEqualTo(resolvent - slack));
                var logarithm = Exact(kernel, start, row, Logarithm);
                Assert.That(Rule(gauss, row, Logarithm), Is.GreaterThanOrEqualTo(logarithm - slack));
                Assert.That(Rule(radau, row, Logarithm), Is.LessThanOrEqualTo(logarithm + slack));
            }
        }
    }

    [Test]
    public void One_run_converges_at_every_scale()
    {
        using var kernel = Kernel();
        using var start = Start(6);
        var ritz = Run(kernel, start, 30).Gauss();
        foreach (var scale in Scales)
        {
            for (var row = 0; row < 6; row++)
            {
                double Resolvent(double k) => 1 / (Temperature + (scale * k));
                var exact = Exact(kernel, start, row, Resolvent);
                Assert.That(Rule(ritz, row, Resolvent), Is.EqualTo(exact).Within(1e-6 * exact));
            }
        }
    }

    [Test]
    public void A_space_that_is_whole_gives_everything_and_drops_what_repeats()
    {
        const int size = 24;
        using var kernel = Dense.Positive(size, 0.2, 6).Clone();
        using var random = Dense.Random(3, size, 7).Clone();

        // Twice the first vector, and nothing.
        using var start = Matrix.Create(5, size, (i, j) => i < 3 ? random[i, j] : i == 3 ? 2 * random[0, j] : 0);
        var lanczos = Run(kernel, start, 40);
        Assert.That(lanczos.IsWhole);
        Assert.That(lanczos.Dimension, Is.EqualTo(size));
        Assert.That(lanczos.NextWidth, Is.Zero);
        var ritz = lanczos.Gauss();
        for (var row = 0; row < 5; row++)
        {
            Assert.That(Rule(ritz, row, k => 1 / k), Is.EqualTo(Exact(kernel, start, row, k => 1 / k)).Within(1e-9));
        }

        // Any other vector lies in the space.
        using var other = Dense.Random(1, size, 8).Clone();
        using var components = lanczos.Components(other, ritz);
        var expected = Exact(kernel, other, 0, k => 1 / k);
        Assert.That(
            ritz.Nodes.Select((k, i) => components[0, i] * components[0, i] / k).Sum(), Is.EqualTo(expected).Within(1e-9 * expected));
    }

    [Test]
    public void A_run_that_is_restored_goes_on_to_the_same_bits()
    {
        using var kernel = Kernel();
        using var start = Start(4);
        var whole = Run(kernel, start, 7);
        var resumed = new BlockLanczos(start);
        for (var j = 0; j < 4; j++)
        {
            var (block, next) = (whole.Blocks[j], whole.Blocks[j + 1]);
            resumed.Restore(block.Diagonal!, block.Coupling!, next.Vectors);
        }

        for (var j = 4; j < 7; j++)
        {
            resumed.Step((x, y) => LinearAlgebra.Default.Multiply(1.0, x, false, kernel, false, 0.0, y));
        }

        Assert.That(resumed.Gauss().Nodes, Is.EqualTo(whole.Gauss().Nodes));
        Assert.That(resumed.Radau().Components.ToArray(), Is.EqualTo(whole.Radau().Components.ToArray()));
    }

    [Test]
    public void A_basis_is_orthonormal_and_turns_the_kernel_into_its_blocks()
    {
        using var kernel = Kernel();
        using var start = Start(5);
        var lanczos = Run(kernel, start, 9);
        var rows = lanczos.Blocks.SelectMany(block => Enumerable.Range(0, block.Width).Select(i => block.Vectors.Row(i).ToArray())).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var dot = rows[i].Zip(rows[j], (a, b) => a * b).Sum();
                Assert.That(dot, Is.EqualTo(i == j ? 1.0 : 0.0).Within(1e-12));
            }
        }
    }

    [Test]
    public void A_quadrature_of_one_eigenvalue_a_node_is_the_spectrum_itself()
    {
        double[] nodes = [0, 0.3, 2, 50], power = [1, 0.2, 3, 0];
        foreach (var scale in Scales)
        {
            var quadrature = ScaledKernelAction.OfQuadrature(nodes, [1, 1, 1, 1], power, 2, Temperature, scale);
            var spectrum = ScaledKernelAction.At(nodes, power, 2, Temperature, scale);
            Assert.That(quadrature.Value, Is.EqualTo(spectrum.Value).Within(1e-13 * Math.Abs(spectrum.Value)));
            Assert.That(quadrature.First, Is.EqualTo(spectrum.First).Within(1e-12 * Math.Abs(spectrum.First)));
            Assert.That(quadrature.Second, Is.EqualTo(spectrum.Second).Within(1e-12 * Math.Abs(spectrum.Second)));
        }
    }

    private static PairProgram Erf()
    {
        var builder = new PairProgram.Builder();
        return builder.Build(builder.Map(DualMaps.Erf, builder.Gram()));
    }

    private static Matrix Points() => Dense.Random(Size, 12, 1).Clone();

    private static TiledKernel Tiles(string? path) =>
        TiledKernel.Create(Erf(), [], Points(), 1.0 / 12, path, null, CancellationToken.None);

    private static Matrix Kernel()
    {
        var kernel = Matrix.Uninitialized(Size, Size);
        Erf().Symmetric(LinearAlgebra.Default, [], Points(), 1.0 / 12, kernel);
        return kernel;
    }

    private static Matrix Start(int count) => Dense.Random(count, Size, 2).Clone();

    private static BlockLanczos Run(Matrix kernel, Matrix start, int steps)
    {
        var lanczos = new BlockLanczos(start);
        for (var j = 0; j < steps; j++)
        {
            lanczos.Step((x, y) => LinearAlgebra.Default.Multiply(1.0, x, false, kernel, false, 0.0, y));
        }

        return lanczos;
    }

    private static double Rule(KrylovRitz ritz, int row, Func<double, double> f) =>
        ritz.Nodes.Select((k, i) => f(k) * ritz.Components[row, i] * ritz.Components[row, i]).Sum();

    private static double Exact(Matrix kernel, Matrix rows, int row, Func<double, double> f)
    {
        using var vectors = kernel.Clone();
        var eigenvalues = LinearAlgebra.Default.Eigen(vectors);
        var sum = 0.0;
        for (var i = 0; i < eigenvalues.Length; i++)
        {
            var along = 0.0;
            for (var j = 0; j < rows.Columns; j++)
            {
                along += vectors[i, j] * rows[row, j];
            }

            sum += f(eigenvalues[i]) * along * along;
        }

        return sum;
    }
}
