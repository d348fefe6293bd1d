namespace FiniteWidth.Cli

open System
open System.Globalization
open System.Reflection
open System.Text.Json
open FiniteWidth.Numerics

/// Where a result comes from: everything that a person needs in order to get it again.
[<NoComparison; NoEquality>]
type Provenance =
    {
        /// What was run: predict, fit, experiment, learning-curve.
        Command: string
        /// Why nothing certifies the result, where certified answers were asked for.
        NotCertified: string option
        /// Writes the job as it was understood, defaults filled in.
        Job: Utf8JsonWriter -> unit
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
    let write (writer: Utf8JsonWriter) (provenance: Provenance) =
        writer.WriteString("version", version)
        writer.WriteString("command", provenance.Command)

        match provenance.NotCertified with
        | Some reason ->
            writer.WriteBoolean("certified", false)
            writer.WriteString("reason", reason)
        | None -> ()

        writer.WritePropertyName "job"
        provenance.Job writer
        writer.WriteStartObject "seeds"

        for name, seed in provenance.Seeds do
            writer.WriteNumber(name, seed)

        writer.WriteEndObject()
        writer.WriteString("provider", LinearAlgebra.Default.Description)
        writer.WriteString("machine", machine)
        writer.WriteString("started", utc provenance.Started)
        writer.WriteStartObject "seconds"
        writer.WriteNumber("read", provenance.Read)
        writer.WriteNumber("solve", provenance.Solve)
        writer.WriteEndObject()
