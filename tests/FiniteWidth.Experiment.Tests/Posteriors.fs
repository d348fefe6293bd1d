/// Posteriors whose moments are known, and samplers to meet them.
module FiniteWidth.Experiment.Tests.Posteriors

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open MathNet.Numerics.LinearAlgebra
open FiniteWidth.Testing

let noise seed count =
    let values: float[] = Array.zeroCreate count
    RandomStream.FromSeed(seed).Normal(Span values)
    values

/// The posterior of w ~ N(0, I) given y = A w + sqrt(T) noise, with its exact mean and precision.
type LinearModel =
    {
        Source: TargetSource
        Mean: float[]
        Precision: Matrix<float>
    }

    member this.Dimension = this.Mean.Length

let linearModel seed dimension examples temperature =
    let a =
        Matrix<float>.Build.DenseOfRowMajor(examples, dimension, noise seed (examples * dimension))
        / sqrt (float dimension)

    let w = Vector<float>.Build.DenseOfArray(noise (seed + 1UL) dimension)
    let e = Vector<float>.Build.DenseOfArray(noise (seed + 2UL) examples)
    let y = a * w + sqrt temperature * e
    let information = a.TransposeThisAndMultiply a / temperature
    let precision = Matrix<float>.Build.DenseIdentity dimension + information
    let linear = a.TransposeThisAndMultiply y / temperature
    let rows = information.ToRowArrays()
    let pull = linear.ToArray()

    // l(x) = b x - x J x/2, its gradient b - J x.
    let logLikelihood (x: float[]) (gradient: float[]) =
        let mutable value = 0.0

        for i in 0 .. dimension - 1 do
            let jx = VectorArithmetic.Dot(ReadOnlySpan rows[i], ReadOnlySpan x)
            gradient[i] <- pull[i] - jx
            value <- value + x[i] * (pull[i] - 0.5 * jx)

        value

    {
        Source =
            fun () ->
                {
                    Dimension = dimension
                    LogLikelihood = logLikelihood
                }
        Mean = precision.Cholesky().Solve(linear).ToArray()
        Precision = precision
    }

/// Coordinates L^T (x - mean), the precision's Cholesky factor L: independent and of unit variance in the posterior. First they, then
/// their squares, are observed.
let whitened (model: LinearModel) : ObservablesSource =
    let factor = model.Precision.Cholesky().Factor.Transpose()
    let rows = factor.ToRowArrays()
    let dimension = model.Dimension

    fun () ->
        let away: float[] = Array.zeroCreate dimension

        {
            Traced = [ for k in 0 .. 2 * dimension - 1 -> $"w{k}" ]
            Streamed = []
            Evaluate =
                fun _ position values ->
                    for i in 0 .. dimension - 1 do
                        away[i] <- position[i] - model.Mean[i]

                    for k in 0 .. dimension - 1 do
                        let w = VectorArithmetic.Dot(ReadOnlySpan rows[k], ReadOnlySpan away)
                        values[k] <- w
                        values[dimension + k] <- w * w
        }

let settings =
    { RunSettings.defaults with
        Chains = 4
        Threads = 1
    }

let run sampler observables source settings =
    Run.start sampler observables source settings |> Result.orFail

/// Kolmogorov's distance between numbers and the standard normal distribution.
let kolmogorov (z: float[]) =
    let sorted = Array.sort z
    let n = float z.Length

    sorted
    |> Array.mapi (fun i x ->
        let p = MathNet.Numerics.Distributions.Normal.CDF(0.0, 1.0, x)
        max (abs (p - float i / n)) (abs (float (i + 1) / n - p)))
    |> Array.max

/// z-scores that are standard normal when nothing is wrong: their Kolmogorov distance exceeds 1.95/sqrt(n) once in a thousand, the
/// largest of some hundreds exceeds 4.8 less often than that.
let assertNormal what (z: float[]) =
    let distance = kolmogorov z
    let worst = z |> Array.map abs |> Array.max

    Expect.isLessThan distance (1.95 / sqrt (float z.Length)) $"{what}: Kolmogorov distance of {z.Length} z-scores"

    Expect.isLessThan worst 4.8 $"{what}: largest z-score"

let leapfrog = Sampler.withIntegrator Integrator.Leapfrog

let diagonal = Sampler.withMetric Metric.Diagonal

let step size = Sampler.withStep (StepSize.Fixed size)

/// Every sampler without bias that can take any target, with steps adapted, and the transitions between draws that make its chains mix.
let unbiased =
    [
        "MALA", Sampler.mala, 10
        "MALA, leapfrog, diagonal", Sampler.mala |> leapfrog |> diagonal, 20
        "HMC", Sampler.hmc, 1
        "HMC, leapfrog", Sampler.hmc |> leapfrog, 1
        "HMC, diagonal", Sampler.hmc |> diagonal, 1
        "HMC, leapfrog, diagonal", Sampler.hmc |> leapfrog |> diagonal, 1
        "NUTS", Sampler.nuts, 1
        "NUTS, leapfrog, diagonal", Sampler.nuts |> leapfrog |> diagonal, 1
        "Crank-Nicolson", Sampler.crankNicolson, 100
    ]
