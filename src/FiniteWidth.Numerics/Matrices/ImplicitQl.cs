using System;
using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics;

/// <summary>Implicit QL with Wilkinson's shift over a tridiagonal matrix.</summary>
internal static unsafe class ImplicitQl
{
    private const int Strip = 256;
    private const int MostSweeps = 60;

    /// <summary>Eigenvalues over the diagonal of a tridiagonal matrix; its rotations are applied to pairs of rows.</summary>
    public static bool Diagonalise(double[] diagonal, double[] offDiagonal, Matrix? rows)
    {
        var n = diagonal.Length;
        var norm = 0.0;
        for (var i = 0; i < n; i++)
        {
            norm = Math.Max(norm, Math.Abs(diagonal[i]) + Math.Abs(offDiagonal[i]));
        }

        // The reduction has already changed the matrix by this much.
        var negligible = norm * (double.BitIncrement(1) - 1) / 2;
        var cosines = new double[n];
        var sines = new double[n];
        for (var first = 0; first < n; first++)
        {
            for (var sweep = 0; ; sweep++)
            {
                var last = first;
                while (last < n - 1 && Math.Abs(offDiagonal[last]) > negligible)
                {
                    last++;
                }

                if (last == first)
                {
                    break;
                }

                if (sweep == MostSweeps)
                {
                    return false;
                }

                var end = Sweep(diagonal, offDiagonal, first, last, cosines, sines);
                if (rows is not null)
                {
                    Rotate(rows, end, last, cosines, sines);
                }
            }
        }

        return true;
    }

    /// <summary>
    /// One implicit QL sweep over the unreduced block [first, last] with Wilkinson's shift. Rotation i mixes i and i + 1, for
    /// i from last - 1 down to the returned index.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Sweep(double[] d, double[] e, int first, int last, double[] cosines, double[] sines)
    {
        var half = (d[first + 1] - d[first]) / (2 * e[first]);
        var bulge = d[last] - d[first] + (e[first] / (half + Math.CopySign(double.Hypot(half, 1), half)));
        double cosine = 1, sine = 1, shift = 0;
        for (var i = last - 1; i >= first; i--)
        {
            double spill = sine * e[i], kept = cosine * e[i];
            var radius = Hypotenuse(spill, bulge);
            e[i + 1] = radius;
            if (radius == 0)
            {
                // The block splits here: what remains is for the next sweep.
                d[i + 1] -= shift;
                e[last] = 0;
                return i + 1;
            }

            sine = spill / radius;
            cosine = bulge / radius;
            (cosines[i], sines[i]) = (cosine, sine);
            var corner = d[i + 1] - shift;
            var moved = ((d[i] - corner) * sine) + (2 * cosine * kept);
            shift = sine * moved;
            d[i + 1] = corner + shift;
            bulge = (cosine * moved) - kept;
        }

        d[first] -= shift;
        e[first] = bulge;
        e[last] = 0;
        return first;
    }

    // Entries are of order one at most: only squares that might underflow need the careful way.
    private static double Hypotenuse(double a, double b)
    {
        var squares = (a * a) + (b * b);
        return squares > 1e-280 ? Math.Sqrt(squares) : double.Hypot(a, b);
    }

    private static void Rotate(Matrix rows, int first, int last, double[] cosines, double[] sines)
    {
        var n = rows.Columns;
        if (n == 1)
        {
            var column = rows.Pointer;
            for (var i = last - 1; i >= first; i--)
            {
                double upper = column[i], lower = column[i + 1];
                column[i] = (cosines[i] * upper) - (sines[i] * lower);
                column[i + 1] = (sines[i] * upper) + (cosines[i] * lower);
            }

            return;
        }

        RowOperations.ForEach((n + Strip - 1) / Strip, (last - first) * n, strip =>
        {
            var start = strip * Strip;
            var count = Math.Min(Strip, n - start);
            for (var i = last - 1; i >= first; i--)
            {
                var upper = rows.Pointer + (i * n) + start;
                RowOperations.Rotate(cosines[i], sines[i], upper, upper + n, count);
            }
        });
    }
}
