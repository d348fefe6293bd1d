/// Checkpoints that hold more than is asked for, or what no run writes.
module FiniteWidth.Experiment.Tests.CheckpointContentTests

open System
open System.IO
open System.Security.Cryptography
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Experiment.Tests.ShortRun
open FiniteWidth.Testing

let private resume settings =
    Run.resume sampler observables model.Source settings

let private refused (part: string) settings =
    match resume settings with
    | Ok _ -> failtest "The checkpoint was resumed."
    | Error failure ->
        Expect.stringContains failure.Message part "message"
        Expect.isLessThan failure.Message.Length 400 "message"

/// The file with its checksum made to fit.
let private signed (bytes: byte[]) =
    let body = bytes[.. bytes.Length - SHA256.HashSizeInBytes - 1]
    Array.append body (SHA256.HashData body)

let tests =
    testList "Checkpoint content" [
        testCase "A run asked for fewer draws than its checkpoint holds is refused, and the checkpoint stays" (fun () ->
            inFolder (fun path ->
                let settings =
                    { short with
                        Draws = 60
                        Checkpoint = checkpoint path
                    }

                go settings |> ignore
                let bytes = File.ReadAllBytes path

                { settings with Draws = 59 }
                |> refused "holds 60 draws a chain and 59 are asked for"

                Expect.isTrue (File.ReadAllBytes path = bytes) "File.ReadAllBytes path = bytes"
                Expect.equal ((continue' settings).Length) 60 "length of continue"
                Expect.equal ((continue' { settings with Draws = 61 }).Length) 61 "length of continue"))

        testCase "Contents that no run writes are refused in one sentence, whatever the checksum says" (fun () ->
            inFolder (fun path ->
                let settings =
                    { short with
                        WarmUp = 20
                        Draws = 5
                        Checkpoint = checkpoint path
                    }

                go settings |> ignore
                let sound = File.ReadAllBytes path
                File.WriteAllBytes(path, signed sound)
                Expect.isTrue (Result.isOk (resume settings)) "The sound file was refused."

                let write change =
                    let bytes = Array.copy sound
                    change bytes
                    File.WriteAllBytes(path, signed bytes)

                // Numbers that are lengths, counts or coordinates, made huge, negative or none: a sentence, never an exception.
                let mutable refusals = 0

                for place in 18..7 .. sound.Length - 40 do
                    for value in [ 0x7Fuy; 0xFFuy; 0x80uy ] do
                        write (fun bytes ->
                            for i in place .. place + 3 do
                                bytes[i] <- value)

                        match resume settings with
                        | Ok _ -> ()
                        | Error failure ->
                            refusals <- refusals + 1
                            Expect.stringStarts failure.Message path "message"
                            Expect.stringEnds failure.Message "." "message"

                Expect.isGreaterThan refusals 100 "refusals"
                // Cut short or longer than it says, with a checksum that fits.
                for length in 60..211 .. sound.Length - 33 do
                    File.WriteAllBytes(path, signed (Array.append sound[..length] (Array.zeroCreate 32)))
                    refused "what no run writes" settings

                File.WriteAllBytes(path, signed (Array.append sound (Array.zeroCreate 64)))
                refused "what no run writes" settings))

        testCase "A run that stops at its effective draws is converged by its own limits" (fun () ->
            let run =
                go
                    { short with
                        Draws = 100_000
                        // Fewer than the 100 of each of three chains that the limits ask for.
                        EffectiveDraws = Some 50.0
                    }

            Expect.equal run.Stopped Stop.EnoughEffectiveDraws "stopped"
            let traced = run.Diagnoses |> List.truncate run.Traces.Length
            Expect.isGreaterThanOrEqual (traced |> List.map Diagnosis.size |> List.min) 300.0 "min of traced"
            Expect.equal (Verdict.judge short.Limits run.Tallies traced) Verdict.Converged "judge")
    ]
