using System;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>sigma(-z) = -sigma(z), sigma(z), or neither: which of its Hermite coefficients vanish.</summary>
internal enum Parity
{
    None,
    Odd,
    Even,
}

/// <summary>The powers of rho in a series: all of them, the odd ones or the even ones.</summary>
internal static class Parities
{
    /// <summary>That of the derivative.</summary>
    public static Parity Opposite(this Parity parity) => parity switch
    {
        Parity.Odd => Parity.Even,
        Parity.Even => Parity.Odd,
        _ => Parity.None,
    };

    public static int First(this Parity parity) => parity == Parity.Odd ? 1 : 0;

    public static int Step(this Parity parity) => parity == Parity.None ? 1 : 2;

    public static bool Has(this Parity parity, int k) => (k - parity.First()) % parity.Step() == 0;

    /// <summary>The parity that sigma shows at points of many magnitudes, to the bit.</summary>
    /// <remarks>Coefficients of the other parity are then dropped; if they did matter, the series would miss its tolerance.</remarks>
    public static Parity Of(Func<double, double> sigma)
    {
        // An odd function that is not 0 at 0 jumps there: points of variance 0 then have a mean.
        bool odd = !(Math.Abs(sigma(0.0)) > 0.0), even = true;
        for (var z = 1e-3; z < 40.0; z *= 1.13)
        {
            double right = sigma(z), left = sigma(-z);
            odd &= left == -right;
            even &= left == right;
        }

        return odd == even ? Parity.None : odd ? Parity.Odd : Parity.Even;
    }
}
