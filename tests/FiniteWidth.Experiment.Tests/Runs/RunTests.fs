/// Runs stop, go on, and repeat to the bit.
module FiniteWidth.Experiment.Tests.RunTests

open System
open System.IO
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Experiment.Tests.ShortRun
open FiniteWidth.Testing

let private samplers =
    dict [
        for name, sampler, _ in unbiased do
            name, sampler

        "Langevin", Sampler.langevin (Array.create 12 0.01)
        "Gibbs", Sampler.gibbs (fun () stream x -> x[0] <- x[0] + 0.0 * stream.Normal()) Sampler.mala
    ]

let private names = samplers.Keys

let tests =
    testList "Run" [
        testCase "A run does not depend on the number of threads" (fun () ->
            assertSame (go { short with Threads = 1 }) (go { short with Threads = 4 }))

        testCase "Random numbers of a draw are the draw's own, and none of the chain's" (fun () ->
            let drawn () =
                {
                    Traced = [ "normal" ]
                    Streamed = []
                    Evaluate = fun stream _ values -> values[0] <- stream.Normal()
                }

            let draws settings =
                (Run.start sampler drawn model.Source settings |> Result.orFail).Traces[0].Values

            let all = draws { short with Draws = 2000 } |> Array.concat
            Expect.hasLength (Array.distinct all) all.Length "distinct of all"
            // 6000 numbers: four standard errors.
            Expect.within (4.0 / sqrt 6000.0) (Array.average all) 0.0 "average of all"
            Expect.isTrue (draws { short with Threads = 4 } = draws { short with Threads = 1 }) "draws")

        testCase "Another seed gives another run" (fun () ->
            let a, b = go short, go { short with Seed = 18UL }
            Expect.notEqual (b.Traces[0].Values[0][0]) (a.Traces[0].Values[0][0]) "values")

        testTheory "A state stored at any step and read back goes on to the bit" names (fun name ->
            let sampler = samplers[name]

            let whole = Chain.start sampler (model.Source()) 5UL 1L 60 |> Result.orFail

            whole.Advance 90

            // Before, in and after the window of the metric, and after the warm-up.
            for pause in [ 0; 1; 30; 54; 60; 75 ] do
                let first = Chain.start sampler (model.Source()) 5UL 1L 60 |> Result.orFail

                first.Advance pause
                let state = ChainFormat.ofBytes (ChainFormat.toBytes first.State)
                let second = Chain.resume sampler (model.Source()) state |> Result.orFail
                second.Advance(90 - pause)
                Expect.isTrue (ChainFormat.toBytes second.State = ChainFormat.toBytes whole.State) $"paused at {pause}")

        testCase "A run that is cancelled and resumed, twice, is the run that was not" (fun () ->
            inFolder (fun path ->
                let stopAt iterations =
                    let source = new CancellationTokenSource()

                    { short with
                        Checkpoint = checkpoint path
                        Cancellation = source.Token
                        Progress =
                            fun p ->
                                if p.Iterations >= iterations then
                                    source.Cancel()
                    }

                let first = go (stopAt 1L)
                Expect.equal first.Stopped Stop.Cancelled "stopped"
                Expect.stringContains (first.Verdict.ToString()) "0 draws" "to string"
                let second = continue' (stopAt 150L)
                Expect.equal second.Stopped Stop.Cancelled "stopped"
                Expect.isLessThan second.Length short.Draws "length of second"

                let last =
                    continue'
                        { short with
                            Checkpoint = checkpoint path
                        }

                Expect.equal last.Stopped Stop.Complete "stopped"
                assertSame (go short) last))

        testCase "A finished run can be asked for more draws" (fun () ->
            inFolder (fun path ->
                let half =
                    { short with
                        Draws = 70
                        Checkpoint = checkpoint path
                    }

                go half |> ignore

                let more =
                    continue'
                        { short with
                            Checkpoint = checkpoint path
                        }

                assertSame (go short) more))

        testCase "A checkpoint cut short or damaged anywhere is refused in one sentence" (fun () ->
            inFolder (fun path ->
                let settings =
                    { short with
                        WarmUp = 20
                        Draws = 5
                        Checkpoint = checkpoint path
                    }

                go settings |> ignore
                let bytes = File.ReadAllBytes path

                let refused (changed: byte[]) =
                    File.WriteAllBytes(path, changed)

                    match Run.resume sampler observables model.Source settings with
                    | Ok _ -> failtest "A damaged checkpoint was resumed."
                    | Error failure ->
                        Expect.stringStarts failure.Message path "message"
                        Expect.stringContains failure.Message "cut short" "message"

                for length in 0..97 .. bytes.Length - 1 do
                    refused (Array.sub bytes 0 length)

                for place in 0..113 .. bytes.Length - 1 do
                    refused (bytes |> Array.mapi (fun i b -> if i = place then b ^^^ 16uy else b))))

        testCase "A checkpoint of another run is refused, and says in what it differs" (fun () ->
            inFolder (fun path ->
                let settings =
                    { short with
                        Draws = 5
                        Checkpoint = checkpoint path
                    }

                let refused (part: string) sampler settings =
                    match Run.resume sampler observables model.Source settings with
                    | Ok _ -> failtest "The checkpoint of another run was resumed."
                    | Error failure -> Expect.stringContains failure.Message part "message"

                refused "There is no checkpoint here" sampler settings
                go settings |> ignore
                refused "seed is 17 and this run's 18" sampler { settings with Seed = 18UL }
                refused "number of chains is 3" sampler { settings with Chains = 2 }
                refused "warm-up is 120" sampler { settings with WarmUp = 121 }
                refused "sampler is NUTS" Sampler.hmc settings
                refused "no checkpoint to resume" sampler { settings with Checkpoint = None }))

        testCase "A run stops when its time is over, with what is there" (fun () ->
            let run =
                go
                    { short with
                        Draws = 100_000_000
                        TimeLimit = Some(TimeSpan.FromSeconds 0.7)
                    }

            Expect.equal run.Stopped Stop.TimeLimit "stopped"
            Expect.isGreaterThan run.Length 0 "length of run"

            Expect.isTrue
                (run.Traces[0].Values |> Array.forall (fun chain -> chain.Length = run.Length))
                "every chain: chain.Length = run.Length")

        testCase "A run stops at the effective draws it was asked for, at the same draw every time" (fun () ->
            let wanted =
                { short with
                    Draws = 100_000
                    EffectiveDraws = Some 900.0
                }

            let run = go wanted
            Expect.equal run.Stopped Stop.EnoughEffectiveDraws "stopped"
            Expect.isGreaterThanOrEqual (run.Diagnoses |> List.map Diagnosis.size |> List.min) 900.0 "min of diagnoses"
            Expect.isLessThan run.Length 5000 "length of run"
            assertSame run (go { wanted with Threads = 3 }))

        testCase "Progress tells how far a run is, and how long it will take" (fun () ->
            let reports = ResizeArray<RunProgress>()
            let run = go { short with Progress = reports.Add }
            let last = reports[reports.Count - 1]
            Expect.equal last.Iterations last.Total "iterations"
            Expect.equal last.Remaining TimeSpan.Zero "remaining"
            Expect.isFalse last.WarmingUp "warming up"
            Expect.isTrue (reports[0].WarmingUp) "warming up"

            Expect.isTrue
                (reports |> Seq.forall (fun r -> r.Rate > 0.0 && r.Remaining >= TimeSpan.Zero))
                "every r: r.Rate > 0.0 && r.Remaining >= TimeSpan.Zero"

            Expect.isTrue
                (reports
                 |> Seq.map _.Iterations
                 |> Seq.pairwise
                 |> Seq.forall (fun (a, b) -> a < b))
                "every (a, b): a < b"

            Expect.isGreaterThan run.Elapsed TimeSpan.Zero "elapsed")

        testCase "A target that fails in a chain fails the run with its own exception" (fun () ->
            let failing () =
                let mutable calls = 0

                {
                    Dimension = 12
                    LogLikelihood =
                        fun x gradient ->
                            calls <- calls + 1

                            if calls > 50 then
                                raise (NotSupportedException "no more")

                            Array.blit x 0 gradient 0 12
                            0.0
                }

            Expect.throwsSaying<NotSupportedException>
                (fun () -> Run.start sampler observables failing short |> ignore)
                "no more"
                "the target's own exception")
    ]
