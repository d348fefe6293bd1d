/// Runs stop, go on, and repeat to the bit.
module FiniteWidth.Experiment.Tests.RunTests

open System
open System.IO
open System.Threading
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Experiment.Tests.ShortRun
open NUnit.Framework

[<Test>]
let ``A run does not depend on the number of threads`` () =
    assertSame (go { short with Threads = 1 }) (go { short with Threads = 4 })

[<Test>]
let ``Random numbers of a draw are the draw's own, and none of the chain's`` () =
    let drawn () =
        {
            Traced = [ "normal" ]
            Streamed = []
            Evaluate = fun stream _ values -> values[0] <- stream.Normal()
        }

    let draws settings =
        (Run.start sampler drawn model.Source settings |> Result.orFail).Traces[0].Values

    let all = draws { short with Draws = 2000 } |> Array.concat
    Assert.That(Array.distinct all, Has.Length.EqualTo all.Length)
    // 6000 numbers: four standard errors.
    Assert.That(Array.average all, Is.Zero.Within(4.0 / sqrt 6000.0))
    Assert.That((draws { short with Threads = 4 } = draws { short with Threads = 1 }))

[<Test>]
let ``Another seed gives another run`` () =
    let a, b = go short, go { short with Seed = 18UL }
    Assert.That(b.Traces[0].Values[0][0], Is.Not.EqualTo(a.Traces[0].Values[0][0]))

let private samplers =
    dict
        [
            for name, sampler, _ in unbiased do
                name, sampler

            "Langevin", Sampler.langevin (Array.create 12 0.01)
            "Gibbs", Sampler.gibbs (fun () stream x -> x[0] <- x[0] + 0.0 * stream.Normal()) Sampler.mala
        ]

let private names = samplers.Keys

[<TestCaseSource(nameof names)>]
let ``A state stored at any step and read back goes on to the bit`` (name: string) =
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
        Assert.That((ChainFormat.toBytes second.State = ChainFormat.toBytes whole.State), $"paused at {pause}")

[<Test>]
let ``A run that is cancelled and resumed, twice, is the run that was not`` () =
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
        Assert.That(first.Stopped, Is.EqualTo Stop.Cancelled)
        Assert.That(first.Verdict.ToString(), Does.Contain "0 draws")
        let second = continue' (stopAt 150L)
        Assert.That(second.Stopped, Is.EqualTo Stop.Cancelled)
        Assert.That(second.Length, Is.LessThan short.Draws)

        let last =
            continue'
                { short with
                    Checkpoint = checkpoint path
                }

        Assert.That(last.Stopped, Is.EqualTo Stop.Complete)
        assertSame (go short) last)

[<Test>]
let ``A finished run can be asked for more draws`` () =
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

        assertSame (go short) more)

[<Test>]
let ``A checkpoint cut short or damaged anywhere is refused in one sentence`` () =
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
            | Ok _ -> Assert.Fail "A damaged checkpoint was resumed."
            | Error failure ->
                Assert.That(failure.Message, Does.StartWith path)
                Assert.That(failure.Message, Does.Contain "cut short")

        for length in 0..97 .. bytes.Length - 1 do
            refused (Array.sub bytes 0 length)

        for place in 0..113 .. bytes.Length - 1 do
            refused (bytes |> Array.mapi (fun i b -> if i = place then b ^^^ 16uy else b)))

[<Test>]
let ``A checkpoint of another run is refused, and says in what it differs`` () =
    inFolder (fun path ->
        let settings =
            { short with
                Draws = 5
                Checkpoint = checkpoint path
            }

        let refused (part: string) sampler settings =
            match Run.resume sampler observables model.Source settings with
            | Ok _ -> Assert.Fail "The checkpoint of another run was resumed."
            | Error failure -> Assert.That(failure.Message, Does.Contain part)

        refused "There is no checkpoint here" sampler settings
        go settings |> ignore
        refused "seed is 17 and this run's 18" sampler { settings with Seed = 18UL }
        refused "number of chains is 3" sampler { settings with Chains = 2 }
        refused "warm-up is 120" sampler { settings with WarmUp = 121 }
        refused "sampler is NUTS" Sampler.hmc settings
        refused "no checkpoint to resume" sampler { settings with Checkpoint = None })

[<Test>]
let ``A run stops when its time is over, with what is there`` () =
    let run =
        go
            { short with
                Draws = 100_000_000
                TimeLimit = Some(TimeSpan.FromSeconds 0.7)
            }

    Assert.That(run.Stopped, Is.EqualTo Stop.TimeLimit)
    Assert.That(run.Length, Is.GreaterThan 0)
    Assert.That(run.Traces[0].Values |> Array.forall (fun chain -> chain.Length = run.Length))

[<Test>]
let ``A run stops at the effective draws it was asked for, at the same draw every time`` () =
    let wanted =
        { short with
            Draws = 100_000
            EffectiveDraws = Some 900.0
        }

    let run = go wanted
    Assert.That(run.Stopped, Is.EqualTo Stop.EnoughEffectiveDraws)
    Assert.That(run.Diagnoses |> List.map Diagnosis.size |> List.min, Is.GreaterThanOrEqualTo 900.0)
    Assert.That(run.Length, Is.LessThan 5000)
    assertSame run (go { wanted with Threads = 3 })

[<Test>]
let ``Progress tells how far a run is, and how long it will take`` () =
    let reports = ResizeArray<RunProgress>()
    let run = go { short with Progress = reports.Add }
    let last = reports[reports.Count - 1]
    Assert.That(last.Iterations, Is.EqualTo last.Total)
    Assert.That(last.Remaining, Is.EqualTo TimeSpan.Zero)
    Assert.That(last.WarmingUp, Is.False)
    Assert.That(reports[0].WarmingUp)
    Assert.That(reports |> Seq.forall (fun r -> r.Rate > 0.0 && r.Remaining >= TimeSpan.Zero))

    Assert.That(
        reports
        |> Seq.map _.Iterations
        |> Seq.pairwise
        |> Seq.forall (fun (a, b) -> a < b)
    )

    Assert.That(run.Elapsed, Is.GreaterThan TimeSpan.Zero)

[<Test>]
let ``A target that fails in a chain fails the run with its own exception`` () =
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

    let error =
        Assert.Throws<NotSupportedException>(fun () -> Run.start sampler observables failing short |> ignore)

    Assert.That((nonNull error).Message, Is.EqualTo "no more")
