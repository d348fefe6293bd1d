using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace FiniteWidth.Numerics;

/// <summary>
/// A loop over blocks on several threads that allocates nothing: for loops that run thousands of times a second. Which thread runs
/// a block is left open, so a result is independent of the number of threads where the blocks are independent of each other.
/// </summary>
/// <remarks>
/// The calling thread works too and waits only for blocks that have begun, so teams may run inside parallel loops. One loop of a
/// team runs at a time.
/// </remarks>
public sealed class WorkTeam
{
    private readonly Helper[] helpers;
    private Action<int>? body;
    private ExceptionDispatchInfo? failure;

    // Tickets count down to 0, so that a helper who comes late to one loop cannot take a ticket of it for one of the next.
    private int tickets;
    private int unfinished;

    /// <summary>A team of at most <paramref name="threads"/> threads, the calling one included.</summary>
    public WorkTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        helpers = new Helper[threads - 1];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Helper(this);
        }
    }

    /// <summary>The most threads that work at once.</summary>
    public int Threads { get; }

    /// <summary>Runs the body for every block from 0 to <paramref name="count"/> - 1; rethrows the first exception of a block.</summary>
    public void Run(int count, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (count <= 0)
        {
            return;
        }

        this.body = body;
        failure = null;
        Volatile.Write(ref unfinished, count);
        Volatile.Write(ref tickets, count);
        for (var i = 0; i < Math.Min(helpers.Length, count - 1); i++)
        {
            helpers[i].Call();
        }

        Work();
        var spinner = default(SpinWait);
        while (Volatile.Read(ref unfinished) > 0)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        this.body = null;
        failure?.Throw();
    }

    private void Work()
    {
        for (var ticket = Take(); ticket >= 0; ticket = Take())
        {
            try
            {
                body!(ticket);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            }

            Interlocked.Decrement(ref unfinished);
        }
    }

    private int Take() => Interlocked.Decrement(ref tickets);

    /// <summary>A place in the thread pool's queue, taken at most once at a time.</summary>
    private sealed class Helper(WorkTeam team) : IThreadPoolWorkItem
    {
        private int waiting;

        public void Call()
        {
            if (Interlocked.Exchange(ref waiting, 1) == 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        public void Execute()
        {
            Volatile.Write(ref waiting, 0);
            team.Work();
        }
    }
}
