using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class WorkTeamTests
{
    [Test]
    public void Every_block_runs_once_in_every_loop([Values(1, 2, 7)] int threads)
    {
        var team = new WorkTeam(threads);
        var runs = new int[50];
        Action<int> body = block => Interlocked.Increment(ref runs[block]);
        for (var loop = 0; loop < 2000; loop++)
        {
            team.Run(loop % 50, body);
        }

        // Block b runs in the loops of more than b blocks: 49 - b of every 50.
        Assert.That(runs, Is.EqualTo(Enumerable.Range(0, 50).Select(b => 40 * (49 - b))));
    }

    [Test]
    public void Teams_work_inside_parallel_loops()
    {
        var sums = new long[8];
        Parallel.For(0, sums.Length, i =>
        {
            var team = new WorkTeam(4);
            for (var loop = 0; loop < 200; loop++)
            {
                team.Run(16, block => Interlocked.Add(ref sums[i], block));
            }
        });
        Assert.That(sums, Is.All.EqualTo(200 * 120));
    }

    [Test]
    public void The_exception_of_a_block_reaches_the_caller_and_the_team_goes_on()
    {
        var team = new WorkTeam(3);
        Assert.That(
            () => team.Run(20, block => _ = block == 13 ? throw new InvalidOperationException("thirteen") : block),
            Throws.InvalidOperationException.With.Message.EqualTo("thirteen"));
        var count = 0;
        team.Run(20, _ => Interlocked.Increment(ref count));
        Assert.That(count, Is.EqualTo(20));
    }

    [Test]
    public void A_team_has_at_least_one_thread() =>
        Assert.That(() => new WorkTeam(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
