namespace FiniteWidth.Benchmarks

open System
open System.Diagnostics
open System.IO

/// Resident memory of this process.
[<RequireQualifiedAccess>]
module Memory =

    let private field (name: string) =
        File.ReadLines "/proc/self/status"
        |> Seq.pick (fun line ->
            if line.StartsWith(name + ":", StringComparison.Ordinal) then
                line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)[1]
                |> float
                |> fun kilobytes -> Some(kilobytes * 1024.0)
            else
                None)

    /// How much of this process was resident at most, in bytes.
    let peak () =
        if OperatingSystem.IsLinux() then
            field "VmHWM"
        else
            float (Process.GetCurrentProcess().PeakWorkingSet64)

    /// The result of an action, and by how many bytes resident memory rose above its start at the highest
    /// point: only Linux lets a process reset that.
    let peakOf action =
        if OperatingSystem.IsLinux() then
            // 5 sets the high-water mark back to what is resident now.
            File.WriteAllText("/proc/self/clear_refs", "5")
            let start = field "VmRSS"
            let result = action ()
            result, Some(field "VmHWM" - start)
        else
            action (), None
