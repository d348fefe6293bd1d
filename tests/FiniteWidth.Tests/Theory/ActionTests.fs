/// The fast paths of the effective action against its plain, differentiable form, and against differences.
module FiniteWidth.Tests.ActionTests

open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private theories =
    [
        "erf, one layer: O(P)", Activation.erf, 1, Theory.proportional, None
        "deep erf: one Cholesky", Activation.erf, 3, Theory.proportional, None
        "deep ReLU: O(P)", Activation.relu, 3, Theory.proportional, None
        "deep erf, Wishart: O(P)", Activation.erf, 2, Theory.wishart, None
        "deep tanh: a Hermite series", Activation.tanh, 2, Theory.proportional, None
        "deep erf with biases", Activation.erf, 2, Theory.proportional, Some 2.0
        "deep ReLU with biases", Activation.relu, 2, Theory.proportional, Some 0.7
        "deep sin", Activation.sin, 2, Theory.proportional, None
        "non-odd ReLU, one layer: O(P)", Activation.relu, 1, Theory.nonOdd, None
        "non-odd cos with a bias: O(P)", Activation.cos, 1, Theory.nonOdd, Some 1.5
        "non-odd, deep ReLU: one Cholesky", Activation.relu, 2, Theory.nonOdd, None
        "non-odd, deep sigmoid", Activation.sigmoid, 2, Theory.nonOdd, None
        "non-odd, deep linear: O(P)", Activation.linear, 2, Theory.nonOdd, None
    ]

let private cases =
    [
        for name, activation, depth, theory, bias in theories -> name, (activation, depth, theory, bias)
    ]

let private withBias bias network =
    match bias with
    | Some precision -> Network.withBias precision network
    | None -> network

// The series of tanh is accurate to 1e-10 of the kernel; everything else is rounding, magnified by A^(-1) ~ 1/T = 20.
let private tolerance = 1e-8

let tests =
    testList "Action" [
        testCases "The action and its gradient are the plain ones" cases (fun (activation, depth, theory, bias) ->
            for seed in 1..5 do
                let data = dataSet seed 9 6
                let network = network activation depth seed |> withBias bias
                let posterior = solve theory network 0.05 data
                let fast = posterior.EffectiveAction
                let plain = DifferentiableModel.effectiveAction posterior.Model network 0.05 data
                let theta = orderParameters seed posterior.Model
                let value, gradient = grad' plain (DV theta)
                let size = fast.Size * (1.0 + abs value.Value)
                Expect.within (tolerance * size) (fast.Value theta) value.Value "value of fast"

                for actual, expected in Seq.zip (fast.Gradient theta) (DV.toArray gradient) do
                    Expect.within (tolerance * size) actual expected "value"

                fast.Hessian
                |> Option.iter (fun fastHessian ->
                    let expected = hessian plain (DV theta) |> DM.toArray2D
                    Expect.matrixWithin (tolerance * size) (fastHessian theta) expected "fast hessian"))

        testPropertyWithConfig
            (maxTest 30)
            "The gradient of every built-in action is its differences"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 10 7

                [
                    Activation.erf, 1, Theory.proportional
                    Activation.erf, 2, Theory.proportional
                    Activation.relu, 2, Theory.proportional
                    Activation.erf, 3, Theory.wishart
                    Activation.relu, 1, Theory.nonOdd
                    Activation.relu, 2, Theory.nonOdd
                ]
                |> List.forall (fun (activation, depth, theory) ->
                    let posterior = solve theory (network activation depth seed) 0.1 data
                    let theta = orderParameters seed posterior.Model
                    Laws.ofEffectiveAction theta posterior.EffectiveAction |> List.forall Law.holds))

        testPropertyWithConfig
            (maxTest 20)
            "A deep homogeneous network costs one eigendecomposition and means the same as the nested kernel"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 8 5
                let network = network Activation.relu 3 seed
                let model = Theory.proportional network

                match Kernel.normalForm model.OrderParameters model.Kernel with
                | NormalForm.Centred _
                | NormalForm.Nested _ -> false
                | NormalForm.Scaled _ ->
                    let posterior = solve Theory.proportional network 0.1 data
                    let theta = orderParameters seed model
                    let solver = Study(data).Solver

                    let nested =
                        EffectiveAction.ofProgram
                            model
                            (KernelProgram.compile model.Kernel)
                            network
                            0.1
                            solver
                            data.Targets

                    abs (nested.Value theta - posterior.EffectiveAction.Value theta) < 1e-10 * nested.Size)

        testCase "An action made from any function is solved like a built-in one" (fun () ->
            // S(q) = q - 1 - log q + (1/N) sum_i [ log(1 + q k_i/T) + y_i^2/(T + q k_i) ], written by hand.
            let data = dataSet 3 12 5
            let network = Network.dense Activation.erf [ 15 ]
            let posterior = solve Theory.proportional network 0.05 data
            let plain = DifferentiableModel.effectiveAction posterior.Model network 0.05 data
            let own = EffectiveAction.ofFunction [ Symbol.Named "q" ] Cost.Small plain
            let saddle = SaddlePoint.solve SaddlePoint.defaults own |> Result.orFail
            Expect.within 1e-10 (saddle.Chosen.OrderParameters[0]) (posterior.OrderParameters[0]) "order parameters"
            Expect.isLessThan saddle.Chosen.Residual 1e-10 "residual")
    ]
