/// Values and gradients of the targets against expressions that differentiate themselves and against differences.
module FiniteWidth.Experiment.Tests.Networks.GradientTests

open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics.Networks
open FiniteWidth.Testing

let private architectures sigma =
    [
        for widths in [ [ 4 ]; [ 3; 5 ]; [ 4; 2; 3 ] ] do
            Architecture.FullyConnected(dense sigma.Activation widths)
            Architecture.FullyConnected(dense sigma.Activation widths |> Network.withBias 1.7)

        Architecture.FullyConnected(
            Network.create sigma.Activation [ 4; 3 ] [ 1.0; 2.0; 0.5 ] [ None; Some 0.8 ]
            |> Result.orFail
        )

        convolution sigma.Activation 3 Pooling.None
        convolution sigma.Activation 3 Pooling.Average
        layered sigma.Activation Pooling.None []
        layered sigma.Activation Pooling.Average []
        layered sigma.Activation Pooling.None [ 5 ]
    ]

// 48 features are what the images of the convolutional networks have.
let private cases =
    [
        for sigma in smooth do
            for i, architecture in List.indexed (architectures sigma) do
                for outputs in [ 1; 3 ] do
                    // A network's text does not say whether it has biases: the number does.
                    $"{i + 1}: {architecture}, {outputs} outputs", (sigma, architecture, outputs)
    ]

// A derivative by differences is good to 1e-11 of the activation; everything else is rounding.
let private tolerance sigma =
    match sigma.Activation.Name with
    | "cubic" -> 1e-9
    // Three layers of squares, an eighth power, cancel another digit.
    | "square" -> 1e-10
    | _ -> roundingTolerance

let private differentiable =
    Activation.all
    |> List.filter (fun activation -> activation.Degree <> Some 0.0)
    |> fun named -> Activation.piecewiseLinear 1.2 -0.3 :: named

let private shapes =
    [
        Architecture.FullyConnected(dense Activation.erf [ 40 ])
        Architecture.FullyConnected(dense Activation.tanh [ 30; 20 ] |> Network.withBias 1.5)
        convolution Activation.relu 12 Pooling.None
        convolution Activation.gelu 12 Pooling.Average
        layered Activation.relu Pooling.None []
        layered Activation.tanh Pooling.Average []
    ]

let tests =
    testList "Gradient" [
        testCases
            "The full target is minus half beta times the squared error, with its gradient"
            cases
            (fun (sigma, architecture, outputs) ->
                let data = dataSet 11 6 48 outputs
                let posterior = posterior complete architecture 0.3 data
                let x = position 12 posterior.Layout.Dimension

                let value, gradient =
                    grad' (logLikelihood sigma 0.3 data architecture) (DV.ofArray x)

                run (FullTarget.create posterior) x
                |> assertClose (tolerance sigma) (value.Value, DV.toArray gradient))

        testCases
            "The marginal target is the evidence of the readout's Gaussian process, with its gradient"
            cases
            (fun (sigma, architecture, outputs) ->
                // 3 examples are fewer than the features of some networks and more than those of others.
                for examples in [ 2; 3; 9 ] do
                    let data = dataSet 13 examples 48 outputs
                    let posterior = posterior complete architecture 0.3 data
                    let x = position 14 posterior.Layout.HiddenDimension

                    let value, gradient = grad' (logMarginal sigma 0.3 data architecture) (DV.ofArray x)

                    // Both sides solve a system, whose condition multiplies the rounding.
                    run (MarginalTarget.create posterior) x
                    |> assertClose (10.0 * tolerance sigma) (value.Value, DV.toArray gradient))

        testTheory "The gradient is that of differences for every activation" differentiable (fun activation ->
            let data = dataSet 15 5 3 2

            let posterior =
                posterior
                    complete
                    (Architecture.FullyConnected(dense activation [ 4; 3 ] |> Network.withBias 2.0))
                    0.5
                    data

            for source in [ FullTarget.create posterior; MarginalTarget.create posterior ] do
                let target = source ()
                let x = position 16 target.Dimension
                let direction = position 17 target.Dimension
                let gradient = Array.zeroCreate target.Dimension
                target.LogLikelihood x gradient |> ignore
                let slope = Array.fold2 (fun sum g v -> sum + g * v) 0.0 gradient direction

                let along step =
                    target.LogLikelihood
                        (Array.map2 (fun x v -> x + step * v) x direction)
                        (Array.zeroCreate target.Dimension)

                // Fourth order: the error of the formula is h^4, that of rounding 1e-16/h times the value.
                let h = 1e-4

                let difference =
                    (8.0 * (along h - along -h) - (along (2.0 * h) - along (-2.0 * h))) / (12.0 * h)

                Expect.within (1e-8 * (1.0 + abs (along 0.0) + abs slope)) slope difference "slope")

        testCase "Steps have values but no slope, so their hidden layers feel no force" (fun () ->
            for activation in [ Activation.sign; Activation.step ] do
                let data = dataSet 18 5 3 1

                let posterior =
                    posterior complete (Architecture.FullyConnected(dense activation [ 4 ])) 0.5 data

                let x = position 19 posterior.Layout.Dimension
                let value, gradient = run (FullTarget.create posterior) x
                Expect.isLessThan value 0.0 "value"
                let hidden, readout = Array.splitAt posterior.Layout.HiddenDimension gradient
                Expect.allEqual hidden 0.0 "hidden"
                Expect.isGreaterThan (largest readout) 0.0 "largest")

        testTheory "Single precision gives the same to its seven digits" shapes (fun architecture ->
            let data = dataSet 21 60 48 2

            let run source options =
                let posterior = posterior options architecture 0.2 data
                let target: TargetSource = source posterior
                run target (position 22 (target ()).Dimension)

            for source in [ FullTarget.create; MarginalTarget.create ] do
                let value, gradient = run source complete

                // Sums of 60 terms of either sign lose a digit or two of the seven.
                run
                    source
                    { complete with
                        Precision = Precision.Single
                    }
                |> assertClose 1e-4 (value, gradient))

        testTheory "Results do not depend on the number of threads" shapes (fun architecture ->
            let data = dataSet 23 700 48 2

            for precision in [ Precision.Double; Precision.Single ] do
                let run source threads =
                    let posterior =
                        posterior
                            { complete with
                                Threads = threads
                                Precision = precision
                            }
                            architecture
                            0.2
                            data

                    let target: TargetSource = source posterior
                    run target (position 24 (target ()).Dimension)

                for source in [ FullTarget.create; MarginalTarget.create ] do
                    let expected = run source 1

                    for threads in [ 2; 5 ] do
                        Expect.equal (run source threads) expected $"{threads} threads")

        testTheory "Nothing is allocated from the second evaluation on" shapes (fun architecture ->
            let data = dataSet 25 300 48 2

            for precision in [ Precision.Double; Precision.Single ] do
                let posterior =
                    posterior { complete with Precision = precision } architecture 0.2 data

                for source in [ FullTarget.create posterior; MarginalTarget.create posterior ] do
                    let target = source ()
                    let x = position 26 target.Dimension
                    let gradient = Array.zeroCreate target.Dimension
                    let sums = Array.zeroCreate 1
                    sums[0] <- target.LogLikelihood x gradient + target.LogLikelihood x gradient

                    let allocated () =
                        let before = System.GC.GetAllocatedBytesForCurrentThread()

                        for _ in 1..10 do
                            sums[0] <- sums[0] + target.LogLikelihood x gradient

                        System.GC.GetAllocatedBytesForCurrentThread() - before

                    // The runtime's own recompilation of hot code may allocate once on this thread; a loop that allocates does so every time.
                    let allocated = List.min [ for _ in 1..3 -> allocated () ]
                    Expect.isNotNaN (sums[0]) "sums"
                    Expect.equal allocated 0L "allocated")
    ]
