using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>Activations without a closed form of their kernel map, without overflow or cancellation.</summary>
internal static class ScalarActivations
{
    public static double Logistic(double z)
    {
        var e = Math.Exp(-Math.Abs(z));
        return (z < 0.0 ? e : 1.0) / (1.0 + e);
    }

    /// <remarks>log(1 + u) = 2 artanh(u/(2 + u)) keeps the digits of a small u.</remarks>
    public static double Softplus(double z)
    {
        var u = Math.Exp(-Math.Abs(z));
        return Math.Max(z, 0.0) + (2.0 * Math.Atanh(u / (2.0 + u)));
    }

    /// <summary>z above 0, else exp z - 1.</summary>
    public static double Elu(double z) => z > 0.0 ? z : ScalarMath.Expm1(z);

    public static double Silu(double z) => z * Logistic(z);

    public static double Gelu(double z)
    {
        Span<double> value = [-z / Math.Sqrt(2.0)];
        VectorMath.Erfc(value, value);
        return 0.5 * z * value[0];
    }
}
