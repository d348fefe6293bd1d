/// A short run to stop, store and resume in tests.
module FiniteWidth.Experiment.Tests.ShortRun

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Testing

let model = linearModel 4UL 12 8 0.2

/// The coordinates traced, their squares streamed.
let observables () =
    {
        Traced = List.init 12 (fun i -> $"x{i}")
        Streamed = List.init 12 (fun i -> $"x{i}^2")
        Evaluate =
            fun _ x values ->
                for i in 0..11 do
                    values[i] <- x[i]
                    values[12 + i] <- x[i] * x[i]
    }

let sampler = Sampler.nuts |> diagonal

let short =
    { settings with
        Seed = 17UL
        Chains = 3
        WarmUp = 120
        Draws = 150
        StepsPerDraw = 2
    }

let go settings =
    Run.start sampler observables model.Source settings |> Result.orFail

let continue' settings =
    Run.resume sampler observables model.Source settings |> Result.orFail

let assertSame (a: Run) (b: Run) =
    Expect.equal b.Length a.Length "length of b"

    for one, other in List.zip a.Traces b.Traces do
        Expect.isTrue (other.Values = one.Values) $"{one.Name} differs"

    Expect.isTrue (b.Diagnoses = a.Diagnoses) "The diagnoses differ"

    for one, other in Array.zip a.States b.States do
        Expect.isTrue (ChainFormat.toBytes other = ChainFormat.toBytes one) "The states differ"

let inFolder test =
    let folder = Path.Combine(Path.GetTempPath(), $"finitewidth-run-{Guid.NewGuid():N}")

    try
        test (Path.Combine(folder, "run.checkpoint"))
    finally
        if Directory.Exists folder then
            Directory.Delete(folder, true)

let checkpoint path =
    Some
        {
            Path = path
            // After every block.
            Every = TimeSpan.Zero
        }
