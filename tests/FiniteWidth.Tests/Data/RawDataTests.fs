/// Data as people have them: targets that are not standardised, inputs that are repeated, scales that doubles barely hold.
module FiniteWidth.Tests.RawDataTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Testing

let private data (inputs: float list list) (targets: float list) =
    DataSet.ofArrays (array2D inputs) (Array.ofList targets) |> Result.orFail

let private solveIn theory network temperature data =
    Posterior.solve theory network temperature (Study data)

let private two = data [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ] [ 300.0; -200.0 ]

let private test = data [ [ 2.0; 1.0 ] ] [ 250.0 ]

let private four scale =
    data
        [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ -1.0; 1.0 ]; [ 2.0; 0.3 ] ]
        (List.map ((*) scale) [ 30000.0; -30000.0; 15000.0; 60000.0 ])

let private sentence (result: Result<'T, Failure>) =
    match result with
    | Ok _ -> failwith "This should have been refused."
    | Error failure ->
        Expect.isNonEmpty failure.Message "message"
        Expect.stringLacks failure.Message "\n" "message"
        failure

// The NNGP kernel, decomposed.
let private kernel (data: DataSet) network =
    let program = KernelProgram.compile (Theory.infiniteWidth network).Kernel

    Spectrum.decompose (KernelProgram.symmetric (EffectiveAction.bind network [] [||]) data.Inputs program) data.Targets

// log of the integral over q of p(q) N(y; 0, T I + q K), by the trapezoidal rule in log q over a hundred times its width.
let private logEvidence n temperature (data: DataSet) network =
    let spectrum = kernel data network

    let a = float n / 2.0

    let logDensity x =
        a * (x - exp x) + a * log a
        - MathNet.Numerics.SpecialFunctions.GammaLn a
        - 0.5 * (Spectrum.action temperature (exp x) spectrum).Value
        - 0.5 * float data.Count * log (2.0 * Math.PI * temperature)

    let values = [| for k in -1000000 .. 400000 -> logDensity (float k * 3e-5 + 1.0) |]
    let top = Array.max values
    top + log (3e-5 * (values |> Array.sumBy (fun v -> exp (v - top))))

let private repeated = data [ [ 1.0; 2.0 ]; [ 1.0; 2.0 ] ] [ 1.0; -1.0 ]

let tests =
    testList "Raw data" [
        testCase "Targets of some hundreds have the saddle point of the cubic" (fun () ->
            // The root of dS/dlog Qbar, found by bracketing.
            let posterior =
                solveIn Theory.proportional (Network.dense Activation.erf [ 10 ]) 0.01 two
                |> Result.orFail

            Expect.withinPercent 1e-4 (posterior.OrderParameters[0]) 197.8547 "order parameters"
            Expect.withinPercent 1e-2 ((Posterior.score test posterior).Loss) 97.909 "loss")

        testTheory
            "The integral over the scale follows the curvature at the saddle"
            [ 10, 1.0; 10, 100.0; 1000, 1.0; 3, 1e-3 ]
            (fun (n, scale) ->
                let network = Network.dense Activation.erf [ n ]
                let data = Problem.scaleTargets scale two

                let mixture = ScaleMixture.solve network 0.01 (Study data) |> Result.orFail

                Expect.within 1e-8 mixture.LogEvidence (logEvidence n 0.01 data network) "log evidence")

        testCase "An error bar of raw targets is a number" (fun () ->
            for theory in [ Theory.proportional; Theory.wishart; Theory.nonOdd ] do
                for temperature in [ 0.0; 0.01 ] do
                    let posterior =
                        solveIn theory (Network.dense Activation.erf [ 10 ]) temperature two
                        |> Result.orFail

                    let assessment = Assessment.evaluate test posterior

                    match assessment.ErrorBar with
                    | Ok bar -> Expect.isTrue (Double.IsFinite bar) "is finite"
                    | Error reason -> Expect.stringContains reason.Message "do not scale one kernel" "message"

                    Expect.isTrue (Result.isOk assessment.Criterion) "is ok")

        testCase "Targets of every size have their saddle point" (fun () ->
            let network = Network.dense Activation.erf [ 50 ]

            for exponent in [ -140; -40; -8; 0; 1; 2; 3; 5; 10; 40; 100; 140 ] do
                let data = four (Math.Pow(10.0, float exponent))
                let posterior = solveIn Theory.proportional network 0.0 data |> Result.orFail

                let r = Spectrum.quadraticForm 1.0 (kernel data network) / 4.0

                Expect.within
                    1e-9
                    (posterior.OrderParameters[0] / SaddlePoint.zeroTemperature (4.0 / 50.0) r)
                    1.0
                    $"targets of 1e{exponent}"

                // Noise is nothing beside large targets.
                if exponent >= 1 then
                    let noisy = solveIn Theory.proportional network 0.01 data |> Result.orFail
                    Expect.within 1e-2 (noisy.OrderParameters[0] / posterior.OrderParameters[0]) 1.0 "order parameters")

        testCase "Nested kernels follow large targets" (fun () ->
            // Only the last layer's scale can follow: K_2 is bounded in Qbar_1.
            for scale in [ 1e-4; 1.0; 10.0; 1e10 ] do
                for temperature in [ 0.0; 0.01 ] do
                    let posterior =
                        solveIn Theory.proportional (Network.dense Activation.erf [ 50; 50 ]) temperature (four scale)
                        |> Result.orFail

                    let gradient = posterior.EffectiveAction.Gradient posterior.OrderParameters
                    let sizes = posterior.EffectiveAction.Sizes posterior.OrderParameters

                    for l in 0..1 do
                        Expect.isLessThan (abs gradient[l] * posterior.OrderParameters[l] / sizes[l]) 1e-9 "gradient")

        testCase "Layers of very different widths are solved alike" (fun () ->
            for widths in [ [ 1; 1000000 ]; [ 1000000; 1 ]; [ 5; 1000000; 5 ] ] do
                for theory in [ Theory.proportional; Theory.wishart ] do
                    let posterior =
                        solveIn theory (Network.dense Activation.erf widths) 0.1 two |> Result.orFail

                    Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-9 "residual")

        testCase "Zero targets at T = 0 and P = N have no saddle point" (fun () ->
            // dS/dQbar = 1 everywhere.
            let zero = data [ [ 1.0; 0.0 ]; [ 0.0; 1.0 ] ] [ 0.0; 0.0 ]

            for theory in [ Theory.proportional; Theory.wishart ] do
                match solveIn theory (Network.dense Activation.erf [ 2 ]) 0.0 zero |> sentence with
                | NoSaddle _ -> ()
                | other -> failtest $"{other}")

        testCase "Wide deep mixtures settle" (fun () ->
            let split = four 1e-4

            for widths in
                [
                    [ 1000000000; 1000000000 ]
                    [ 100000000; 1000000000 ]
                    [ 100000000; 100000000; 100000000 ]
                ] do
                let network = Network.dense Activation.erf widths
                let mixture = ScaleMixture.solve network 0.1 (Study split) |> Result.orFail
                let infinite = solveIn Theory.infiniteWidth network 0.1 split |> Result.orFail
                Expect.within 1e-3 mixture.LogEvidence (Posterior.logEvidence infinite) "log evidence"
                Expect.within 1e-3 mixture.MeanScale 1.0 "mean scale")

        testTheory
            "T that is lost in the rounding of repeated inputs is refused"
            [ 1e-16; 1e-15; 1e-14 ]
            (fun temperature ->
                let study = Study repeated
                let relu = Network.dense Activation.relu [ 30 ]
                let deep = Network.dense Activation.erf [ 30; 30 ]

                let refusals =
                    [
                        for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart; Theory.nonOdd ] do
                            for network in [ relu; deep ] do
                                yield Posterior.solve theory network temperature study |> sentence
                        yield ScaleMixture.solve relu temperature study |> sentence
                        yield StudentT.solve 30.0 relu temperature study |> sentence
                        yield SeveralOutputs.solve relu temperature study |> sentence
                    ]

                for failure in refusals do
                    Expect.stringContains failure.Message "lost in the rounding" "message"
                    Expect.stringLacks failure.Message "T = 0" "message")

        testCase "Repeated inputs at small T are solved" (fun () ->
            // Opposite targets at one input: the mean is 0 and the loss 1.
            for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart ] do
                for network, temperature in
                    [
                        Network.dense Activation.relu [ 30 ], 1e-10
                        Network.dense Activation.erf [ 30 ], 1e-10
                        Network.dense Activation.erf [ 30; 30 ], 1e-5
                    ] do
                    let posterior = solveIn theory network temperature repeated |> Result.orFail
                    Expect.within 1e-4 ((Posterior.score repeated posterior).Bias) 1.0 "bias")

        testCase "Identical rows at T = 0 are named by their rank, soon" (fun () ->
            let rows = data (List.replicate 6 [ 0.3; -1.0 ]) [ 1.0; 2.0; 0.5; -1.0; 0.2; 0.1 ]
            let study = Study rows
            let clock = Diagnostics.Stopwatch.StartNew()

            let refusals =
                [
                    for activation in [ Activation.silu; Activation.tanh; Activation.erf; Activation.gelu ] do
                        let network = Network.dense activation [ 20; 20; 20; 20 ]

                        for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart; Theory.nonOdd ] do
                            yield Posterior.solve theory network 0.0 study |> sentence

                        yield ScaleMixture.solve network 0.0 study |> sentence
                        yield StudentT.solve 30.0 network 0.0 study |> sentence
                        yield SeveralOutputs.solve network 0.0 study |> sentence
                ]

            for failure in refusals do
                Expect.equal failure (SingularKernel(1, 6)) "failure"

            Expect.isLessThan clock.Elapsed.TotalSeconds 20.0 "total seconds")

        testCase "What doubles cannot hold is said in a sentence" (fun () ->
            let rows = [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ -1.0; 1.0 ] ]
            let huge = data rows [ 1e150; -1e150; 1e150 ]
            let usual = data rows [ 1.0; -1.0; 0.5 ]
            let erf = Network.dense Activation.erf [ 20 ]

            let isNumberOrSentence (result: Result<float, Failure>) =
                match result with
                | Ok value -> Expect.isTrue (Double.IsFinite value) "is finite"
                | Error _ -> result |> sentence |> ignore

            let attempt score =
                try
                    Ok(score ())
                with FailureException failure ->
                    Error failure

            for temperature in [ 0.0; 1e-10; 0.1 ] do
                for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart; Theory.nonOdd ] do
                    solveIn theory erf temperature huge
                    |> Result.bind (fun posterior -> attempt (fun () -> (Posterior.score usual posterior).Loss))
                    |> isNumberOrSentence

                StudentT.solve 30.0 erf temperature (Study huge)
                |> Result.bind (fun posterior -> attempt (fun () -> (StudentT.score usual posterior).Loss))
                |> isNumberOrSentence

                ScaleMixture.solve erf temperature (Study huge)
                |> Result.map _.LogEvidence
                |> isNumberOrSentence

            // exp twice over.
            let steep =
                Network.dense Activation.exp [ 3; 3 ]
                |> Network.withPriors [ 0.005; 0.005; 0.005 ]

            for theory in [ Theory.infiniteWidth; Theory.proportional; Theory.wishart; Theory.nonOdd ] do
                solveIn theory steep 0.1 usual
                |> Result.map (fun posterior -> posterior.SaddlePoint.Chosen.Action)
                |> isNumberOrSentence)

        testCase "Targets whose squares vanish are zero targets" (fun () ->
            let rows = [ [ 1.0; 2.0 ]; [ 0.5; -1.0 ]; [ -1.0; 1.0 ] ]
            let erf = Network.dense Activation.erf [ 20 ]

            let zero =
                solveIn Theory.proportional erf 0.1 (data rows [ 0.0; 0.0; 0.0 ])
                |> Result.orFail

            for size in [ 1e-149; 1e-170; 1e-300; 5e-324 ] do
                let tiny =
                    solveIn Theory.proportional erf 0.1 (data rows [ size; -size; size ])
                    |> Result.orFail

                Expect.within 1e-12 (tiny.OrderParameters[0]) (zero.OrderParameters[0]) "order parameters"
                Expect.isTrue (Double.IsFinite (Posterior.predict test.Inputs tiny).Mean[0, 0]) "is finite")
    ]
