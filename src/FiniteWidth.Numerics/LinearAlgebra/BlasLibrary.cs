using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace FiniteWidth.Numerics;

/// <summary>A BLAS/LAPACK library found at run time: its symbols, its name, its threads.</summary>
internal sealed unsafe class BlasLibrary
{
    /// <summary>The environment variable that names a library, or asks for the managed provider.</summary>
    public const string Variable = "FINITEWIDTH_BLAS";

    /// <summary>The value of <see cref="Variable"/> that asks for the managed provider.</summary>
    public const string ManagedRequest = "managed";

    // OpenBLAS waits for ever where it cannot map the buffers of its threads.
    private const double LeastAddresses = 1e9;

    private readonly IntPtr handle;
    private readonly delegate* unmanaged<int> getThreads;
    private readonly delegate* unmanaged<int, void> setThreads;

    private BlasLibrary(IntPtr handle, string file)
    {
        this.handle = handle;
        File = file;
        if (TryExport("openblas_get_config", out var config))
        {
            var words = Text(((delegate* unmanaged<byte*>)config)()).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Name = words.Length > 1 ? $"{words[0]} {words[1]}" : "OpenBLAS";
            Core = TryExport("openblas_get_corename", out var core) ? Text(((delegate* unmanaged<byte*>)core)()) : null;
            getThreads = (delegate* unmanaged<int>)ExportOrNull("openblas_get_num_threads");
            setThreads = (delegate* unmanaged<int, void>)ExportOrNull("openblas_set_num_threads");
        }
        else if (TryExport("MKL_Get_Max_Threads", out var maximum))
        {
            Name = "Intel MKL";
            getThreads = (delegate* unmanaged<int>)maximum;
            setThreads = (delegate* unmanaged<int, void>)ExportOrNull("MKL_Set_Num_Threads");
        }
        else
        {
            IsTuned = file.Contains("Accelerate", StringComparison.Ordinal);
            Name = IsTuned ? "Accelerate" : $"LAPACK ({file})";
        }
    }

    /// <summary>The path or name by which the library was loaded.</summary>
    public string File { get; }

    /// <summary>The product and, where the library tells it, its version.</summary>
    public string Name { get; }

    /// <summary>False for a library that does not say who made it, such as the reference implementation.</summary>
    public bool IsTuned { get; } = true;

    /// <summary>The processor core that the kernels were chosen for, where the library tells it.</summary>
    public string? Core { get; }

    /// <summary>How many threads a call may use, or null where the library does not tell.</summary>
    public int? Threads => getThreads is null ? null : getThreads();

    /// <summary>Sets the number of threads of the whole process, where the library allows it.</summary>
    public void SetThreads(int threads)
    {
        if (setThreads is not null)
        {
            setThreads(threads);
        }
    }

    /// <summary>The address of a Fortran routine, with or without the customary trailing underscore, or null.</summary>
    public void* Fortran(string routine) =>
        TryExport(routine + "_", out var symbol) || TryExport(routine, out symbol) ? symbol : null;

    /// <summary>
    /// The library that <paramref name="request"/> names, or the first usable one of the customary names where it is
    /// null; otherwise null and a sentence that says why. A usable one has all <paramref name="routines"/>, by their Fortran names.
    /// </summary>
    public static BlasLibrary? Find(string? request, string[] routines, out string reasonWhyNot)
    {
        if (request is not null)
        {
            var library = Open(request, routines, out var reason);
            reasonWhyNot = library is not null
                ? ""
                : $"{Variable} names '{request}', but {reason}: give the path or name of a BLAS and LAPACK library, "
                    + $"or '{ManagedRequest}' for the managed provider, or leave the variable unset.";
            return library;
        }

        if (AddressSpace.Remaining < LeastAddresses)
        {
            reasonWhyNot = "Too few addresses are left to this process for the buffers of a BLAS library (see ulimit -v).";
            return null;
        }

        var reasons = new List<string>();
        foreach (var name in CustomaryNames)
        {
            var library = Open(name, routines, out var reason);
            if (library is { IsTuned: true })
            {
                reasonWhyNot = "";
                return library;
            }

            // The reference implementation is slower than the managed provider, so it is used on request only.
            reasons.Add(library is null ? reason : $"{name} is not a tuned library");
            library?.Unload();
        }

        reasonWhyNot = $"No BLAS and LAPACK library was found ({string.Join("; ", reasons)}).";
        return null;
    }

    private static string[] CustomaryNames =>
        OperatingSystem.IsWindows() ? ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll", "mkl_rt.dll"]
        : OperatingSystem.IsMacOS() ?
        [
            "/System/Library/Frameworks/Accelerate.framework/Accelerate",
            "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
            "/usr/local/opt/openblas/lib/libopenblas.dylib",
            "libmkl_rt.2.dylib",
        ]
        : ["libopenblas.so.0", "libopenblas.so", "libmkl_rt.so.2", "libmkl_rt.so", "liblapack.so.3", "liblapack.so"];

    private static BlasLibrary? Open(string name, string[] routines, out string reason)
    {
        if (!NativeLibrary.TryLoad(name, typeof(BlasLibrary).Assembly, null, out var handle))
        {
            reason = $"{name} cannot be loaded";
            return null;
        }

        var library = new BlasLibrary(handle, name);
        if (OpenBlasCore.Overlooked(library.Core) is { } core && OpenBlasCore.TryTell(core))
        {
            library.Unload();
            library = new BlasLibrary(NativeLibrary.Load(name, typeof(BlasLibrary).Assembly, null), name);
        }

        var missing = Array.Find(routines, routine => library.Fortran(routine) is null);
        if (missing is null && !library.HasWideIntegers())
        {
            reason = "";
            return library;
        }

        reason = missing is null
            ? $"{name} takes 64-bit integers where the 32-bit (LP64) interface is needed"
            : $"{name} does not export {missing}_";
        library.Unload();
        return null;
    }

    private void Unload() => NativeLibrary.Free(handle);

    /// <summary>True for an ILP64 build, which would read and write beyond every integer that it is given.</summary>
    private bool HasWideIntegers()
    {
        // LAPACK's version routine writes three small integers: a 64-bit write clears the upper half.
        long major = -1, minor = -1, patch = -1;
        ((delegate* unmanaged<long*, long*, long*, void>)Fortran("ilaver"))(&major, &minor, &patch);
        return major >= 0;
    }

    private bool TryExport(string symbol, out void* address)
    {
        var found = NativeLibrary.TryGetExport(handle, symbol, out var pointer);
        address = (void*)pointer;
        return found;
    }

    private void* ExportOrNull(string symbol) => TryExport(symbol, out var address) ? address : null;

    private static string Text(byte* characters) => Marshal.PtrToStringUTF8((IntPtr)characters) ?? "";
}
