using System;
using System.Numerics;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>Vectorised operations on rows, and the loop over rows, of the managed provider.</summary>
internal static unsafe class RowOperations
{
    // Below this many operations a parallel loop costs more than it saves.
    private const int WorthThreads = 100_000;

    /// <summary>Runs the body for 0 to count - 1, on all processors where <paramref name="work"/> operations are worth it.</summary>
    public static void ForEach(nint count, nint work, Action<nint> body)
    {
        if (work < WorthThreads)
        {
            for (nint i = 0; i < count; i++)
            {
                body(i);
            }
        }
        else
        {
            Parallel.For(0L, count, i => body((nint)i));
        }
    }

    /// <summary>y := factor y, where a factor of 0 clears whatever y held.</summary>
    public static void Scale(Span<double> y, double factor)
    {
        if (factor == 0)
        {
            y.Clear();
        }
        else if (factor != 1)
        {
            foreach (ref var entry in y)
            {
                entry *= factor;
            }
        }
    }

    /// <summary>y := y + factor x.</summary>
    public static void Add(double factor, double* x, double* y, nint count)
    {
        nint i = 0;
        var factors = new Vector<double>(factor);
        for (; i <= count - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector.Store(Vector.FusedMultiplyAdd(factors, Vector.Load(x + i), Vector.Load(y + i)), y + i);
        }

        for (; i < count; i++)
        {
            y[i] += factor * x[i];
        }
    }

    /// <summary>(x, y) := (cosine x - sine y, sine x + cosine y).</summary>
    public static void Rotate(double cosine, double sine, double* x, double* y, nint count)
    {
        nint i = 0;
        Vector<double> cosines = new(cosine), sines = new(sine);
        for (; i <= count - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> left = Vector.Load(x + i), right = Vector.Load(y + i);
            Vector.Store((cosines * left) - (sines * right), x + i);
            Vector.Store((sines * left) + (cosines * right), y + i);
        }

        for (; i < count; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
        }
    }
}
