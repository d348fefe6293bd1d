using System;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>A block of 64-byte aligned native memory, freed when the last matrix or view that refers to it is gone.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const nuint Alignment = 64;
    private const nuint HugePage = 2 << 20;
    private const int AdviseHugePages = 14;

    // glibc's name and the size in bytes: freed blocks up to this size stay mapped, so that the next one is not faulted in anew.
    private const int MapThreshold = -3;
    private const int KeptMapped = 64 << 20;

    private readonly long bytes;

    static NativeBuffer()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallopt", out var option))
        {
            _ = ((delegate* unmanaged<int, int, int>)option)(MapThreshold, KeptMapped);
        }
    }

    public NativeBuffer(nint count, bool clear)
        : base(IntPtr.Zero, ownsHandle: true)
    {
        bytes = checked((long)count * sizeof(double));
        // Large blocks start on a huge page: the first touch of a matrix then costs 512 times fewer page faults.
        var large = (nuint)bytes >= 4 * HugePage;
        var pointer = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), large ? HugePage : Alignment);
        SetHandle((IntPtr)pointer);
        if (large && OperatingSystem.IsLinux())
        {
            _ = Advise(pointer, (nuint)bytes, AdviseHugePages);
        }

        if (clear)
        {
            Clear(large);
        }

        if (bytes > 0)
        {
            GC.AddMemoryPressure(bytes);
        }
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    public double* Pointer => (double*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        if (bytes > 0)
        {
            GC.RemoveMemoryPressure(bytes);
        }

        return true;
    }

    // Whoever touches a page first decides on which memory of the machine it lies: with several of them all should have their share.
    private void Clear(bool byAll)
    {
        if (byAll)
        {
            Parallel.For(0, (bytes + (long)HugePage - 1) / (long)HugePage, page => Clear(page * (long)HugePage, (long)HugePage));
        }
        else
        {
            Clear(0, bytes);
        }
    }

    private void Clear(long start, long count) =>
        NativeMemory.Clear((byte*)handle + start, (nuint)Math.Min(count, bytes - start));

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(void* address, nuint length, int advice);
}
