namespace FiniteWidth.Cli

open System
open System.Globalization
open System.Reflection
open FiniteWidth.Numerics

/// Where a result comes from: everything that a person needs in order to get it again.
[<NoComparison; NoEquality>]
type Provenance =
    {
        /// What was run: predict, fit, experiment, learning-curve.
        Command: string
        /// Why nothing certifies the result, where certified answers were asked for.
        NotCertified: string option
        /// The job as it was understood, defaults filled in.
        Job: Tree
        /// The seeds of what was drawn, by what drew it.
        Seeds: (string * uint64) list
        Started: DateTimeOffset
        /// Seconds spent reading the data.
        Read: float
        /// Seconds spent solving.
        Solve: float
    }

[<RequireQualifiedAccess>]
module Provenance =

    /// The version of this program.
    let version =
        match Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
        | null -> "unknown"
        | attribute -> attribute.InformationalVersion.Split('+')[0]

    /// The machine in words.
    let machine =
        $"{Hardware.OperatingSystem}, {Hardware.ProcessorCount} cores, {Hardware.Simd}"

    let private utc (time: DateTimeOffset) =
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)

    /// The keys of a result that say where it comes from.
    let entries (provenance: Provenance) =
        [
            "version", Tree.Word version
            "command", Tree.Word provenance.Command

            match provenance.NotCertified with
            | Some reason ->
                "certified", Tree.Truth false
                "reason", Tree.Word reason
            | None -> ()

            "job", provenance.Job
            "seeds", Tree.Object [ for name, seed in provenance.Seeds -> name, Tree.Whole seed ]
            "provider", Tree.Word LinearAlgebra.Default.Description
            "machine", Tree.Word machine
            "started", Tree.Word(utc provenance.Started)
            "seconds", Tree.Object [ "read", Tree.Number provenance.Read; "solve", Tree.Number provenance.Solve ]
        ]
