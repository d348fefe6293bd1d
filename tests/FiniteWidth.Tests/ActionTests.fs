/// The fast paths of the effective action against its plain, differentiable form, and against differences.
module FiniteWidth.Tests.ActionTests

open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Tests.Problem
open FsCheck
open NUnit.Framework
open FsCheck.NUnit

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
    ]

let cases =
    [
        for name, activation, depth, theory, bias in theories ->
            TestCaseData(activation, depth, theory, bias).SetName
                $"The action and its gradient are the plain ones: {name}"
    ]

let private withBias bias network =
    match bias with
    | Some precision -> Network.withBias precision network
    | None -> network

// The series of tanh is accurate to 1e-10 of the kernel; everything else is rounding, magnified by A^(-1) ~ 1/T = 20.
let private tolerance = 1e-8

[<TestCaseSource(nameof cases)>]
let agreement (activation: Activation) (depth: int) (theory: Theory) (bias: float option) =
    for seed in 1..5 do
        let data = dataSet seed 9 6
        let network = network activation depth seed |> withBias bias
        let posterior = solve theory network 0.05 data
        let fast = posterior.EffectiveAction
        let plain = DifferentiableModel.effectiveAction posterior.Model network 0.05 data
        let theta = orderParameters seed posterior.Model
        let value, gradient = grad' plain (DV theta)
        let size = fast.Size * (1.0 + abs value.Value)
        Assert.That(fast.Value theta, Is.EqualTo(value.Value).Within(tolerance * size))

        for actual, expected in Seq.zip (fast.Gradient theta) (DV.toArray gradient) do
            Assert.That(actual, Is.EqualTo(expected).Within(tolerance * size))

        fast.Hessian
        |> Option.iter (fun fastHessian ->
            let expected = hessian plain (DV theta) |> DM.toArray2D
            Assert.That(fastHessian theta, Is.EqualTo(expected).Within(tolerance * size)))

[<Property(MaxTest = 30)>]
let ``The gradient of every built-in action is its differences`` (seed: PositiveInt) =
    let seed = seed.Get
    let data = dataSet seed 10 7

    [
        Activation.erf, 1, Theory.proportional
        Activation.erf, 2, Theory.proportional
        Activation.relu, 2, Theory.proportional
        Activation.erf, 3, Theory.wishart
    ]
    |> List.forall (fun (activation, depth, theory) ->
        let posterior = solve theory (network activation depth seed) 0.1 data
        let theta = orderParameters seed posterior.Model
        Laws.ofEffectiveAction theta posterior.EffectiveAction |> List.forall Law.holds)

[<Property(MaxTest = 20)>]
let ``A deep homogeneous network costs one eigendecomposition and means the same as the nested kernel``
    (seed: PositiveInt)
    =
    let seed = seed.Get
    let data = dataSet seed 8 5
    let network = network Activation.relu 3 seed
    let model = Theory.proportional network

    match Kernel.normalForm model.OrderParameters model.Kernel with
    | NormalForm.Nested _ -> false
    | NormalForm.Scaled _ ->
        let posterior = solve Theory.proportional network 0.1 data
        let theta = orderParameters seed model
        let gram = Study(data).Gram

        let nested =
            EffectiveAction.ofProgram model (KernelProgram.compile model.Kernel) network 0.1 gram data.Targets

        abs (nested.Value theta - posterior.EffectiveAction.Value theta) < 1e-10 * nested.Size

[<Test>]
let ``An action made from any function is solved like a built-in one`` () =
    // S(q) = q - 1 - log q + (1/N) sum_i [ log(1 + q k_i/T) + y_i^2/(T + q k_i) ], written by hand.
    let data = dataSet 3 12 5
    let network = Network.dense Activation.erf [ 15 ]
    let posterior = solve Theory.proportional network 0.05 data
    let plain = DifferentiableModel.effectiveAction posterior.Model network 0.05 data
    let own = EffectiveAction.ofFunction [ Symbol.Named "q" ] Cost.Small plain
    let saddle = SaddlePoint.solve SaddlePoint.defaults own |> Result.orFail
    Assert.That(saddle.Chosen.OrderParameters[0], Is.EqualTo(posterior.OrderParameters[0]).Within 1e-10)
    Assert.That(saddle.Chosen.Residual, Is.LessThan 1e-10)
