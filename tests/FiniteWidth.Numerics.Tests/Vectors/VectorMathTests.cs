using System;
using System.Linq;
using FiniteWidth.Numerics.Vectors;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

[TestFixture]
internal sealed class VectorMathTests
{
    private delegate void Elementwise(ReadOnlySpan<double> x, Span<double> target);

    private static readonly double[] Specials =
        [double.NaN, double.NegativeInfinity, double.PositiveInfinity, 0.0, -0.0, double.Epsilon, -1.0, 1.0, 0.3, 800.0, -800.0, 1e300];

    [Test]
    public void Values_agree_with_correctly_rounded_ones_to_two_units_in_the_last_place()
    {
        Check("exp", VectorMath.Exp, VectorMathTable.Exp, 2);
        Check("expm1", VectorMath.Expm1, VectorMathTable.Expm1, 2);
        Check("log", VectorMath.Log, VectorMathTable.Log, 2);
        Check("sin", VectorMath.Sin, VectorMathTable.Sin, 2);
        Check("cos", VectorMath.Cos, VectorMathTable.Cos, 2);
        Check("arcsin", VectorMath.Asin, VectorMathTable.Asin, 2);
        Check("arccos", VectorMath.Acos, VectorMathTable.Acos, 2);
        Check("erf", VectorMath.Erf, VectorMathTable.Erf, 2);
    }

    [Test]
    public void Hyperbolic_functions_and_erfc_compound_two_roundings_and_stay_within_four_units()
    {
        Check("sinh", VectorMath.Sinh, VectorMathTable.Sinh, 4);
        Check("cosh", VectorMath.Cosh, VectorMathTable.Cosh, 4);
        Check("tanh", VectorMath.Tanh, VectorMathTable.Tanh, 4);
        Check("erfc", VectorMath.Erfc, VectorMathTable.Erfc, 4);
    }

    [Test]
    public void The_angle_agrees_with_the_correctly_rounded_one_in_every_quadrant()
    {
        var table = VectorMathTable.Atan2;
        var angles = new double[table.Length];
        VectorMath.Atan2([.. table.Select(p => p.Y)], [.. table.Select(p => p.X)], angles);
        for (var i = 0; i < table.Length; i++)
        {
            Assert.That(Ulps(angles[i], table[i].Value), Is.LessThanOrEqualTo(2), $"atan2({table[i].Y:r}, {table[i].X:r}) = {angles[i]:r}");
        }
    }

    [Test]
    public void Limits_and_invalid_arguments_give_the_values_of_the_standard_library()
    {
        CheckSpecials(VectorMath.Exp, Math.Exp);
        CheckSpecials(VectorMath.Expm1, x => x == 0.0 || Math.Abs(x) < 1e-300 ? x : Math.Exp(x) - 1.0);
        CheckSpecials(VectorMath.Log, Math.Log);
        CheckSpecials(VectorMath.Sinh, Math.Sinh);
        CheckSpecials(VectorMath.Cosh, Math.Cosh);
        CheckSpecials(VectorMath.Tanh, Math.Tanh);
        CheckSpecials(VectorMath.Asin, Math.Asin);
        CheckSpecials(VectorMath.Acos, Math.Acos);
        CheckSpecials(VectorMath.Erf, x => double.IsNaN(x) ? x : Math.Abs(x) >= 6.0 ? Math.Sign(x) : Scalar(VectorMath.Erf, x));
        CheckSpecials(VectorMath.Erfc, x => double.IsNaN(x) ? x : x >= 28.0 ? 0.0 : x <= -6.0 ? 2.0 : Scalar(VectorMath.Erfc, x));
    }

    [Test]
    public void The_sign_of_zero_survives_odd_functions()
    {
        foreach (Elementwise odd in new Elementwise[] { VectorMath.Expm1, VectorMath.Sinh, VectorMath.Tanh, VectorMath.Asin, VectorMath.Erf })
        {
            Assert.That(BitConverter.DoubleToInt64Bits(Scalar(odd, -0.0)), Is.EqualTo(BitConverter.DoubleToInt64Bits(-0.0)));
        }
    }

    [Test]
    public void The_angle_of_special_points_is_that_of_the_standard_library_and_zero_at_the_origin()
    {
        double[] values = [0.0, 1.0, -1.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e-310];
        foreach (var y in values)
        {
            foreach (var x in values)
            {
                var angle = new double[1];
                VectorMath.Atan2([y], [x], angle);
                Assert.That(angle[0], Is.EqualTo(Math.Atan2(y, x)).Within(1e-15), $"({x}, {y})");
            }
        }
    }

    [Test]
    public void A_value_depends_neither_on_the_place_in_the_span_nor_on_the_width_of_the_vectors()
    {
        var random = new Random(5);
        var x = Enumerable.Range(0, 37).Select(_ => (2.0 * random.NextDouble()) - 1.0).ToArray();
        SameEverywhere<VectorMath.ExpFunction>(x);
        SameEverywhere<VectorMath.Expm1Function>(x);
        SameEverywhere<VectorMath.SinhFunction>(x);
        SameEverywhere<VectorMath.CoshFunction>(x);
        SameEverywhere<VectorMath.TanhFunction>(x);
        SameEverywhere<VectorMath.AsinFunction>(x);
        SameEverywhere<VectorMath.AcosFunction>(x);
        SameEverywhere<VectorMath.ErfFunction>(x);
        SameEverywhere<VectorMath.ErfcFunction>(x);
        double[] wide = new double[x.Length], narrow = new double[x.Length];
        var y = x.Reverse().ToArray();
        Loop.Run<VectorMath.Atan2Function, Lanes512>(y, x, wide);
        Loop.Run<VectorMath.Atan2Function, Lanes128>(y, x, narrow);
        Assert.That(narrow, Is.EqualTo(wide));
        Loop.Run<VectorMath.Atan2Function, Lanes256>(y, x, narrow);
        Assert.That(narrow, Is.EqualTo(wide));
    }

    [Test]
    public void The_framework_s_log_sin_and_cos_agree_between_widths_to_rounding()
    {
        var x = Enumerable.Range(1, 37).Select(i => 0.37 * i).ToArray();
        CloseEverywhere<VectorMath.LogFunction>(x);
        CloseEverywhere<VectorMath.SinFunction>(x);
        CloseEverywhere<VectorMath.CosFunction>(x);
    }

    [Test]
    public void Spans_of_different_lengths_are_refused() =>
        Assert.That(() => VectorMath.Exp(new double[3], new double[2]), Throws.ArgumentException.With.Message.Contains("same length"));

    private static void SameEverywhere<F>(double[] x)
        where F : struct, IUnary
    {
        double[] wide = new double[x.Length], other = new double[x.Length];
        Loop.Run<F, Lanes512>(x, wide);
        Loop.Run<F, Lanes256>(x, other);
        Assert.That(other, Is.EqualTo(wide), typeof(F).Name);
        Loop.Run<F, Lanes128>(x, other);
        Assert.That(other, Is.EqualTo(wide), typeof(F).Name);
        for (var i = 0; i < x.Length; i++)
        {
            Loop.Apply<F>(x.AsSpan(i, 1), other.AsSpan(i, 1));
        }

        Assert.That(other, Is.EqualTo(wide), typeof(F).Name);
    }

    private static void CloseEverywhere<F>(double[] x)
        where F : struct, IUnary
    {
        double[] wide = new double[x.Length], other = new double[x.Length];
        Loop.Run<F, Lanes512>(x, wide);
        Loop.Run<F, Lanes128>(x, other);
        Assert.That(other, Is.EqualTo(wide).Within(2).Ulps, typeof(F).Name);
    }

    private static void Check(string name, Elementwise function, (double X, double Value)[] table, long tolerance)
    {
        var values = new double[table.Length];
        function([.. table.Select(p => p.X)], values);
        for (var i = 0; i < table.Length; i++)
        {
            Assert.That(
                Ulps(values[i], table[i].Value),
                Is.LessThanOrEqualTo(tolerance),
                $"{name}({table[i].X:r}) = {values[i]:r}, but {table[i].Value:r} is right");
        }
    }

    private static void CheckSpecials(Elementwise function, Func<double, double> expected)
    {
        foreach (var x in Specials)
        {
            Assert.That(Scalar(function, x), Is.EqualTo(expected(x)).Within(4).Ulps, $"{function.Method.Name}({x})");
        }
    }

    private static double Scalar(Elementwise function, double x)
    {
        var value = new double[1];
        function([x], value);
        return value[0];
    }

    /// <summary>How many doubles lie between two of them.</summary>
    private static long Ulps(double a, double b) =>
        a == b ? 0 : double.IsNaN(a) || double.IsNaN(b) ? long.MaxValue : Math.Abs(Ordinal(a) - Ordinal(b));

    private static long Ordinal(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        return bits < 0 ? long.MinValue - bits : bits;
    }
}
