using System.Collections.Generic;
using System.Linq;
using FiniteWidth.Distributed;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

/// <summary>Block-cyclic layouts and launchers, which need no MPI.</summary>
public sealed class BlockCyclicTests
{
    [Test]
    public void Every_item_is_dealt_to_one_process_in_order(
        [Values(1, 5, 16, 37)] int count, [Values(1, 3, 8)] int block, [Values(1, 2, 3, 7)] int processes)
    {
        var dealt = new List<int>();
        for (var me = 0; me < processes; me++)
        {
            var axis = new BlockCyclicAxis(count, block, processes, me);
            var own = Enumerable.Range(0, axis.LocalCount).Select(axis.ToGlobal).ToArray();
            Assert.That(own, Is.Ordered);
            Assert.That(own.Select(axis.ToLocal), Is.EqualTo(Enumerable.Range(0, own.Length)));
            Assert.That(Enumerable.Range(0, count).Except(own).Select(axis.ToLocal), Has.All.EqualTo(-1));
            for (var global = 0; global <= count; global++)
            {
                Assert.That(axis.LocalBefore(global), Is.EqualTo(own.Count(place => place < global)));
            }

            dealt.AddRange(own);
        }

        Assert.That(dealt.Order(), Is.EqualTo(Enumerable.Range(0, count)));
    }

    [TestCase("", null, 0, 1, 1)]
    [TestCase("OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_LOCAL_SIZE=2 PMIX_RANK=3", MpiKind.OpenMpi, 3, 4, 2)]
    [TestCase("PMI_SIZE=4 PMI_RANK=1 MPI_LOCALNRANKS=4", MpiKind.Mpich, 1, 4, 4)]
    [TestCase("PMIX_RANK=5 SLURM_NTASKS=8 SLURM_NTASKS_PER_NODE=4", MpiKind.OpenMpi, 5, 8, 4)]
    [TestCase("SLURM_NTASKS=8 SLURM_PROCID=5", null, 0, 1, 1)]
    public void The_environment_tells_the_launcher(string environment, MpiKind? mpi, int rank, int size, int here)
    {
        var variables = environment.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.That(MpiLaunch.Of(name => variables.GetValueOrDefault(name)), Is.EqualTo(new MpiLaunch(mpi, rank, size, here)));
    }
}
