/// Flows of hidden weights: maps that may follow the force about, but must be reversible and keep volume to be exact.
module FiniteWidth.Experiment.Tests.Networks.FlowTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Networks.Reference
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks
open FiniteWidth.Testing

/// Inputs of a steep spectrum, so that minor directions move on arcs.
let private steep seed examples features outputs =
    let data = dataSet seed examples features outputs

    let inputs =
        Matrix.Create(
            data.Inputs.Rows,
            data.Inputs.Columns,
            fun i j -> 3.0 * data.Inputs[i, j] / (1.0 + float j) ** 2.5
        )

    DataSet.create inputs data.Targets |> Result.orFail

let private network activation widths =
    Architecture.FullyConnected(dense activation widths)

let private smoothCases =
    [
        "one layer", network Activation.erf [ 6 ], steep 1 12 9 1
        "fewer features than examples", network Activation.tanh [ 4 ], steep 2 12 9 2
        "two layers with biases",
        Architecture.FullyConnected(dense Activation.erf [ 4; 3 ] |> Network.withBias 0.9),
        steep 3 10 8 1
        "convolution", convolution Activation.erf 3 Pooling.Average, dataSet 4 6 48 1
    ]

let private names = smoothCases |> List.map (fun (name, _, _) -> name)

let private find name =
    let _, architecture, data =
        smoothCases |> List.find (fun (other, _, _) -> other = name)

    posterior NetworkPosterior.defaults architecture 0.2 data

let private flowIn precision (posterior: NetworkPosterior) =
    MarginalFlow(posterior, posterior.Map.In precision)

/// Scales that differ from one principal direction to the next, with the minor ones left on their arcs or not.
let private scaled keepsArcs precision (posterior: NetworkPosterior) =
    let flow = flowIn precision posterior
    let groups = (MarginalFlow.create posterior).Groups

    flow.Rescale(
        groups
        |> Array.map (fun group ->
            if keepsArcs && group >= posterior.LeadingDirections then
                1.0
            else
                1.0 / (1.0 + 0.3 * float (group % 4)))
    )

    flow

let private flows =
    [
        "scales 1", flowIn
        "other scales", scaled true
        "other scales without arcs", scaled false
    ]

let private start (posterior: NetworkPosterior) seed =
    let dimension = posterior.Layout.HiddenDimension
    position seed dimension, position (seed + 1) dimension

let private energy (flow: MarginalFlow) (x: float[]) (r: float[]) =
    let square (v: float[]) =
        VectorArithmetic.Dot(ReadOnlySpan v, ReadOnlySpan v)

    0.5 * (square x + square r) - flow.LogLikelihood x

/// Two humps, and a force that is a third too weak and off by a constant.
let private humps =
    {
        Dimension = 1
        LogLikelihood =
            fun x gradient ->
                gradient[0] <- 6.0 * x[0] - 4.0 * x[0] * x[0] * x[0] + 0.5
                3.0 * x[0] * x[0] - x[0] * x[0] * x[0] * x[0] + 0.5 * x[0]
    }

let private crude =
    let create () =
        let gradient = [| 0.0 |]

        let force (x: float[]) =
            humps.LogLikelihood x gradient |> ignore
            0.67 * gradient[0] - 0.2

        {
            LogLikelihood = fun x -> humps.LogLikelihood x gradient
            Move =
                fun step count x r ->
                    for _ in 1..count do
                        r[0] <- r[0] + 0.5 * step * force x
                        VectorArithmetic.Rotate(cos step, sin step, Span x, Span r)
                        r[0] <- r[0] + 0.5 * step * force x

                    true
            Force =
                fun x target ->
                    target[0] <- force x
                    true
            Rescale = ignore
            Jump = ValueNone
        }

    { Groups = [||]; Create = create }

/// E[sigma(a + s z)] and Var by the trapezoidal rule in z, kinks and jumps to its second order.
let private moments (f: float -> float) a s =
    let h = 1e-4
    let grid = [| -9.0 .. h .. 9.0 |]

    let weight z =
        h * exp (-0.5 * z * z) / sqrt (2.0 * Math.PI)

    let mean = grid |> Array.sumBy (fun z -> weight z * f (a + s * z))

    mean,
    grid
    |> Array.sumBy (fun z -> weight z * (f (a + s * z) - mean) * (f (a + s * z) - mean))

let tests =
    testList "Flow" [
        testCase "Minor directions of the inputs come last, and are told from the leading ones" (fun () ->
            let posterior = find "one layer"
            Expect.isLessThan posterior.LeadingDirections posterior.Span.Value.Rank "leading directions"
            let inputs = InputSpan.coordinates posterior.Data.Inputs posterior.Span.Value
            let gram = Matrix.Zeros(inputs.Columns, inputs.Columns)
            LinearAlgebra.Default.Multiply(1.0, inputs, true, inputs, false, 0.0, gram)

            for i in 0n .. gram.Rows - 1n do
                for j in 0n .. gram.Rows - 1n do
                    if i <> j then
                        Expect.within (1e-12 * gram[0n, 0n]) (gram[i, j]) 0.0 "gram"

                if i > 0n then
                    Expect.isLessThanOrEqual (gram[i, i]) (gram[i - 1n, i - 1n]) "gram")

        testTheory "A trajectory runs back to where it came from" names (fun name ->
            let posterior = find name

            for which, create in flows do
                for precision, tolerance in [ Precision.Double, 1e-11; Precision.Single, 1e-4 ] do
                    let flow = create precision posterior
                    let x0, r0 = start posterior 5
                    let x, r = Array.copy x0, Array.copy r0
                    Expect.isTrue (flow.Move 0.1 9 x r) which
                    Expect.isGreaterThan (largestDifference x x0) 0.1 which
                    let back = Array.map (~-) r
                    // A flow of its own, so that nothing is remembered.
                    Expect.isTrue ((create precision posterior).Move 0.1 9 x back) which
                    Expect.isLessThan (largestDifference x x0) tolerance which
                    Expect.isLessThan (largestDifference (Array.map (~-) back) r0) tolerance which)

        testTheory "The energy error falls as the square of the step" names (fun name ->
            let posterior = find name

            for which, create in flows do
                let flow = create Precision.Double posterior

                let error count =
                    let x, r = start posterior 7
                    let before = energy flow x r
                    Expect.isTrue (flow.Move (0.5 / float count) count x r) which
                    energy flow x r - before

                // Multiples of the longest arc, so that arcs shrink with the step; the next order adds (1/96)^2 times a few.
                Expect.within 0.3 (error 48 / error 96) 4.0 which)

        testCase "A trajectory keeps the volume of phase space" (fun () ->
            for name, create in [ "one layer", scaled true; "two layers with biases", flowIn ] do
                let posterior = find name
                let flow = create Precision.Double posterior
                let n = posterior.Layout.HiddenDimension
                let h = 1e-5

                let moved k shift =
                    let x, r = start posterior 9
                    let array = if k < n then x else r
                    array[k % n] <- array[k % n] + shift
                    flow.Move 0.2 6 x r |> ignore
                    Array.append x r

                let jacobian =
                    MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseOfColumnArrays [|
                        for k in 0 .. 2 * n - 1 -> Array.map2 (fun a b -> (a - b) / (2.0 * h)) (moved k h) (moved k -h)
                    |]

                // Centred differences of a hundred coordinates: h^2 of curvature and 1e-16/h of rounding in each.
                Expect.within 1e-6 (jacobian.Determinant()) 1.0 name)

        testTheory "Single precision follows the trajectory of double precision" names (fun name ->
            let posterior = find name
            let x, r = start posterior 11
            let y, s = start posterior 11
            Expect.isTrue ((flowIn Precision.Double posterior).Move 0.1 9 x r) "move"
            Expect.isTrue ((flowIn Precision.Single posterior).Move 0.1 9 y s) "move"
            Expect.isLessThan (largestDifference x y) 1e-4 "largest difference"
            Expect.isLessThan (largestDifference r s) 1e-4 "largest difference")

        testCase "What a flow remembers changes nothing" (fun () ->
            let posterior = find "one layer"

            let used, fresh =
                flowIn Precision.Single posterior, flowIn Precision.Single posterior

            let x0, r0 = start posterior 13
            let x, r = Array.copy x0, Array.copy r0
            used.Move 0.2 3 x r |> ignore

            // From where it ended, then from where it began, then with another step.
            for from, step in [ Array.copy x, 0.2; x0, 0.2; x0, 0.1 ] do
                let a, p = Array.copy from, Array.copy r0
                let b, q = Array.copy from, Array.copy r0
                used.Move step 4 a p |> ignore
                (flowIn Precision.Single posterior).Move step 4 b q |> ignore
                Expect.isTrue (a = b && p = q) $"step {step}"

            Expect.equal (fresh.LogLikelihood x0) (used.LogLikelihood x0) "log likelihood")

        testCase "Rounded kinks keep the energy better than steps across them" (fun () ->
            let posterior =
                posterior NetworkPosterior.defaults (network Activation.relu [ 60 ]) 0.02 (dataSet 15 30 20 1)

            let flow = flowIn Precision.Single posterior

            let motion =
                Motion(MarginalTarget.create posterior (), Integrator.PriorRotation, [||])

            // Where a chain of the posterior is after a while.
            let chain =
                Chain.start Sampler.hmc (MarginalTarget.create posterior ()) 3UL 0L 60
                |> Result.orFail

            chain.Advance 60
            let target = chain.Target
            let step, count = 0.06, 24

            let errors =
                [|
                    for k in 0..15 do
                        let r0 = position (100 + k) chain.Position.Length
                        let x, r = Array.copy chain.Position, Array.copy r0
                        let before = energy flow x r
                        flow.Move step count x r |> ignore
                        let point = PhasePoint target.Dimension
                        Array.blit chain.Position 0 point.Position 0 target.Dimension
                        point.LogLikelihood <- target.LogLikelihood point.Position point.Gradient
                        Array.blit r0 0 point.Momentum 0 r0.Length

                        for _ in 1..count do
                            motion.Advance step point |> ignore

                        (energy flow x r - before) ** 2.0, (point.Energy - before) ** 2.0
                |]

            Expect.isLessThan (Array.averageBy fst errors) (0.5 * Array.averageBy snd errors) "average by of errors")

        testCase "HMC by a flow of the wrong force still has the right distribution" (fun () ->
            let moment power =
                let h = 1e-3
                let gradient = [| 0.0 |]

                let density x =
                    exp (humps.LogLikelihood [| x |] gradient - 0.5 * x * x)

                let grid = [| -5.0 .. h .. 5.0 |]

                (grid |> Array.sumBy (fun x -> x ** power * density x))
                / Array.sumBy density grid

            let observables () =
                {
                    Traced = [ "x"; "x^2"; "x^3" ]
                    Streamed = []
                    Evaluate =
                        fun _ x values ->
                            for k in 0..2 do
                                values[k] <- x[0] ** float (k + 1)
                }

            let path =
                {
                    PathLength = 1.5
                    Jitter = 0.5
                    MaximalSteps = 100
                }

            let run =
                { RunSettings.defaults with
                    WarmUp = 200
                    Draws = 10000
                }
                |> Run.start (Sampler.Guided(crude, StepSize.Adapted 0.8, path)) observables (fun () -> humps)
                |> Result.orFail

            for k, diagnosis in List.indexed run.Diagnoses do
                let z = (diagnosis.Mean - moment (float (k + 1))) / diagnosis.Error
                Expect.isLessThan (abs z) 4.0 diagnosis.Name)

        testCase "Where data hold directions fast, scales by their curvature make trajectories short" (fun () ->
            let posterior =
                posterior NetworkPosterior.defaults (network Activation.relu [ 20 ]) 1e-4 (steep 19 40 12 1)

            let source = MarginalFlow.create posterior

            let path =
                {
                    PathLength = Math.PI / 2.0
                    Jitter = 0.5
                    MaximalSteps = 1000
                }

            let observables () =
                {
                    Traced = [ "log likelihood" ]
                    Streamed = []
                    Evaluate =
                        let target = MarginalTarget.create posterior ()
                        let gradient: float[] = Array.zeroCreate target.Dimension
                        fun _ x values -> values[0] <- target.LogLikelihood x gradient
                }

            let run source =
                { RunSettings.defaults with
                    WarmUp = 100
                    Draws = 60
                }
                |> Run.start
                    (Sampler.Guided(source, StepSize.Adapted 0.8, path))
                    observables
                    (MarginalTarget.create posterior)
                |> Result.orFail

            let evaluations (run: Run) =
                run.Tallies |> Array.sumBy _.Evaluations |> float

            let scaled = run source
            Expect.isLessThan (Array.min scaled.States[0].Scale) 0.3 "the smallest scale"

            Expect.isLessThan
                (evaluations scaled)
                (0.5 * evaluations (run { source with Groups = [||] }))
                "evaluations")

        testCase "The warm-up finds the curvature of each group of coordinates" (fun () ->
            let groups = Array.init 60 (fun i -> i % 3)
            let curvatures = [| 25.0; 1.2; 400.0 |]

            let logLikelihood (x: float[]) =
                -0.5
                * Seq.sum (Seq.mapi (fun i xi -> (curvatures[groups[i]] - 1.0) * xi * xi) x)

            let force (x: float[]) (target: float[]) =
                for i in 0 .. x.Length - 1 do
                    target[i] <- -(curvatures[groups[i]] - 1.0) * x[i]

                true

            let create () =
                let scale = Array.create groups.Length 1.0
                let gradient: float[] = Array.zeroCreate groups.Length

                let kick time x (r: float[]) =
                    force x gradient |> ignore

                    for i in 0 .. r.Length - 1 do
                        r[i] <- r[i] + time * scale[i] * gradient[i]

                {
                    LogLikelihood = logLikelihood
                    Move =
                        fun step count x r ->
                            for _ in 1..count do
                                kick (0.5 * step) x r

                                for i in 0 .. x.Length - 1 do
                                    let c, s = cos (step * scale[i]), sin (step * scale[i])
                                    let xi = x[i]
                                    x[i] <- c * xi + s * r[i]
                                    r[i] <- c * r[i] - s * xi

                                kick (0.5 * step) x r

                            true
                    Force = force
                    Rescale = fun scales -> Array.blit scales 0 scale 0 scale.Length
                    Jump = ValueNone
                }

            let target =
                {
                    Dimension = groups.Length
                    LogLikelihood =
                        fun x gradient ->
                            force x gradient |> ignore
                            logLikelihood x
                }

            let observables () =
                {
                    Traced = List.init 3 (fun k -> $"x{k}^2")
                    Streamed = []
                    Evaluate =
                        fun _ x values ->
                            for k in 0..2 do
                                values[k] <- Seq.sum (Seq.init 20 (fun i -> x[3 * i + k] ** 2.0)) / 20.0
                }

            let path =
                {
                    PathLength = 1.5
                    Jitter = 0.5
                    MaximalSteps = 100
                }

            let run =
                { RunSettings.defaults with
                    WarmUp = 100
                    Draws = 1000
                }
                |> Run.start
                    (Sampler.Guided({ Groups = groups; Create = create }, StepSize.Adapted 0.8, path))
                    observables
                    (fun () -> target)
                |> Result.orFail

            for state in run.States do
                Expect.within 0.05 (state.Scale[0]) 0.2 "scale"
                Expect.equal (state.Scale[1]) 1.0 "where the posterior is hardly narrower than the prior"
                Expect.within 0.0125 (state.Scale[2]) 0.05 "scale"

            for k, diagnosis in List.indexed run.Diagnoses do
                let z = (diagnosis.Mean - 1.0 / curvatures[k]) / diagnosis.Error
                Expect.isLessThan (abs z) 4.0 diagnosis.Name)

        testCase "The standard plan samples kinked networks as NUTS does by their own gradient" (fun () ->
            let data = steep 17 12 10 1

            let split =
                {
                    Train = data
                    Test = steep 18 20 10 1
                }

            let measure sampler seed draws =
                Measurement.run
                    { Measurement.standard with
                        Sampler = NetworkSampler.Integrated sampler
                        Settings =
                            { Measurement.standard.Settings with
                                Seed = seed
                                WarmUp = 300
                                Draws = draws
                            }
                    }
                    (network Activation.relu [ 5 ])
                    0.1
                    split
                |> Result.orFail

            let a, b = measure Sampler.hmc 1UL 1500, measure Sampler.nuts 2UL 600

            let z (x: Estimate) (y: Estimate) =
                (x.Value - y.Value) / sqrt (x.Error * x.Error + y.Error * y.Error)

            Expect.isLessThan (abs (z a.Loss b.Loss)) 4.0 "abs"
            Expect.isLessThan (abs (z a.Bias b.Bias)) 4.0 "abs"
            Expect.isLessThan (abs (z a.Variance b.Variance)) 4.0 "abs"
            Expect.isLessThan (abs (z a.TrainLoss b.TrainLoss)) 4.0 "abs")

        testCase "Moments of features over a Gaussian spread are those of their definition" (fun () ->
            let locations = [| -3.0; -0.7; 0.0; 0.4; 2.5 |]

            for activation, tolerance in
                [
                    Activation.erf, 1e-10
                    Activation.tanh, 1e-6
                    Activation.relu, 1e-8
                    Activation.piecewiseLinear 1.0 0.3, 1e-8
                    Activation.sign, 1e-4
                ] do
                for s in [ 0.05; 0.3; 0.7; 1.2 ] do
                    let mean, variance = Array.zeroCreate<float> 5, Array.zeroCreate<float> 5
                    GaussianMoments.evaluate activation s locations (Span mean) (Span variance)

                    for j in 0..4 do
                        let m, v = moments activation.Function locations[j] s
                        Expect.within tolerance (mean[j]) m $"{activation.Name}, s = {s}, a = {locations[j]}"

                        Expect.within tolerance (variance[j]) v $"{activation.Name}, s = {s}, a = {locations[j]}")
    ]
