using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FiniteWidth.Numerics;

/// <summary>What the machine offers to numerical code.</summary>
public static class Hardware
{
    /// <summary>Number of logical processors that this process may use.</summary>
    public static int ProcessorCount => Environment.ProcessorCount;

    /// <summary>The widest vector instructions in use, for example "AVX-512, 512 bits".</summary>
    public static string Simd
    {
        get
        {
            var name =
                Avx512F.IsSupported && Vector512.IsHardwareAccelerated ? "AVX-512"
                : Avx2.IsSupported && Fma.IsSupported ? "AVX2 and FMA"
                : Avx.IsSupported ? "AVX"
                : AdvSimd.IsSupported ? "AdvSimd"
                : Sse2.IsSupported ? "SSE2"
                : "no known instruction set";
            return SimdBits == 0 ? "scalar" : $"{name}, {SimdBits} bits";
        }
    }

    /// <summary>Bits of the widest hardware-accelerated vector, or 0.</summary>
    public static int SimdBits =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;

    /// <summary>The operating system and the architecture of the process.</summary>
    public static string OperatingSystem =>
        $"{RuntimeInformation.OSDescription.Trim()} ({RuntimeInformation.ProcessArchitecture})";

    /// <summary>The .NET runtime, for example ".NET 10.0.1".</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;
}
