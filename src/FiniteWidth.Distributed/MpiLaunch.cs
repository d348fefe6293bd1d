using System;
using System.Globalization;

namespace FiniteWidth.Distributed;

/// <summary>Which MPI started this process, and as one of how many, as the environment tells before anything is loaded.</summary>
/// <param name="Mpi">The implementation, or null where no launcher is seen.</param>
/// <param name="Rank">The number of this one, from 0.</param>
/// <param name="Size">The number of ranks.</param>
/// <param name="LocalSize">The number of them on this machine.</param>
public sealed record MpiLaunch(MpiKind? Mpi, int Rank, int Size, int LocalSize)
{
    /// <summary>That of this process.</summary>
    public static MpiLaunch Current { get; } = Of(Environment.GetEnvironmentVariable);

    /// <summary>That of a process whose environment variables have these values.</summary>
    public static MpiLaunch Of(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        int Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;

        MpiLaunch Launch(MpiKind mpi, string rank, string size, string localSize) =>
            new(mpi, Number(rank), Number(size), Math.Max(1, Number(localSize)));

        return
            Number("OMPI_COMM_WORLD_SIZE") > 0 ?
                Launch(MpiKind.OpenMpi, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE")
            : Number("PMI_SIZE") > 0 ? Launch(MpiKind.Mpich, "PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS")
            // srun --mpi=pmix.
            : variable("PMIX_RANK") is not null && Number("SLURM_NTASKS") > 0 ?
                Launch(MpiKind.OpenMpi, "PMIX_RANK", "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE")
            : new(null, 0, 1, 1);
    }
}

/// <summary>Implementations of MPI whose processes find each other in ways of their own.</summary>
public enum MpiKind
{
    /// <summary>Open MPI.</summary>
    OpenMpi,

    /// <summary>MPICH, or an MPI of the same binary interface.</summary>
    Mpich,
}
