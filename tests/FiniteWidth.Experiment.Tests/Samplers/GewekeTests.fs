/// Geweke's joint-distribution test (2004): a chain that draws data given weights, then moves the weights given the data, must have the
/// prior and the data's own distribution for its marginals.
module FiniteWidth.Experiment.Tests.GewekeTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Numerics
open FiniteWidth.Testing

// y_j = v tanh(a_j w) + 0.5 noise: a network of one hidden unit, w and v its weights.
let private slopes = [| 0.7; -1.5; 2.5 |]

let private deviation = 0.5

let private target (y: float[]) =
    {
        Dimension = 2
        LogLikelihood =
            fun x gradient ->
                Array.Clear gradient
                let mutable value = 0.0

                for j in 0 .. slopes.Length - 1 do
                    let s = tanh (slopes[j] * x[0])
                    let r = (y[j] - x[1] * s) / deviation
                    value <- value - 0.5 * r * r
                    gradient[0] <- gradient[0] + r / deviation * x[1] * slopes[j] * (1.0 - s * s)
                    gradient[1] <- gradient[1] + r / deviation * s

                value
    }

let private observe (stream: RandomStream) (x: float[]) (y: float[]) =
    stream.Normal(Span y)

    for j in 0 .. y.Length - 1 do
        y[j] <- x[1] * tanh (slopes[j] * x[0]) + deviation * y[j]

/// The readout given w and the data.
let private readout (y: float[]) () : ConditionalDraw =
    fun stream x ->
        let mutable precision = 1.0
        let mutable pull = 0.0

        for j in 0 .. y.Length - 1 do
            let s = tanh (slopes[j] * x[0]) / deviation
            precision <- precision + s * s
            pull <- pull + s * y[j] / deviation

        x[1] <- pull / precision + stream.Normal() / sqrt precision

let private statistics (x: float[]) (y: float[]) =
    [|
        x[0]
        x[1]
        x[0] * x[0]
        x[1] * x[1]
        x[0] * x[1]
        y[0]
        y[0] * y[0]
        y[2] * y[2]
        x[0] * y[2]
        x[1] * y[1]
        x[0] * x[1] * y[2]
        cos (2.0 * x[0]) * y[0] * y[1]
    |]

let private count = 20000

/// Independent draws of weights and data.
let private independent =
    lazy
        Array.init count (fun i ->
            let stream = RandomStream.FromSeed(100UL).Split(int64 i)
            let x: float[] = Array.zeroCreate 2
            let y: float[] = Array.zeroCreate slopes.Length
            stream.Normal(Span x)
            observe (stream.Split 0L) x y
            statistics x y)

let private successive sampler scale seed =
    let y: float[] = Array.zeroCreate slopes.Length
    let state = ChainState(seed, 0L, 0, 2, Array.length scale)
    Array.blit scale 0 state.Scale 0 scale.Length
    let target = target y
    let sampler: Sampler = sampler y

    state.Step <-
        match Sampler.stepSize sampler with
        | StepSize.Fixed size -> size
        | StepSize.Adapted _ -> invalidOp "Geweke's test needs a fixed step."

    RandomStream.FromSeed(seed).Normal(Span state.Position)
    let chain = Chain(sampler, target, state)
    let data = RandomStream.FromSeed(seed + 1UL)

    Array.init count (fun i ->
        observe (data.Split(int64 i)) state.Position y
        state.LogLikelihood <- target.LogLikelihood state.Position state.Gradient
        chain.Advance 3
        // With data that belong to these weights.
        observe (data.Split(int64 (count + i))) state.Position y
        statistics state.Position y)

let private samplers =
    let identity: float[] = [||]
    let other = [| 0.6; 1.2 |]

    dict [
        "MALA", ((fun _ -> Sampler.mala |> step 0.5), identity)
        "MALA, leapfrog, metric", ((fun _ -> Sampler.mala |> leapfrog |> diagonal |> step 0.6), other)
        "HMC", ((fun _ -> Sampler.hmc |> step 0.6), identity)
        "HMC, metric", ((fun _ -> Sampler.hmc |> diagonal |> step 0.6), other)
        "HMC, leapfrog", ((fun _ -> Sampler.hmc |> leapfrog |> step 0.5), identity)
        "NUTS", ((fun _ -> Sampler.nuts |> step 0.6), identity)
        "NUTS, metric", ((fun _ -> Sampler.nuts |> diagonal |> step 0.7), other)
        "NUTS, leapfrog", ((fun _ -> Sampler.nuts |> leapfrog |> step 0.4), identity)
        "Crank-Nicolson", ((fun _ -> Sampler.crankNicolson |> step 0.8), identity)
        "Gibbs with MALA", ((fun y -> Sampler.gibbs (readout y) (Sampler.mala |> step 0.5)), identity)
        "Gibbs with Crank-Nicolson",
        ((fun y -> Sampler.gibbs (readout y) (Sampler.crankNicolson |> step 0.8)), identity)
        // Its bias is of order e, far below what this many correlated draws can see.
        "Langevin", ((fun _ -> Sampler.langevin [| 0.002; 0.002 |]), identity)
    ]

let private names = samplers.Keys

let tests =
    testList "Geweke" [
        testTheory "Weights moved by a sampler and data drawn anew keep their joint distribution" names (fun name ->
            let sampler, scale = samplers[name]
            let chain = successive sampler scale 31UL
            let reference = independent.Value

            for k in 0 .. reference[0].Length - 1 do
                let a = reference |> Array.map (fun s -> s[k])
                let b = [| chain |> Array.map (fun s -> s[k]) |]

                let error = sqrt (Draws.variance a / float count + StandardError.mean b ** 2.0)

                let z = (Array.average b[0] - Array.average a) / error
                // Twelve statistics of twelve samplers: once in ten thousand runs of all.
                Expect.isLessThan (abs z) 4.9 $"statistic {k}")
    ]
