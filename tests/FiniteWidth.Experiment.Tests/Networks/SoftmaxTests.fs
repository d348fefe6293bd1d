/// Likelihoods of outputs as values: the quadratic one is the full target, the softmax one is checked by its definition, by differences, and
/// by chains beside the theory of wide networks.
module FiniteWidth.Experiment.Tests.Networks.SoftmaxTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private shapes =
    [
        Architecture.FullyConnected(dense Activation.erf [ 9 ])
        Architecture.FullyConnected(dense Activation.tanh [ 5; 4 ] |> Network.withBias 1.5)
        convolution Activation.gelu 4 Pooling.None
        convolution Activation.erf 4 Pooling.Average
        layered Activation.erf Pooling.None []
        layered Activation.tanh Pooling.Average []
        layered Activation.erf Pooling.None [ 5; 3 ]
    ]

// The same, whose activations differentiate themselves.
let private selfDifferentiating =
    [
        for sigma in
            smooth
            |> List.filter (fun sigma -> List.contains sigma.Activation.Name [ "erf"; "tanh"; "sin" ]) do
            for i, architecture in
                List.indexed [
                    Architecture.FullyConnected(dense sigma.Activation [ 4; 3 ] |> Network.withBias 1.7)
                    convolution sigma.Activation 3 Pooling.None
                    layered sigma.Activation Pooling.None []
                    layered sigma.Activation Pooling.Average []
                    layered sigma.Activation Pooling.None [ 5 ]
                    layered sigma.Activation Pooling.None [ 5; 3 ]
                ] do
                $"{i + 1}: {architecture}", (sigma, architecture)
    ]

let private labelled seed examples features classes =
    let data = dataSet seed examples features 1

    let targets =
        Matrix.Create(nativeint examples, 1n, (fun mu _ -> float (int mu % classes)))

    DataSet.create data.Inputs targets |> Result.orFail

let private softmax architecture data =
    SoftmaxTarget.posterior complete architecture data |> Result.orFail

let tests =
    testList "Softmax" [
        testTheory "The quadratic loss as a value is the full target" shapes (fun architecture ->
            let data = dataSet 31 7 48 2
            let posterior = posterior complete architecture 0.3 data

            let target =
                OutputTarget.create (OutputLikelihood.gaussian 0.3 data.Targets) posterior

            let x = position 32 posterior.Layout.Dimension

            run target x
            |> assertClose roundingTolerance (run (FullTarget.create posterior) x))

        testTheory
            "The softmax target is minus beta times the cross-entropies, its gradient their differences"
            shapes
            (fun architecture ->
                let data = labelled 33 7 48 3
                let posterior = softmax architecture data
                let beta = 1.7
                let target = SoftmaxTarget.create beta posterior ()
                let x = position 34 target.Dimension
                let gradient = Array.zeroCreate target.Dimension
                let value = target.LogLikelihood x gradient

                let outputs =
                    (NetworkPredictor.create data.Inputs posterior ()).Full(x, RandomStream.FromSeed 1UL).Mean

                let expected =
                    Seq.init 7 (fun mu ->
                        let total = outputs[mu, *] |> Array.sumBy exp
                        beta * (outputs[mu, mu % 3] - log total))
                    |> Seq.sum

                Expect.within 1e-10 value expected "value"
                let direction = position 35 target.Dimension
                let slope = Array.fold2 (fun sum g v -> sum + g * v) 0.0 gradient direction

                let along step =
                    target.LogLikelihood
                        (Array.map2 (fun x v -> x + step * v) x direction)
                        (Array.zeroCreate target.Dimension)

                let h = 1e-4

                let difference =
                    (8.0 * (along h - along -h) - (along (2.0 * h) - along (-2.0 * h))) / (12.0 * h)

                Expect.within (1e-8 * (1.0 + abs (along 0.0) + abs slope)) slope difference "slope")

        testCases
            "The softmax target and its gradient are those of expressions that differentiate themselves"
            selfDifferentiating
            (fun (sigma, architecture) ->
                let data = labelled 41 7 48 3
                let posterior = softmax architecture data
                let beta = 0.7
                let x = position 42 posterior.Layout.Dimension

                let logLikelihood (x: DV) : D =
                    let f = outputs sigma data.Inputs architecture 3 x
                    let hot = Array2D.init 7 3 (fun mu c -> if mu % 3 = c then 1.0 else 0.0)
                    let totals = exp f * DM.ofArray2D (Array2D.create 3 1 1.0)
                    beta * (DM.sum (f .* DM.ofArray2D hot) - DM.sum (log totals))

                let value, gradient = grad' logLikelihood (DV.ofArray x)

                run (SoftmaxTarget.create beta posterior) x
                |> assertClose roundingTolerance (value.Value, DV.toArray gradient))

        // At N = 400 the finite width is small against Laplace's own error, some hundredths of a probability on six examples.
        testCase "HMC of a wide network has the class probabilities of the theory" (fun () ->
            let data = labelled 36 6 4 3
            let network = dense Activation.erf [ 400 ]
            let posterior = softmax (Architecture.FullyConnected network) data
            let inputs = (dataSet 37 4 4 1).Inputs
            let predictors = NetworkPredictor.create inputs posterior

            let observables: ObservablesSource =
                fun () ->
                    let predictor = predictors ()

                    {
                        Traced =
                            [
                                for t in 0..3 do
                                    for c in 0..2 -> $"p{t}{c}"
                            ]
                        Streamed = []
                        Evaluate =
                            fun stream position values ->
                                let f = predictor.Full(position, stream).Mean

                                for t in 0..3 do
                                    let total = f[t, *] |> Array.sumBy exp

                                    for c in 0..2 do
                                        values[3 * t + c] <- exp f[t, c] / total
                    }

            let run =
                Run.start
                    Sampler.hmc
                    observables
                    (SoftmaxTarget.create 1.0 posterior)
                    { RunSettings.defaults with
                        Chains = 2
                        WarmUp = 100
                        Draws = 400
                        Threads = 1
                    }
                |> Result.orFail

            let theory =
                Study data
                |> Classification.solve Theory.wishart network (Likelihood.Categorical 1.0)
                |> Result.orFail
                |> Classification.predict inputs

            for i, diagnosis in List.indexed run.Diagnoses do
                let allowed = 0.03 + 4.0 * diagnosis.Error
                Expect.within allowed diagnosis.Mean theory.Probabilities[i / 3, i % 3] diagnosis.Name)

        testCase "Targets that are no labels are refused" (fun () ->
            match SoftmaxTarget.posterior complete shapes.Head (dataSet 38 5 48 1) with
            | Ok _ -> failtest "A failure was expected."
            | Error failure -> Expect.stringContains failure.Message "A training label is" "message")
    ]
