/// The integrators: order, reversibility, and what the exact motion of the prior is good for.
module FiniteWidth.Experiment.Tests.IntegratorTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Numerics
open FiniteWidth.Testing

/// l = sum_i cos(a_i x_i): smooth and far from Gaussian.
let private wavy dimension =
    {
        Dimension = dimension
        LogLikelihood =
            fun x gradient ->
                let mutable value = 0.0

                for i in 0 .. dimension - 1 do
                    let a = 1.0 + 0.3 * float i
                    value <- value + cos (a * x[i])
                    gradient[i] <- -a * sin (a * x[i])

                value
    }

let private pointOf (target: Target) seed =
    let point = PhasePoint target.Dimension
    Array.blit (noise seed target.Dimension) 0 point.Position 0 target.Dimension
    Array.blit (noise (seed + 1UL) target.Dimension) 0 point.Momentum 0 target.Dimension
    point.LogLikelihood <- target.LogLikelihood point.Position point.Gradient
    point

let private advance (motion: Motion) step count point =
    for _ in 1..count do
        Expect.isTrue (motion.Advance step point) "advance"

let private integrators = [ Integrator.Leapfrog; Integrator.PriorRotation ]

let private scales = [ [||]; [| 0.5; 1.0; 1.3; 0.8; 0.6 |] ]

/// Data on the first five of many coordinates.
let private fewObserved dimension =
    {
        Dimension = dimension
        LogLikelihood =
            fun x gradient ->
                Array.Clear gradient
                let mutable value = 0.0

                for i in 0..4 do
                    value <- value - 2.0 * (x[i] - 1.0) * (x[i] - 1.0)
                    gradient[i] <- -4.0 * (x[i] - 1.0)

                value
    }

let tests =
    testList "Integrator" [
        testCase "The energy error falls as the square of the step" (fun () ->
            for integrator in integrators do
                for scale in scales do
                    let target = wavy 5

                    let error count =
                        let point = pointOf target 3UL
                        let before = point.Energy
                        advance (Motion(target, integrator, scale)) (1.0 / float count) count point
                        point.Energy - before

                    let ratio = error 50 / error 100
                    // The next order adds (1/50)^2 to 4.
                    Expect.within 0.05 ratio 4.0 $"{integrator}, {scale.Length} scales")

        testCase "A trajectory runs back to where it came from" (fun () ->
            for integrator in integrators do
                for scale in scales do
                    let target = wavy 5
                    let start, point = pointOf target 5UL, pointOf target 5UL
                    let motion = Motion(target, integrator, scale)
                    advance motion 0.1 40 point
                    Expect.isGreaterThan (abs (point.Position[0] - start.Position[0])) 1e-3 "abs"
                    advance motion -0.1 40 point
                    // Rounding of 80 steps.
                    for i in 0..4 do
                        Expect.within 1e-12 (point.Position[i]) (start.Position[i]) "position"
                        Expect.within 1e-12 (point.Momentum[i]) (start.Momentum[i]) "momentum")

        testCase "A step keeps the volume of phase space" (fun () ->
            for integrator in integrators do
                let target = wavy 2
                let scale = [| 0.7; 1.2 |]
                let h = 1e-5

                let moved k shift =
                    let point = pointOf target 9UL
                    let array = if k < 2 then point.Position else point.Momentum
                    array[k % 2] <- array[k % 2] + shift
                    point.LogLikelihood <- target.LogLikelihood point.Position point.Gradient
                    advance (Motion(target, integrator, scale)) 0.3 1 point
                    Array.append point.Position point.Momentum

                let jacobian =
                    MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseOfColumnArrays [|
                        for k in 0..3 -> Array.map2 (fun a b -> (a - b) / (2.0 * h)) (moved k h) (moved k -h)
                    |]
                // Centred differences: h^2 of curvature and 1e-16/h of rounding.
                Expect.within 1e-9 (jacobian.Determinant()) 1.0 "determinant")

        testCase "Without data the prior's rotation is exact at any step, with any metric" (fun () ->
            let flat =
                {
                    Dimension = 5
                    LogLikelihood =
                        fun _ gradient ->
                            Array.Clear gradient
                            0.0
                }

            for scale in scales do
                let point = pointOf flat 2UL
                let before = point.Energy
                advance (Motion(flat, Integrator.PriorRotation, scale)) 1.5 100 point
                Expect.within 1e-13 point.Energy before "energy")

        testCase
            "Under the prior's motion acceptance does not fall with the dimension, under leapfrog it does"
            (fun () ->
                let acceptance sampler dimension =
                    let chain =
                        Chain.startAt
                            (Array.init dimension (fun i -> if i < 5 then 0.8 else 0.0))
                            sampler
                            (fewObserved dimension)
                            4UL
                            0L
                            0
                        |> Result.orFail
                    // The first steps bring the coordinates without data to their prior.
                    chain.Advance 100
                    chain.State.Tally <- Tally()
                    chain.Advance 1500
                    chain.State.Tally.Acceptance

                for sampler in
                    [
                        Sampler.hmc |> step 0.4
                        Sampler.mala |> step 0.6
                        Sampler.crankNicolson |> step 0.4
                    ] do
                    let few, many = acceptance sampler 5, acceptance sampler 5000
                    // The mean of 1500 correlated numbers between 0 and 1.
                    Expect.within 0.05 many few (string sampler)

                let falling = Sampler.hmc |> leapfrog |> step 0.4
                Expect.isGreaterThan (acceptance falling 5) 0.8 "acceptance"
                Expect.isLessThan (acceptance falling 5000) 0.6 "acceptance")
    ]
