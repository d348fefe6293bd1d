/// The theory of activations with a mean: its limits, and which of its stationary points is the physical one.
module FiniteWidth.Tests.NonOddTests

open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FsCheck
open MathNet.Numerics.LinearAlgebra
open FiniteWidth.Testing

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * (1.0 + abs expected)

let private allClose tolerance expected actual =
    Seq.forall2 (close tolerance) expected actual

// Newton's method on the gradient from the saddle of the next wider network.
let private follow (action: EffectiveAction) (start: float[]) =
    let rec newton k theta =
        let gradient = action.Gradient theta

        let hessian = Matrix<float>.Build.DenseOfArray(action.Hessian.Value theta)

        let step = hessian.Solve(Vector<float>.Build.DenseOfArray gradient).ToArray()

        let next = Array.map2 (-) theta step
        if k = 0 then next else newton (k - 1) next

    newton 12 start

let tests =
    testList "Non odd" [
        testPropertyWithConfig
            (maxTest 20)
            "An odd activation has no mean: the theory is the proportional one and 1 + Q = 1/Qbar"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data, test = dataSet seed 9 6, dataSet (seed + 1000) 5 6

                [
                    Activation.erf, 1
                    Activation.linear, 2
                    Activation.erf, 2
                    Activation.tanh, 1
                ]
                |> List.forall (fun (activation, depth) ->
                    let network = network activation depth seed
                    let odd = solve Theory.proportional network 0.1 data
                    let nonOdd = solve Theory.nonOdd network 0.1 data
                    let qbars, conjugates = Array.splitAt depth nonOdd.OrderParameters
                    let loss posterior = (Posterior.score test posterior).Loss
                    // The saddle is stationary to 1e-10, its order parameters to that over the smallest curvature.
                    allClose 1e-8 odd.OrderParameters qbars
                    && allClose 1e-8 (Array.map (fun q -> 1.0 / q - 1.0) qbars) conjugates
                    && close 1e-8 odd.SaddlePoint.Chosen.Action nonOdd.SaddlePoint.Chosen.Action
                    && close 1e-8 (loss odd) (loss nonOdd)))

        testPropertyWithConfig
            (maxTest 20)
            "Infinitely wide, its predictions are those of the NNGP kernel"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data, test = dataSet seed 9 6, dataSet (seed + 1000) 5 6

                [
                    Activation.relu, 1
                    Activation.cos, 1
                    Activation.step, 1
                    Activation.relu, 2
                ]
                |> List.forall (fun (activation, depth) ->
                    let network = network activation depth seed |> Network.withWidth 1_000_000_000

                    let predict theory =
                        solve theory network 0.1 data |> Posterior.predict test.Inputs

                    let finite, infinite = predict Theory.nonOdd, predict Theory.infiniteWidth
                    // What is left is P/N = 1e-8 in the order parameters.
                    allClose 1e-6 (Seq.cast<float> infinite.Mean) (Seq.cast<float> finite.Mean)
                    && allClose 1e-6 (Seq.cast<float> infinite.Variance) (Seq.cast<float> finite.Variance)))

        testPropertyWithConfig
            (maxTest 20)
            "One layer: the prediction through the centred spectrum is that of the dense kernel"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data, test = dataSet seed 9 6, dataSet (seed + 1000) 5 6

                [ Activation.relu; Activation.cos; Activation.softplus ]
                |> List.forall (fun activation ->
                    let posterior = solve Theory.nonOdd (network activation 1 seed) 0.1 data
                    let prediction = Posterior.predict test.Inputs posterior

                    let value =
                        EffectiveAction.bind
                            posterior.Network
                            posterior.Model.OrderParameters
                            posterior.OrderParameters

                    let program = KernelProgram.compile posterior.Model.Kernel

                    let dense (m: FiniteWidth.Numerics.Matrix) =
                        Matrix<float>.Build.DenseOfArray(m.ToArray())

                    let a =
                        dense (KernelProgram.symmetric value data.Inputs program)
                        + 0.1 * Matrix<float>.Build.DenseIdentity 9

                    let cross = dense (KernelProgram.cross value data.Inputs test.Inputs program)

                    let mean =
                        cross.TransposeThisAndMultiply(a.Solve(dense data.Targets)).Column(0).ToArray()

                    let explained = (cross.TransposeThisAndMultiply(a.Solve cross)).Diagonal().ToArray()

                    let variance =
                        Array.map2 (-) (KernelProgram.diagonal value test.Inputs program) explained
                    // Two orders of the same sums, conditioned no worse than 1e3.
                    allClose 1e-10 mean (Seq.cast<float> prediction.Mean)
                    && allClose 1e-10 variance (Seq.cast<float> prediction.Variance)))

        testPropertyWithConfig
            (maxTest 15)
            "The chosen point is the one connected to Qbar = 1, Q = 0 as 1/N grows from zero"
            (fun (seed: PositiveInt) ->
                let seed = seed.Get
                let data = dataSet seed 10 7

                [ Activation.relu; Activation.cos; Activation.step ]
                |> List.forall (fun activation ->
                    let network = network activation 1 seed
                    // 5 percent a step: no branch is near enough to jump to.
                    let widths =
                        List.init 200 (fun i -> int (1e5 / 1.05 ** float i))
                        |> List.filter (fun n -> n >= 8)

                    let at n =
                        solve Theory.nonOdd (Network.withWidth n network) 0.3 data

                    let followed =
                        ([| 1.0; 0.0 |], widths)
                        ||> List.fold (fun theta n -> follow (at n).EffectiveAction theta)

                    allClose 1e-8 followed (at (List.last widths)).OrderParameters))

        testTheory "The saddle is a maximum in Q, a minimum in Qbar, stationary to 1e-10" [ 1; 2 ] (fun depth ->
            for seed in 1..4 do
                for activation in [ Activation.relu; Activation.cos; Activation.softplus; Activation.sigmoid ] do
                    let posterior =
                        solve Theory.nonOdd (network activation depth seed) 0.2 (dataSet seed 8 6)

                    let chosen = posterior.SaddlePoint.Chosen

                    let along l h =
                        posterior.EffectiveAction.Value(
                            Array.mapi (fun i t -> if i = l then t + h else t) chosen.OrderParameters
                        )

                    Expect.equal chosen.Kind (Kind.Saddle depth) "kind of chosen"
                    Expect.isLessThan chosen.Residual 1e-10 "residual"

                    for l in depth .. 2 * depth - 1 do
                        let step = 1e-3 * (1.0 + chosen.OrderParameters[l])
                        Expect.isLessThan (max (along l step) (along l -step)) chosen.Action "max")

        testCase
            "Beyond two folds of the branch from infinite width the saddle point is found where the mean dominates"
            (fun () ->
                // Found by following the solution in 1/N from zero, by arc length: 1 + Q_1 at the end, which the first fold leaves at 0.2 to 0.4. For a
                // step Qbar_1 = 1, because only Qbar_1 (1 + Q_1) enters the second layer's kernel.
                for seed, temperature in [ 8, 0.1; 17, 0.1; 42, 0.1; 54, 0.1; 55, 0.1; 8, 0.2; 49, 0.2 ] do
                    let posterior =
                        solve Theory.nonOdd (network Activation.step 2 seed) temperature (dataSet seed 9 6)

                    let chosen = posterior.SaddlePoint.Chosen
                    Expect.isLessThan chosen.Residual 1e-10 "residual"
                    Expect.equal chosen.Kind (Kind.Saddle 2) "kind of chosen"
                    // The residual over the smallest curvature, 0.05.
                    Expect.within 1e-8 (chosen.OrderParameters[0]) 1.0 "order parameters"
                    Expect.isLessThan (1.0 + chosen.OrderParameters[2]) 0.01 "1.0 + chosen.OrderParameters[2]")

        testCase "Its criterion is the loss's own change with 1/N at large N" (fun () ->
            for seed in 1..5 do
                let data, test = dataSet seed 8 12, dataSet (seed + 1000) 6 12

                for activation, depth in [ Activation.relu, 1; Activation.cos, 1; Activation.relu, 2 ] do
                    let network = network activation depth seed

                    let loss theory n =
                        solve theory (Network.withWidth n network) 0.1 data
                        |> Posterior.score test
                        |> _.Loss

                    let slope =
                        (Criterion.evaluate test (solve Theory.nonOdd (Network.withWidth 1000 network) 0.1 data)).Slope
                    // Richardson: (4 f(2n) - f(n) - 3 f(inf)) cancels the second order in 1/N; n f' is what remains.
                    let n = 20000
                    let infinite = loss Theory.infiniteWidth n

                    let measured =
                        float n
                        * (4.0 * loss Theory.nonOdd (2 * n) - loss Theory.nonOdd n - 3.0 * infinite)

                    Expect.within (1e-4 * (1.0 + abs measured)) slope measured $"{activation}, {depth}, {seed}")
    ]
