using System;

namespace FiniteWidth.Numerics;

/// <summary>Elementary functions of one number that keep their digits where the plain expression cancels.</summary>
public static class ScalarMath
{
    /// <summary>exp x - 1, to a few units in the last place for every x.</summary>
    /// <remarks>The rounding of u = exp x is undone by dividing through log u, which carries the same error (Kahan).</remarks>
    public static double Expm1(double x)
    {
        var u = Math.Exp(x);
        var difference = u - 1.0;
        return difference == 0.0 ? x
            : difference == -1.0 || Math.Abs(x) > 1.0 ? difference
            : difference * (x / Math.Log(u));
    }

    /// <summary>log(1 + x), to a few units in the last place for every x; NaN below -1.</summary>
    public static double Log1p(double x)
    {
        var u = 1.0 + x;
        var difference = u - 1.0;
        return difference == 0.0 ? x : Math.Abs(x) > 1.0 ? Math.Log(u) : Math.Log(u) * (x / difference);
    }
}
