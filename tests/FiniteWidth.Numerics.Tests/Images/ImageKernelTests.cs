using System;
using System.Linq;
using FiniteWidth.Numerics.Images;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

/// <summary>Kernels of images against the recursion pair by pair, for numbers of images around whole vectors and images with dark corners.</summary>
public class ImageKernelTests
{
    private static readonly GridShape Image = new(6, 5);

    private static readonly (string Name, DualMap Map)[] Maps =
        [("erf", DualMaps.Erf), ("relu", DualMaps.Relu), ("linear", DualMaps.Linear)];

    private static string[] Names => Maps.Select(map => map.Name).ToArray();

    [Test]
    public void Kernels_are_those_of_the_recursion_pair_by_pair(
        [ValueSource(nameof(Names))] string name,
        [Values(1, 7, 9)] int count,
        [Values] bool hasBias,
        [Values] bool isTangent)
    {
        var map = Maps.Single(map => map.Name == name).Map;
        var layers = Layers(map, hasBias ? 0.2 : 0.0, isTangent);
        var kernel = new ImageKernel(1, layers, isTangent);
        var x = Images(count);
        var points = kernel.Prepare(x)[0];
        nint n = kernel.Output.Count;
        var table = kernel.Blocks(points);
        for (var mu = 0; mu < count; mu++)
        {
            for (var nu = 0; nu < count; nu++)
            {
                var expected = Recursion(layers, isTangent, x.Row(mu).ToArray(), x.Row(nu).ToArray());
                for (nint i = 0; i < n; i++)
                {
                    for (nint j = 0; j <= i; j++)
                    {
                        Assert.That(
                            table[(i * (i + 1) / 2) + j, ((nint)mu * count) + nu],
                            Is.EqualTo(expected[i, j]).Within(1e-12),
                            $"images {mu} and {nu}, positions {i} and {j}");
                    }
                }
            }
        }
    }

    // Most of an image is dark, as digits are.
    private static Matrix Images(int count) =>
        Matrix.Create(count, Image.Count, (mu, p) => p < Image.Width * 3 || (p + mu) % 4 == 0 ? 0.0 : Math.Sin((7.0 * mu) + p));

    private static ImageLayer[] Layers(DualMap map, double bias, bool isTangent) =>
    [
        new(Image, new(6, 5), new(3, 3), new(1, 1), new(1, 1), 1.0 / 9.0, bias, map, isTangent ? map.Slope : null),
        new(new(6, 5), new(3, 2), new(2, 3), new(2, 2), new(0, 0), 0.4, bias, map, isTangent ? map.Slope : null),
    ];

    private static double[,] Recursion(ImageLayer[] layers, bool isTangent, double[] x, double[] z)
    {
        double[,] both = Outer(x, z), left = Outer(x, x), right = Outer(z, z);
        var tangent = new double[x.Length, x.Length];
        foreach (var (layer, l) in layers.Select((layer, l) => (layer, l)))
        {
            double[,] c = Covariance(layer, both, layer.Bias), a = Covariance(layer, left, layer.Bias), b = Covariance(layer, right, layer.Bias);
            tangent = l == 0 ? (double[,])c.Clone() : Sum(c, Covariance(layer, tangent, 0.0));
            var n = layer.Output.Count;
            both = Pairs(n, (i, j) => Value(layer.Map, a[i, i], b[j, j], c[i, j]));
            left = Pairs(n, (i, j) => i == j ? layer.Map.Variance(a[i, i]) : Value(layer.Map, a[i, i], a[j, j], a[i, j]));
            right = Pairs(n, (i, j) => i == j ? layer.Map.Variance(b[i, i]) : Value(layer.Map, b[i, i], b[j, j], b[i, j]));
            if (isTangent)
            {
                tangent = Pairs(n, (i, j) => tangent[i, j] * Value(layer.Slope!, a[i, i], b[j, j], c[i, j]));
            }
        }

        return isTangent ? Sum(both, tangent) : both;
    }

    private static double[,] Covariance(ImageLayer layer, double[,] below, double bias) =>
        Pairs(
            layer.Output.Count,
            (i, j) =>
            {
                var sum = 0.0;
                for (var t = 0; t < layer.Footprint.Count; t++)
                {
                    int p = Below(layer, i, t), q = Below(layer, j, t);
                    sum += p < 0 || q < 0 ? 0.0 : below[p, q];
                }

                return (layer.Weight * sum) + bias;
            });

    private static int Below(ImageLayer layer, int i, int t)
    {
        var y = (i / layer.Output.Width * layer.Stride.Height) + (t / layer.Footprint.Width) - layer.Padding.Height;
        var x = (i % layer.Output.Width * layer.Stride.Width) + (t % layer.Footprint.Width) - layer.Padding.Width;
        return y < 0 || x < 0 || y >= layer.Input.Height || x >= layer.Input.Width ? -1 : (y * layer.Input.Width) + x;
    }

    private static double Value(PairMap map, double c11, double c22, double c12)
    {
        var points = map.Prepare([c11, c22]);
        var k = new double[1];
        map.Map(points, 0, points, 1, [c12], k);
        return k[0];
    }

    private static double[,] Outer(double[] x, double[] z) => Pairs(x.Length, (i, j) => x[i] * z[j]);

    private static double[,] Sum(double[,] x, double[,] z) => Pairs(x.GetLength(0), (i, j) => x[i, j] + z[i, j]);

    private static double[,] Pairs(int n, Func<int, int, double> value)
    {
        var result = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                result[i, j] = value(i, j);
            }
        }

        return result;
    }
}
