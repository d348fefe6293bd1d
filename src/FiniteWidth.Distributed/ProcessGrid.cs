using System;
using System.Collections.Generic;
using FiniteWidth.Numerics;

namespace FiniteWidth.Distributed;

/// <summary>The ranks that MPI started together, in a grid as square as their number allows, and what they say to each other.</summary>
/// <remarks>
/// All ranks run the same program on the same data. A number that decides what comes next is computed once and sent, so that all of them
/// take the same turns. Before ranks wait for each other they say whether all is well (<see cref="Together{T}"/>): where it is not, all
/// of them throw.
/// </remarks>
public sealed unsafe class ProcessGrid
{
    private static readonly Lazy<ProcessGrid> Started = new(() => new ProcessGrid());

    // Settings by which a user has said how many threads there are to be.
    private static readonly string[] ThreadVariables = ["OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"];

    private bool isBroken;

    private ProcessGrid()
    {
        // First, so that ScaLAPACK finds the BLAS that was told its kernels.
        _ = LinearAlgebra.Default;
        ScaLapackLibrary.Load();
        (Rank, Size) = Blacs.Start();
        Rows = (int)Math.Sqrt(Size);
        while (Size % Rows != 0)
        {
            Rows--;
        }

        Columns = Size / Rows;
        (Row, Column) = (Rank / Columns, Rank % Columns);
        Context = Blacs.Grid(Rows, Columns);
        if (Array.TrueForAll(ThreadVariables, name => Environment.GetEnvironmentVariable(name) is null))
        {
            LinearAlgebra.Default.LimitThreads(Math.Max(1, Hardware.ProcessorCount / MpiLaunch.Current.LocalSize));
        }
    }

    /// <summary>The grid of this process; the first use starts MPI.</summary>
    /// <exception cref="DistributedException">There is no ScaLAPACK for the MPI that started the process.</exception>
    public static ProcessGrid Current => Started.Value;

    /// <summary>Whether MPI was started.</summary>
    public static bool IsStarted => Started.IsValueCreated;

    /// <summary>The number of this rank, from 0.</summary>
    public int Rank { get; }

    /// <summary>The number of ranks.</summary>
    public int Size { get; }

    /// <summary>The number of rows of the grid.</summary>
    public int Rows { get; }

    /// <summary>The number of columns of the grid, no fewer than there are rows.</summary>
    public int Columns { get; }

    internal int Row { get; }

    internal int Column { get; }

    internal int Context { get; }

    /// <summary>
    /// Ends MPI, after work that failed with a sentence on this rank, or that did not. All ranks get the first sentence of any of them,
    /// or null where all is well.
    /// </summary>
    public string? End(string? failure)
    {
        if (!isBroken)
        {
            try
            {
                _ = Together(Step.End, () => failure is null ? 0 : throw new DistributedException(failure));
            }
            catch (DistributedException first)
            {
                failure = first.Message;
            }
        }

        Blacs.End();
        return failure;
    }

    /// <summary>
    /// What a rank's own work gives, once that of all ranks is done. Where any fails all throw: an
    /// <see cref="InaccurateKernelException"/> where all that happened is one, else a <see cref="DistributedException"/>, after which the
    /// ranks do not meet again.
    /// </summary>
    internal T Together<T>(Step step, Func<T> work)
    {
        T? value = default;
        Exception? failure = null;
        try
        {
            value = work();
        }
        catch (Exception error) when (error is InaccurateKernelException or DistributedException)
        {
            failure = error;
        }
        catch (OutOfMemoryException)
        {
            failure = new DistributedException(
                $"Rank {Rank} of {Size} has no memory for its part of the kernel: use more machines, or fewer examples.");
        }

        Meet(step, 0, failure);
        return value!;
    }

    /// <summary>The values of rank 0 on every rank, of which all have as many.</summary>
    internal double[] OfFirst(Step step, double[] values)
    {
        Meet(step, values.Length, null);
        var shared = (double[])values.Clone();
        Share(shared, 0);
        return shared;
    }

    /// <summary>Adds up the values of all ranks; each gets the sum, the same to the bit.</summary>
    internal void Sum(Span<double> values)
    {
        fixed (double* first = values)
        {
            Sum(first, values.Length);
        }
    }

    /// <summary>Writes all parts of a matrix into one that every rank gets.</summary>
    internal void Gather(BlockCyclicMatrix parts, Matrix whole)
    {
        using var all = Matrix.Zeros(whole.Rows, whole.Columns);
        parts.PutInto(all);
        Sum(all.Pointer, all.Rows * all.Columns);
        all.CopyTo(whole);
    }

    private void Sum(double* first, nint length)
    {
        foreach (var (start, count) in Portions(length))
        {
            Blacs.SumToFirst(Context, first + start, count);
        }

        Share(first, length, 0);
    }

    private static IEnumerable<(nint Start, int Count)> Portions(nint length)
    {
        // 128 MB: the library buffers what it sends.
        const int Most = 1 << 24;
        for (nint start = 0; start < length; start += Most)
        {
            yield return (start, (int)Math.Min(Most, length - start));
        }
    }

    // Says how this rank fared, and throws where not all is well on all or one is about to do something else, or of another size.
    private void Meet(Step step, int size, Exception? failure)
    {
        var severity = failure switch
        {
            null => 0,
            InaccurateKernelException => 1,
            _ => 2,
        };

        // The worst failure of the lowest rank has the largest number; the last two tell whether all are at the same step.
        const double Last = 1e12;
        var turn = (double)step + ((double)Step.End * 2 * size);
        double[] said = [severity == 0 ? 0 : (severity * Size) + (Size - 1 - Rank), turn, Last - turn];
        fixed (double* first = said)
        {
            Blacs.LargestToFirst(Context, first, said.Length);
        }

        Share(said, 0);
        if (said[0] > 0)
        {
            var rank = Size - 1 - ((int)said[0] % Size);
            isBroken = (int)said[0] / Size > 1;
            var sentence = Words(failure?.Message ?? "", rank);
            throw isBroken ? new DistributedException(sentence) : new InaccurateKernelException(sentence);
        }

        if (said[1] != Last - said[2])
        {
            isBroken = true;
            throw new DistributedException(
                "The ranks have taken different turns: start all of them with the same program, job and data, on machines of one kind.");
        }
    }

    // What one rank says.
    private string Words(string text, int from)
    {
        double[] length = [text.Length];
        Share(length, from);
        var letters = new double[(int)length[0]];
        for (var i = 0; i < Math.Min(letters.Length, text.Length); i++)
        {
            letters[i] = text[i];
        }

        Share(letters, from);
        return string.Concat(Array.ConvertAll(letters, letter => (char)letter));
    }

    private void Share(Span<double> values, int from)
    {
        fixed (double* first = values)
        {
            Share(first, values.Length, from);
        }
    }

    // Sends the values of one rank to all.
    private void Share(double* first, nint length, int from)
    {
        foreach (var (start, count) in Portions(length))
        {
            if (Rank == from)
            {
                Blacs.Send(Context, first + start, count);
            }
            else
            {
                Blacs.Receive(Context, first + start, count, from / Columns, from % Columns);
            }
        }
    }
}
