/// One transition from exact draws of a density with two humps: it must arrive in the same density, and, for reversible samplers, as
/// often from bin i in bin j as the other way round.
module FiniteWidth.Experiment.Tests.BalanceTests

open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private target =
    {
        Dimension = 1
        LogLikelihood =
            fun x gradient ->
                gradient[0] <- 6.0 * x[0] - 4.0 * x[0] * x[0] * x[0] + 0.5
                3.0 * x[0] * x[0] - x[0] * x[0] * x[0] * x[0] + 0.5 * x[0]
    }

let private gradient = [| 0.0 |]

let private density x =
    exp (target.LogLikelihood [| x |] gradient - 0.5 * x * x)

// The distribution function on a fine grid: its error is (1e-4)^2, the noise below 1e-2.
let private h = 1e-4

let private grid = [| -5.0 .. h .. 5.0 |]

let private cumulative =
    let sums =
        grid |> Array.scan (fun s x -> s + density (x + 0.5 * h)) 0.0 |> Array.tail

    sums |> Array.map (fun s -> s / sums[sums.Length - 1])

let private draw (u: float) =
    let i = System.Array.BinarySearch(cumulative, u)
    let k = if i >= 0 then i else ~~~i
    let below = if k = 0 then 0.0 else cumulative[k - 1]
    grid[k] + h * (u - below) / (cumulative[k] - below)

let private bins = 8

let private bin (x: float) =
    let u = cumulative[max 0 (min (grid.Length - 1) (int ((x + 5.0) / h)))]
    min (bins - 1) (int (u * float bins))

let private starts = 40000

/// Transitions from bin to bin.
let private counts sampler =
    let n = Array2D.zeroCreate<int> bins bins
    let uniform: float[] = Array.zeroCreate starts
    RandomStream.FromSeed(8UL).Uniform(System.Span uniform)
    let chain = Chain.startAt [| 0.0 |] sampler target 9UL 0L 0 |> Result.orFail

    for u in uniform do
        let x = draw u
        chain.State.Position[0] <- x
        chain.State.LogLikelihood <- target.LogLikelihood chain.State.Position chain.State.Gradient
        chain.Step()
        let i, j = bin x, bin chain.Position[0]
        n[i, j] <- n[i, j] + 1

    n

let private assertChiSquared degrees value what =
    let p = 1.0 - MathNet.Numerics.Distributions.ChiSquared.CDF(float degrees, value)
    Expect.isGreaterThan p 1e-4 $"{what}: chi^2 = {value} of {degrees} degrees of freedom"

let private samplers =
    dict [
        "MALA", (Sampler.mala |> step 0.4)
        "MALA, leapfrog", (Sampler.mala |> leapfrog |> step 0.4)
        "HMC", (Sampler.hmc |> step 0.3)
        "HMC, leapfrog", (Sampler.hmc |> leapfrog |> step 0.3)
        "NUTS", (Sampler.nuts |> step 0.3)
        "NUTS, leapfrog", (Sampler.nuts |> leapfrog |> step 0.4)
        "Crank-Nicolson", (Sampler.crankNicolson |> step 0.6)
    ]

let private names = samplers.Keys

let tests =
    testList "Balance" [
        testTheory "A transition from exact draws arrives in the same density, in balance" names (fun name ->
            let n = counts samplers[name]
            let expected = float starts / float bins

            // Every bin has the same probability; many chains must have left theirs.
            let stayed = Seq.sum (seq { for i in 0 .. bins - 1 -> n[i, i] })
            Expect.isLessThan (float stayed) (0.9 * float starts) "stayed"

            let arrivals =
                [
                    for j in 0 .. bins - 1 -> Seq.sum (seq { for i in 0 .. bins - 1 -> n[i, j] })
                ]

            assertChiSquared
                (bins - 1)
                (arrivals |> List.sumBy (fun a -> (float a - expected) ** 2.0 / expected))
                "arrivals"

            let pairs =
                [
                    for i in 0 .. bins - 1 do
                        for j in 0 .. i - 1 do
                            let there, back = float n[i, j], float n[j, i]

                            // Rare passages are not normally distributed.
                            if there + back >= 10.0 then
                                (there - back) ** 2.0 / (there + back)
                ]

            assertChiSquared pairs.Length (List.sum pairs) "balance")
    ]
