using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace FiniteWidth.Numerics;

/// <summary>The addresses that a process may take, which <c>ulimit -v</c> bounds on Linux.</summary>
public static class AddressSpace
{
    /// <summary>Bytes of addresses that are left to this process; infinite where nothing bounds them.</summary>
    public static double Remaining
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return double.PositiveInfinity;
            }

            var limit = FirstNumber("/proc/self/limits", "Max address space");
            var taken = 1024 * FirstNumber("/proc/self/status", "VmSize:");
            return limit is null || taken is null ? double.PositiveInfinity : Math.Max(0, limit.Value - taken.Value);
        }
    }

    /// <summary>The number after a key in a file of lines such as "VmSize:    123 kB", where there is one.</summary>
    private static double? FirstNumber(string path, string key)
    {
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            var word = line?[key.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[0].Trim();
            return double.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
