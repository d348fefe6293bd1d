using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FiniteWidth.Numerics;

/// <summary>The kernels that OpenBLAS takes.</summary>
/// <remarks>
/// A release older than the processor (0.3.21 on Intel's processors of 2023 and later) may not know it and then takes kernels of 2004, a
/// fifth as fast, whose rounding depends on where a matrix begins. It reads the variable at its load alone.
/// </remarks>
public static class OpenBlasCore
{
    /// <summary>The environment variable by which OpenBLAS is told what kernels to take. What a user sets has the last word.</summary>
    public const string Variable = "OPENBLAS_CORETYPE";

    /// <summary>The kernels that OpenBLAS was told to take, or null where it found its own.</summary>
    public static string? Told { get; private set; }

    /// <summary>Kernels that this processor runs, where OpenBLAS fell to those of 2004 in ignorance of it; otherwise null.</summary>
    internal static string? Overlooked(string? taken) =>
        taken != "Prescott" ? null : Best(Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported, Avx2.IsSupported && Fma.IsSupported);

    internal static string? Best(bool hasAvx512, bool hasAvx2) => hasAvx512 ? "SkylakeX" : hasAvx2 ? "Haswell" : null;

    /// <summary>Sets the variable for a library that is loaded next; false where a user has set it, or where it can't be.</summary>
    internal static bool TryTell(string core)
    {
        // Libraries read the environment of the process, of which .NET has a copy; on Windows they have copies of their own.
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable(Variable) is not null || SetVariable(Variable, core, 1) != 0)
        {
            return false;
        }

        Told = core;
        return true;
    }

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
