namespace FiniteWidth.Benchmarks

open System
open System.IO

/// Resident memory of this process, which only Linux lets a process reset and read.
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

    /// The result of an action, and by how many bytes resident memory rose above its start at the highest point.
    let peakOf action =
        if OperatingSystem.IsLinux() then
            // 5 sets the high-water mark back to what is resident now.
            File.WriteAllText("/proc/self/clear_refs", "5")
            let start = field "VmRSS"
            let result = action ()
            result, Some(field "VmHWM" - start)
        else
            action (), None
