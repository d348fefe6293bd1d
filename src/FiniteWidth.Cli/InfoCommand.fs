namespace FiniteWidth.Cli

open System
open System.Reflection
open FiniteWidth.Numerics

/// `finitewidth info`.
[<RequireQualifiedAccess>]
module InfoCommand =

    let private version =
        match Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>() with
        | null -> "unknown"
        | attribute -> attribute.InformationalVersion.Split('+')[0]

    /// Versions and the machine, a line each.
    let run () =
        [
            "FiniteWidth", version
            "runtime", Hardware.Runtime
            "system", Hardware.OperatingSystem
            "cores", string Environment.ProcessorCount
            "SIMD", Hardware.Simd
            "linear algebra", LinearAlgebra.Default.Description
        ]
        |> List.map (fun (name, value) -> $"{name, -16}{value}")
        |> String.concat Environment.NewLine
