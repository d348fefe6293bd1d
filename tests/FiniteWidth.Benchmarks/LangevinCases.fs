namespace FiniteWidth.Benchmarks

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics

/// Steps of the Langevin sampler on MNIST's 784 pixels: full batch, double precision, one erf layer of 500 units.
[<RequireQualifiedAccess>]
module LangevinCases =

    let private examples = 1000
    let private width = 500
    let private steps = 20
    let private temperature = 0.01

    // lambda eta T, the papers' step in whitened coordinates.
    let private eta = 1e-3

    let private network =
        Network.dense Activation.erf [ width ] |> Architecture.FullyConnected

    let private run firstLayer (digits: int -> DataSet) () =
        let options =
            { NetworkPosterior.defaults with
                FirstLayer = firstLayer
                Threads = Hardware.ProcessorCount
            }

        let posterior =
            NetworkPosterior.create options network temperature (digits examples)
            |> Result.orFail

        let target = FullTarget.create posterior ()

        let rates =
            NetworkPosterior.langevinRates posterior |> Array.map (fun rate -> eta * rate)

        let chain =
            Chain.start (Sampler.langevin rates) target 1UL 0L 0
            |> Result.orFail
            |> Chain.onThreads options.Threads

        fun () ->
            chain.Advance steps
            let position = chain.Position
            // What lies outside the span keeps its prior, of mean square 1.
            let weights = float (width * ((digits examples).Features + 1))
            let outside = weights - float position.Length
            ((position |> Array.sumBy (fun x -> x * x)) + outside) / weights

    /// H = X W^T and W = H^T X, what every step has to multiply.
    let private products (digits: int -> DataSet) () =
        let x = (digits examples).Inputs
        let w = Matrix.Zeros(nativeint width, x.Columns)
        (RandomStream.FromSeed 2UL).Normal w
        let h = Matrix.Zeros(nativeint examples, nativeint width)

        fun () ->
            for _ in 1..steps do
                LinearAlgebra.Default.Multiply(1.0, x, false, w, true, 0.0, h)
                LinearAlgebra.Default.Multiply(1e-3, h, true, x, false, 0.0, w)

            w[0n, 0n]

    let private case name target baseline prepare =
        {
            Name = $"Langevin, {steps} steps{name}"
            Examples = examples
            Target = FiniteWidth.Benchmarks.Target.Ratio target
            Baseline = baseline
            Prepare = prepare
        }

    let all digits =
        let complete = run FirstLayer.Complete digits
        let inSpan = run FirstLayer.InSpan digits

        let withoutResidual timed () = { Value = timed (); Residual = None }

        let torch =
            Baseline.Torch([ "--steps"; string steps ], (fun result -> result.GetProperty("meanSquare").GetDouble()))

        [
            case
                " of all coordinates"
                0.6
                (Baseline.Ours("the products alone", products digits))
                (complete >> withoutResidual)
            case " in the span" 1.5 torch (inSpan >> withoutResidual)
            case " of all coordinates" 1.5 torch (complete >> withoutResidual)
        ]
