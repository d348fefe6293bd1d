namespace FiniteWidth.Cli

open System
open FiniteWidth.Numerics

/// `finitewidth info`.
[<RequireQualifiedAccess>]
module InfoCommand =

    /// Versions and the machine, a line each.
    let run () =
        [
            "FiniteWidth", Provenance.version
            "runtime", Hardware.Runtime
            "system", Hardware.OperatingSystem
            "cores", string Environment.ProcessorCount
            "SIMD", Hardware.Simd
            "linear algebra", LinearAlgebra.Default.Description
        ]
        |> List.map (fun (name, value) -> $"{name, -16}{value}")
        |> String.concat Environment.NewLine
