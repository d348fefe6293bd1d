/// The evidence's gradient and its maximum: against differences of re-solved saddles, differentiation, closed forms and draws.
module FiniteWidth.Tests.EvidenceTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Differentiation
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private theories =
    [
        "infinite width", Activation.erf, 2, Theory.infiniteWidth, None
        "erf, one layer", Activation.erf, 1, Theory.proportional, None
        "deep erf with biases", Activation.erf, 2, Theory.proportional, Some 2.0
        "deep ReLU: O(P)", Activation.relu, 3, Theory.proportional, None
        "deep ReLU with biases", Activation.relu, 2, Theory.proportional, Some 0.7
        "deep erf, Wishart", Activation.erf, 2, Theory.wishart, Some 1.5
        "deep tanh: a Hermite series", Activation.tanh, 2, Theory.proportional, None
        "non-odd ReLU, one layer: O(P)", Activation.relu, 1, Theory.nonOdd, None
        "non-odd cos with a bias", Activation.cos, 1, Theory.nonOdd, Some 1.5
        "non-odd, deep ReLU", Activation.relu, 2, Theory.nonOdd, None
    ]

let private cases =
    [
        for label, activation, depth, theory, bias in theories -> label, (activation, depth, theory, bias)
    ]

let private temperature = 0.1

let private networkOf (activation: Activation) depth bias seed =
    // Widths of two or three may have no non-odd saddle.
    let network =
        network activation depth seed
        |> Network.withWidths [ for l in 1..depth -> 10 * l + seed ]

    match bias with
    | Some precision -> Network.withBias precision network
    | None -> network

let private gradientOf hyperparameters posterior =
    Evidence.gradient hyperparameters posterior |> Result.orFail

/// The posterior after one hyperparameter is multiplied by e^step.
let private moved theory network data (hyperparameter: Hyperparameter) step =
    let value = Hyperparameter.tryValue network temperature hyperparameter |> Option.get

    let network, temperature =
        Hyperparameter.set (network, temperature) hyperparameter (value * exp step)
        |> Result.orFail

    solve theory network temperature data

let private fit theory hyperparameters network temperature data =
    Evidence.fit theory hyperparameters network temperature (Study data)
    |> Result.orFail

let private refusals: (string * Hyperparameter list * float * string) list =
    [
        "T = 0", [ Hyperparameter.Temperature ], 0.0, "starts at 0"
        "a name given twice", [ Hyperparameter.Prior 0; Hyperparameter.Prior 0 ], 0.1, "2 times"
        "a layer that does not exist", [ Hyperparameter.Prior 5 ], 0.1, "lambda_5"
        "a bias that does not exist", [ Hyperparameter.BiasPrior 1 ], 0.1, "lambda_b,1"
        "a temperature below zero", [ Hyperparameter.Prior 0 ], -1.0, "temperature"
    ]

let private refusalCases =
    [
        for label, hyperparameters, temperature, fragment in refusals -> label, (hyperparameters, temperature, fragment)
    ]

let tests =
    testList "Evidence" [
        testCases
            "The gradient of the evidence is the differences of re-solved evidences"
            cases
            (fun (activation, depth, theory, bias) ->
                for seed in 1..3 do
                    let data = dataSet seed 12 6
                    let network = networkOf activation depth bias seed
                    let all = Hyperparameter.all network
                    let gradient = solve theory network temperature data |> gradientOf all

                    for hyperparameter, slope in Seq.zip all gradient do
                        let value = Hyperparameter.tryValue network temperature hyperparameter |> Option.get

                        let evidence step =
                            moved theory network data hyperparameter step |> Posterior.logEvidence

                        // Fourth-order differences in log h: error h^4 against rounding 1e-13/h, or 1e-9/h with a kernel by series.
                        let h = 1e-2

                        let centred k =
                            (evidence (k * h) - evidence (-k * h)) / (2.0 * k * h)

                        let expected = (4.0 * centred 1.0 - centred 2.0) / 3.0
                        Expect.within (1e-6 * float data.Count) (slope * value) expected (string hyperparameter))

        testCases
            "The gradient of the evidence is that of the plain model"
            cases
            (fun (activation, depth, theory, bias) ->
                for seed in 4..5 do
                    let data = dataSet seed 9 6
                    let drawn = networkOf activation depth bias seed
                    // The 128 terms of the plain series of tanh have converged, derivatives included, where variances are about 1/3.
                    let network = Network.withPriors (3.0 :: drawn.Priors.Tail) drawn
                    let all = Hyperparameter.all network
                    let posterior = solve theory network temperature data
                    let gram = DM (Study data).Gram
                    let y = DV(DataSet.target 0 data)
                    let symbols = posterior.Model.OrderParameters

                    // log p at fixed order parameters, hyperparameters from first to last: -(N_L/2) Entropy - (1/2) [ log det A + y^T A^(-1) y ].
                    let logEvidence (h: DV) : D =
                        let value symbol =
                            match List.tryFindIndex ((=) symbol) symbols, symbol with
                            | Some i, _ -> D posterior.OrderParameters[i]
                            | None, Symbol.Prior l -> h[List.findIndex ((=) (Hyperparameter.Prior l)) all]
                            | None, Symbol.BiasPrior l -> h[List.findIndex ((=) (Hyperparameter.BiasPrior l)) all]
                            | None, other -> D(Network.tryValue other network |> Option.get)

                        let a =
                            DifferentiableModel.kernel value gram posterior.Model.Kernel
                            |> DM.addIdentity h[all.Length - 1]
                            |> Spd.factor

                        let n = float (List.last network.Widths)

                        -0.5
                        * (n * DifferentiableModel.scalar value posterior.Model.Entropy
                           + Spd.logDet a
                           + Spd.quadratic y a)

                    let h =
                        [|
                            for hyperparameter in all ->
                                Hyperparameter.tryValue network temperature hyperparameter |> Option.get
                        |]

                    let expected = grad logEvidence (DV h) |> DV.toArray

                    for actual, expected in Seq.zip (gradientOf all posterior) expected do
                        // The accuracy of the series of tanh, 1e-8 of the kernel, magnified by A^(-1) ~ 1/T = 10.
                        Expect.within (1e-7 * float data.Count + 1e-7 * abs expected) actual expected "value")

        testCase "The temperature's derivative at T = 0 is the limit of small T" (fun () ->
            let data = dataSet 3 8 20
            let network = Network.dense Activation.erf [ 15 ]

            let slope t =
                solve Theory.proportional network t data
                |> gradientOf [ Hyperparameter.Temperature ]
                |> Array.head

            // The kernel's eigenvalues are above 0.1: a relative change of 1e-7.
            Expect.within (1e-6 * abs (slope 0.0)) (slope 1e-8) (slope 0.0) "slope")

        testCase "A hyperparameter that the network has not is named with those that it has" (fun () ->
            let data = dataSet 1 6 4

            let posterior =
                solve Theory.proportional (Network.dense Activation.erf [ 9 ]) 0.1 data

            match Evidence.gradient [ Hyperparameter.BiasPrior 1 ] posterior with
            | Ok _ -> failtest "A bias that does not exist was differentiated."
            | Error failure ->
                Expect.stringContains failure.Message "lambda_b,1" "message"
                Expect.stringContains failure.Message "lambda_0, lambda_1, T" "message")

        testPropertyWithConfig
            (maxTest 15)
            "At T = 0 the fitted readout prior has r = 1: lambda_1 = P/(y^T K^-1 y) at lambda_1 = 1"
            (fun (seed: PositiveInt) ->
                let data = dataSet seed.Get 8 30
                let network = Network.dense Activation.erf [ 20 ]
                let fitted = fit Theory.infiniteWidth [ Hyperparameter.Prior 1 ] network 0.0 data

                let r = (Criterion.evaluate data (solve Theory.infiniteWidth network 0.0 data)).R
                // The gradient is (P/2)(1 - r lambda): converged to 1e-7 of P/2.
                fitted.End = SearchEnd.Converged && abs (fitted.Values.Head * r - 1.0) < 1e-6)

        testPropertyWithConfig
            (maxTest 15)
            "Where the readout prior is fitted the last Qbar is 1, and every width has the evidence of infinite width"
            (fun (seed: PositiveInt) ->
                // lambda_L only enters as Qbar_L/lambda_L: the data's term is stationary in it, hence so is the entropy in Qbar_L.
                let data = dataSet seed.Get 15 6

                [ Activation.erf, 1; Activation.relu, 1; Activation.erf, 2 ]
                |> List.forall (fun (activation, depth) ->
                    let network = network activation depth seed.Get |> Network.withWidth 40
                    let readout = [ Hyperparameter.Prior depth ]
                    let finite = fit Theory.proportional readout network 0.2 data

                    let last = finite.Optimum.OrderParameters[finite.Optimum.OrderParameters.Length - 1]

                    let atBound = not finite.Remarks.IsEmpty

                    // A gradient of 1e-7 P/2 is one of 1e-7 P/N = 4e-8 for Qbar - 1; at depth the first Qbar is not 1.
                    let infiniteToo () =
                        depth > 1
                        || (let infinite = fit Theory.infiniteWidth readout network 0.2 data

                            abs (infinite.LogEvidence - finite.LogEvidence) < 1e-6
                            && abs (infinite.Values.Head / finite.Values.Head - 1.0) < 1e-3)

                    atBound
                    || (finite.End = SearchEnd.Converged && abs (last - 1.0) < 1e-6 && infiniteToo ())))

        testCase "No point of a grid has more evidence than the fit" (fun () ->
            let data =
                (LinearTeacher.generate
                    {
                        Inputs = 8
                        Train = 30
                        Test = 2
                        Noise = 0.5
                        Seed = 5UL
                    }
                 |> Result.orFail)
                    .Train

            let network = Network.dense Activation.erf [ 12 ]
            let hyperparameters = [ Hyperparameter.Prior 0; Hyperparameter.Temperature ]
            let fitted = fit Theory.proportional hyperparameters network 0.5 data
            Expect.equal fitted.End SearchEnd.Converged "end"
            Expect.isGreaterThanOrEqual fitted.LogEvidence fitted.StartLogEvidence "log evidence"

            for i in -4 .. 4 do
                for j in -4 .. 4 do
                    let at k = exp (0.5 * float k)

                    let evidence =
                        solve
                            Theory.proportional
                            (Network.withPriors [ fitted.Values[0] * at i; 1.0 ] network)
                            (fitted.Values[1] * at j)
                            data
                        |> Posterior.logEvidence

                    Expect.isLessThanOrEqual evidence (fitted.LogEvidence + 1e-9) "evidence")

        testCase "The fitted temperature of noisy linear teachers is their noise" (fun () ->
            // A linear network, P = 150 examples of 10 features: of the residual's variance noise^2 a fit knows (2/(P - N0))^(1/2).
            let noise = 0.3

            let ratios =
                [
                    for seed in 1UL .. 20UL do
                        let split =
                            LinearTeacher.generate
                                {
                                    Inputs = 10
                                    Train = 150
                                    Test = 2
                                    Noise = noise
                                    Seed = seed
                                }
                            |> Result.orFail

                        let network = Network.dense Activation.linear [ 50 ]

                        let fitted =
                            fit
                                Theory.proportional
                                [ Hyperparameter.Prior 0; Hyperparameter.Temperature ]
                                network
                                1.0
                                split.Train

                        Expect.equal fitted.End SearchEnd.Converged "end"
                        fitted.Values[1] / (noise * noise)
                ]

            let deviation = sqrt (2.0 / 140.0 / float ratios.Length)
            let z = (List.average ratios - 1.0) / deviation
            // Twenty teachers with fixed seeds: 3.5 standard errors happen once in two thousand choices of seeds.
            Expect.isLessThan (abs z) 3.5 "abs")

        testCase "Targets without noise take T to the end of its range, and a sentence says so" (fun () ->
            let split =
                LinearTeacher.generate
                    {
                        Inputs = 6
                        Train = 30
                        Test = 2
                        Noise = 0.0
                        Seed = 3UL
                    }
                |> Result.orFail

            let network = Network.dense Activation.linear [ 20 ]

            let fitted =
                fit Theory.proportional [ Hyperparameter.Temperature ] network 0.1 split.Train

            Expect.within 1e-13 fitted.Values.Head 1e-7 "head of values"
            Expect.equal fitted.Remarks.Length 1 "length of remarks"
            Expect.stringContains fitted.Remarks.Head.Sentence "no noise" "sentence")

        testCase "A bias that the targets do not need runs away, and a sentence says so" (fun () ->
            // Targets odd in their inputs, each example with its mirror image.
            let half = dataSet 2 10 5
            let mirrored = scaleTargets -1.0 half

            let rows (sign: float) (m: Numerics.Matrix) =
                Array2D.map (fun x -> sign * x) (m.ToArray())

            let both (a: float[,]) (b: float[,]) =
                Array2D.init 20 (Array2D.length2 a) (fun i j -> if i < 10 then a[i, j] else b[i - 10, j])

            let data =
                DataSet.FromArrays(
                    both (rows 1.0 half.Inputs) (rows -1.0 half.Inputs),
                    both (rows 1.0 half.Targets) (rows 1.0 mirrored.Targets)
                )

            let network = Network.dense Activation.linear [ 20 ] |> Network.withBias 1.0
            let fitted = fit Theory.proportional [ Hyperparameter.BiasPrior 1 ] network 0.5 data
            Expect.isGreaterThan fitted.Values.Head 100.0 "head of values"
            Expect.equal fitted.Remarks.Length 1 "length of remarks"
            Expect.stringStarts fitted.Remarks.Head.Sentence "lambda_b,1" "sentence")

        testCase "The choice among networks is the one of largest evidence, fitted or not" (fun () ->
            let data = dataSet 7 15 6

            let candidates =
                [ [ 5 ]; [ 50 ]; [ 20; 40 ] ] |> List.map (Network.dense Activation.erf)

            for hyperparameters in [ (fun _ -> []); (fun _ -> [ Hyperparameter.Temperature ]) ] do
                let choice =
                    Evidence.choose Theory.proportional hyperparameters candidates 0.3 (Study data)
                    |> Result.orFail

                Expect.equal choice.Fits.Length 3 "length of fits"
                Expect.equal choice.Best.LogEvidence (choice.Fits |> List.map _.LogEvidence |> List.max) "log evidence"

                for candidate, fitted in List.zip candidates choice.Fits do
                    Expect.isTrue (fitted.Optimum.Network.Widths = candidate.Widths) "widths"

                    Expect.equal
                        fitted.LogEvidence
                        (solve Theory.proportional candidate fitted.Optimum.Temperature data
                         |> Posterior.logEvidence)
                        "log evidence")

        testCases "A fit refuses in one sentence" refusalCases (fun (hyperparameters, temperature, fragment) ->
            match
                Evidence.fit
                    Theory.proportional
                    hyperparameters
                    (Network.dense Activation.erf [ 9 ])
                    temperature
                    (Study(dataSet 1 6 4))
            with
            | Ok _ -> failtest "The fit was not refused."
            | Error failure -> Expect.stringContains failure.Message fragment "message")
    ]
