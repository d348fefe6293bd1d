using System;
using System.Reflection;
using System.Runtime.InteropServices;

namespace FiniteWidth.Distributed;

/// <summary>The ScaLAPACK library, which brings BLACS and through it MPI: found by the MPI that started the process.</summary>
internal static class ScaLapackLibrary
{
    /// <summary>The name by which the routines are imported.</summary>
    public const string Name = "scalapack";

    /// <summary>The environment variable that names a library, by name or path.</summary>
    public const string Variable = "FINITEWIDTH_SCALAPACK";

    // Debian's names, one for each MPI, then the common one.
    private static readonly string[] Common = ["libscalapack.so.2.2", "libscalapack.so.2", "libscalapack.so"];

    private static readonly Lazy<IntPtr> Handle =
        new(() => Open(MpiLaunch.Current, Environment.GetEnvironmentVariable(Variable)));

    static ScaLapackLibrary() =>
        NativeLibrary.SetDllImportResolver(
            Assembly.GetExecutingAssembly(), (name, _, _) => name == Name ? Handle.Value : IntPtr.Zero);

    /// <summary>Loads the library.</summary>
    /// <exception cref="DistributedException">There is none for this MPI.</exception>
    public static void Load() => _ = Handle.Value;

    private static IntPtr Open(MpiLaunch launch, string? request)
    {
        if (!string.IsNullOrEmpty(request))
        {
            return NativeLibrary.TryLoad(request, out var named) && NativeLibrary.TryGetExport(named, "Cblacs_pinfo", out _)
                ? named
                : throw new DistributedException(
                    $"{Variable} names '{request}', which cannot be loaded as ScaLAPACK with BLACS: give the path or name of a library built for the MPI of mpirun, or leave the variable unset.");
        }

        foreach (var name in NamesFor(launch.Mpi))
        {
            if (NativeLibrary.TryLoad(name, out var found))
            {
                return found;
            }
        }

        var (mpi, package) = launch.Mpi == MpiKind.Mpich ? ("MPICH", "libscalapack-mpich-dev") : ("Open MPI", "libscalapack-openmpi-dev");
        throw new DistributedException(
            $"ScaLAPACK for {mpi} was not found: install it (Debian: {package}), or name the library in {Variable}.");
    }

    private static string[] NamesFor(MpiKind? mpi) => mpi switch
    {
        MpiKind.Mpich => [.. Debian("mpich"), .. Common],
        MpiKind.OpenMpi => [.. Debian("openmpi"), .. Common],
        _ => [.. Debian("openmpi"), .. Debian("mpich"), .. Common],
    };

    private static string[] Debian(string mpi) =>
        [$"libscalapack-{mpi}.so.2.2", $"libscalapack-{mpi}.so.2", $"libscalapack-{mpi}.so"];
}
