using System;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>Parallel loops that fail with the exception of their body, not with a bundle of them.</summary>
internal static class Work
{
    private const int Chunk = 64;

    // Without a bound the pool starts another thread whenever long bodies keep it waiting, hundreds in an hour.
    private static readonly ParallelOptions AllProcessors = new() { MaxDegreeOfParallelism = Environment.ProcessorCount };

    /// <summary>Runs the body for every item; a worker takes its local state along from item to item.</summary>
    public static void For<TLocal>(int count, Func<TLocal> local, Action<int, TLocal> body)
    {
        try
        {
            Parallel.For(
                0,
                count,
                AllProcessors,
                local,
                (item, _, state) =>
                {
                    body(item, state);
                    return state;
                },
                _ => { });
        }
        catch (AggregateException failure)
        {
            ExceptionDispatchInfo.Throw(failure.Flatten().InnerExceptions[0]);
        }
    }

    /// <summary>The value of a function at every argument.</summary>
    public static double[] Tabulate(Func<double, double> function, double[] arguments)
    {
        var values = new double[arguments.Length];
        For(
            (arguments.Length + Chunk - 1) / Chunk,
            () => values,
            (chunk, target) =>
            {
                var end = Math.Min(arguments.Length, (chunk + 1) * Chunk);
                for (var i = chunk * Chunk; i < end; i++)
                {
                    target[i] = function(arguments[i]);
                }
            });
        return values;
    }
}
