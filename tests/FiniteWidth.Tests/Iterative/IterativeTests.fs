/// The iterative solver against the direct one, within its own errors; its errors against what they should be.
module FiniteWidth.Tests.IterativeTests

open System
open System.IO
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private examples, private features = 330, 10

let private train seed = dataSet seed examples features
let private test seed = dataSet (seed + 1000) 7 features

// Few vectors, so that the space is far from holding all of a small kernel.
let private settings =
    { IterativeSettings.standard with
        Probes = 8
        MostProbes = 16
    }

let private study settings (test: DataSet) train =
    IterativeStudy.createWith settings test.Inputs train |> Result.orFail

let private solveBy settings theory network temperature (test: DataSet) train =
    Posterior.solve theory network temperature (study settings test train)
    |> Result.orFail

let private accuracy (posterior: Posterior) =
    Expect.isSome posterior.Accuracy "An iterative posterior has an accuracy"
    posterior.Accuracy.Value

let private outputs seed count =
    let data = train seed
    let stream = RandomStream.FromSeed(uint64 seed).Split 7L
    DataSet.create data.Inputs (gaussian stream examples count) |> Result.orFail

let private temporary () =
    Directory.CreateTempSubdirectory("finitewidth-iterative-").FullName

let private failing result =
    match result with
    | Ok _ -> failtest "It should be refused."
    | Error(failure: Failure) -> failure.Message

let tests =
    testList "Iterative" [
        testPropertyWithConfig
            (maxTest 8)
            "Order parameters, evidence and predictions agree with the direct solver within the stated errors"
            (fun (seed: PositiveInt) (choice: byte) ->
                let activation =
                    [ Activation.erf; Activation.relu; Activation.linear; Activation.sin ][int choice % 4]

                let network =
                    Network.dense activation [ int (between seed.Get 1 20.0 2000.0) ]
                    |> Network.withPriors [ between seed.Get 2 0.5 2.0; between seed.Get 3 0.3 3.0 ]

                let temperature = between seed.Get 4 0.01 1.0
                let train, test = train seed.Get, test seed.Get
                let direct = solve Theory.proportional network temperature train
                let iterative = solveBy settings Theory.proportional network temperature test train
                let error = accuracy iterative
                let q, q' = direct.OrderParameters[0], iterative.OrderParameters[0]

                Expect.within
                    (q
                     * (5.0 * error.OrderParameters[0] + error.OrderParameterGaps[0] + error.Rounding))
                    q'
                    q
                    "order parameter"

                Expect.within
                    (5.0 * error.LogEvidence
                     + error.LogEvidenceGap
                     + error.LogEvidenceRounding
                     + 0.01)
                    (Posterior.logEvidence iterative)
                    (Posterior.logEvidence direct)
                    "log evidence"

                let expected = Posterior.score test direct
                let score = Posterior.score test iterative
                let scoreError = (IterativeStudy.scoreError test iterative).Value

                let allowed part =
                    5.0 * part scoreError + 1e-5 * expected.Loss

                Expect.within (allowed _.Loss) score.Loss expected.Loss "loss"
                Expect.within (allowed _.Bias) score.Bias expected.Bias "bias"
                Expect.within (allowed _.Variance) score.Variance expected.Variance "variance")

        testCase "The evidence of a kernel that rounding has changed is within the stated errors"
        <| fun () ->
            // Of sin at a small T: -2136.586 as doubles have it, -2136.605 as single precision does.
            let seed = 25

            let network =
                Network.dense Activation.sin [ int (between seed 1 20.0 2000.0) ]
                |> Network.withPriors [ between seed 2 0.5 2.0; between seed 3 0.3 3.0 ]

            let temperature = between seed 4 0.01 1.0
            let train, test = train seed, test seed
            let iterative = solveBy settings Theory.proportional network temperature test train
            let error = accuracy iterative

            Expect.within
                (5.0 * error.LogEvidenceError)
                (Posterior.logEvidence iterative)
                (Posterior.logEvidence (solve Theory.proportional network temperature train))
                "log evidence"

            Expect.isLessThan error.LogEvidenceRounding 0.1 "and these say something"

        testCase "The stated standard error is the scatter of the order parameter over seeds"
        <| fun () ->
            let train, test = train 3, test 3
            let network = Network.dense Activation.erf [ 60 ]
            let exact = (solve Theory.proportional network 0.1 train).OrderParameters[0]

            let scores =
                [
                    for seed in 1UL .. 16UL ->
                        let posterior =
                            solveBy
                                { settings with
                                    Seed = seed
                                    MostProbes = 8
                                    MostVectors = 250
                                }
                                Theory.proportional
                                network
                                0.1
                                test
                                train

                        let error = (accuracy posterior).OrderParameters[0]
                        Expect.isGreaterThan error 1e-5 "Eight probes leave an error"
                        (posterior.OrderParameters[0] / exact - 1.0) / error
                ]

            let rms = sqrt (List.averageBy (fun z -> z * z) scores)
            // 16 values of Student-t with 7 degrees of freedom: 1.18 in the mean.
            Expect.isInRange rms 0.6 1.9 "root mean square of z-scores"

        testCase "More probes are drawn until the error of the order parameter is below the tolerance"
        <| fun () ->
            let train, test = train 3, test 3
            let network = Network.dense Activation.erf [ 60 ]

            let solved tolerance =
                solveBy
                    { settings with
                        Tolerance = tolerance
                        MostProbes = 4096
                        MostVectors = 325
                    }
                    Theory.proportional
                    network
                    0.1
                    test
                    train
                |> accuracy

            let coarse, fine = solved 0.2, solved 0.002
            Expect.equal coarse.Probes 8 "Eight suffice for a coarse answer"
            Expect.isGreaterThan fine.Probes 8 "A finer one takes more"
            Expect.isLessThanOrEqual fine.OrderParameters[0] 0.0008 "two standard errors below the tolerance"

        testCase "One Krylov space serves every width, readout prior and temperature"
        <| fun () ->
            let test = test 5
            let study = study { settings with MostProbes = 8 } test (train 5)

            let products =
                [
                    for width in [ 10; 100; 1000 ] do
                        for prior in [ 0.5; 2.0 ] do
                            for temperature in [ 0.1; 0.3 ] ->
                                let network =
                                    Network.dense Activation.erf [ width ] |> Network.withReadoutPrior prior

                                Posterior.solve Theory.proportional network temperature study
                                |> Result.orFail
                                |> accuracy
                                |> _.Products
                ]

            // Later questions may refine the space; asked again, none does.
            let again =
                Posterior.solve Theory.proportional (Network.dense Activation.erf [ 10 ]) 0.1 study
                |> Result.orFail
                |> accuracy

            Expect.equal again.Products (List.last products) "no product more"
            Expect.isLessThan again.Products (3 * examples) "products in all"

        testCase "Mixture, Student-t process, deep homogeneous networks and infinite width follow"
        <| fun () ->
            let train, test = train 6, test 6
            let direct, iterative = Study train, study settings test train
            let network = Network.dense Activation.relu [ 200; 200 ]

            for theory in [ Theory.infiniteWidth; Theory.wishart; Theory.proportional ] do
                let loss study =
                    (Posterior.solve theory network 0.2 study
                     |> Result.orFail
                     |> Posterior.score test)
                        .Loss

                Expect.withinPercent 0.5 (loss iterative) (loss direct) "loss"

            let mixture study =
                ScaleMixture.solve network 0.2 study |> Result.orFail |> ScaleMixture.score test

            Expect.withinPercent 0.5 (mixture iterative).Loss (mixture direct).Loss "mixture"

            let student study =
                StudentT.solve 30.0 network 0.2 study |> Result.orFail |> StudentT.score test

            Expect.withinPercent 0.5 (student iterative).Loss (student direct).Loss "Student-t"

        testCase "More test points than one block holds are predicted as well"
        <| fun () ->
            let train, test = train 8, dataSet 1008 150 features
            let network = Network.dense Activation.erf [ 100 ]

            let direct =
                solve Theory.proportional network 0.1 train |> Posterior.predict test.Inputs

            let iterative =
                solveBy settings Theory.proportional network 0.1 test train
                |> Posterior.predict test.Inputs

            Expect.allWithin 3e-3 (Seq.cast iterative.Mean) (Seq.cast<float> direct.Mean) "means"
            Expect.allWithin 3e-3 (Seq.cast iterative.Variance) (Seq.cast<float> direct.Variance) "variances"

        testCase
            "A run that was ended goes on from its checkpoint to the same bits, and a damaged file is computed anew"
        <| fun () ->
            let folder = temporary ()

            try
                let train, test = train 9, test 9
                let network = Network.dense Activation.erf [ 50 ]
                let loss (posterior: Posterior) = (Posterior.score test posterior).Loss

                let with' cancellation progress =
                    { settings with
                        Checkpoint = Some folder
                        Cancellation = cancellation
                        Progress = progress
                    }

                let solved settings =
                    solveBy settings Theory.proportional network 0.05 test train

                let whole =
                    solved
                        { with' CancellationToken.None ignore with
                            Checkpoint = None
                        }

                use source = new CancellationTokenSource()

                let stop progress =
                    match progress with
                    | IterativeProgress.Products(5, _, _) -> source.Cancel()
                    | _ -> ()

                Expect.throwsT<OperationCanceledException>
                    (fun () -> solved (with' source.Token stop) |> ignore)
                    "cancelled"

                let files () =
                    Directory.GetFiles(folder, "step-*.bin", SearchOption.AllDirectories)
                    |> Array.sort

                Expect.equal (files ()).Length 5 "a file a step"
                let mutable said = []

                let listen progress =
                    match progress with
                    | IterativeProgress.Stated sentence -> said <- sentence :: said
                    | _ -> ()

                let resumed = solved (with' CancellationToken.None listen)
                Expect.isTrue (said |> List.exists _.Contains("resumed")) "It says so"
                Expect.equal resumed.OrderParameters whole.OrderParameters "order parameters"
                Expect.equal (loss resumed) (loss whole) "loss"

                let damaged = (files ())[2]
                let bytes = File.ReadAllBytes damaged
                bytes[1000] <- bytes[1000] ^^^ 1uy
                File.WriteAllBytes(damaged, bytes)
                Expect.equal (solved (with' CancellationToken.None ignore) |> loss) (loss whole) "with a damaged file"

                // Another problem does not take these files for its own.
                let other =
                    solveBy (with' CancellationToken.None ignore) Theory.proportional network 0.05 test

                let fresh =
                    solveBy settings Theory.proportional network 0.05 test (train |> scaleTargets 2.0)

                Expect.equal (train |> scaleTargets 2.0 |> other |> loss) (loss fresh) "other targets"
            finally
                Directory.Delete(folder, true)

        testCase "A kernel in a file gives the same bits as one in memory"
        <| fun () ->
            let folder = temporary ()

            try
                let train, test = train 11, test 11
                let network = Network.dense Activation.erf [ 50 ]

                let loss settings =
                    (solveBy settings Theory.proportional network 0.1 test train
                     |> Posterior.score test)
                        .Loss

                let mutable where = ""

                let inFile =
                    loss
                        { settings with
                            KernelInFile = true
                            Scratch = Some folder
                            Progress =
                                function
                                | IterativeProgress.Stated sentence -> where <- where + sentence
                                | _ -> ()
                        }

                Expect.equal inFile (loss settings) "loss"
                Expect.stringContains where folder "It says where the kernel is"
            finally
                Directory.Delete(folder, true)

        testCase "What the iterative solver cannot do it refuses in one sentence"
        <| fun () ->
            let train, test = train 12, test 12
            let study = study settings test train

            let shallow, deep =
                Network.dense Activation.erf [ 50 ], Network.dense Activation.erf [ 50; 50 ]

            let refused theory network temperature =
                Posterior.solve theory network temperature study |> failing

            Expect.stringContains (refused Theory.proportional shallow 0.0) "T > 0" "zero temperature"
            Expect.stringContains (refused Theory.proportional deep 0.1) "solver \"direct\"" "layer by layer"

            Expect.stringContains
                (refused Theory.nonOdd (Network.dense Activation.relu [ 50 ]) 0.1)
                "solver \"direct\""
                "means"

            Expect.stringContains (refused Theory.proportional shallow 1e-9) "single precision" "lost temperature"

            Expect.throwsSaying<FailureException>
                (fun () ->
                    Posterior.solve Theory.proportional shallow 0.1 study
                    |> Result.orFail
                    |> Posterior.predict train.Inputs
                    |> ignore)
                "test inputs"
                "other inputs"

            Expect.stringContains
                (WidthExpansion.solve shallow 0.1 test study |> failing)
                "eigenvectors"
                "the exact first order"

            Expect.stringContains
                (IterativeStudy.createWith { settings with Probes = 1 } test.Inputs train
                 |> failing)
                "two of them"
                "one probe"

            Expect.stringContains (IterativeStudy.create (dataSet 1 3 4).Inputs train |> failing) "features" "features"

        testCase "An assessment keeps what the space gives and says why the rest is absent"
        <| fun () ->
            let train, test = train 13, test 13
            let network = Network.dense Activation.erf [ 50 ]
            let iterative = solveBy settings Theory.proportional network 0.1 test train
            let direct = solve Theory.proportional network 0.1 train

            let found, expected =
                Assessment.evaluate test iterative, Assessment.evaluate test direct

            let slope (assessment: Assessment) =
                (Result.orFail assessment.Criterion).Slope

            Expect.withinPercent 3.0 (slope found) (slope expected) "slope"
            Expect.withinPercent 5.0 (Result.orFail found.ErrorBar) (Result.orFail expected.ErrorBar) "error bar"
            Expect.stringContains (failing found.Expansion) "eigenvectors" "first order"
            Expect.isTrue (Double.IsNaN (Result.orFail found.Criterion).R) "r at T = 0 is not known"

        testCase
            "An order parameter that is a matrix is found to the tolerance in its norm, in as few probes as that takes"
        <| fun () ->
            let data = outputs 15 3

            // The same targets thrice but for a little: two eigenvalues are far below the third.
            let train =
                DataSet.create
                    data.Inputs
                    (Matrix.Create(
                        data.Targets.Rows,
                        3n,
                        (fun mu d -> data.Targets[mu, 0n] + 0.3 * data.Targets[mu, d])
                    ))
                |> Result.orFail

            let test =
                DataSet.create (test 15).Inputs (gaussian (RandomStream.FromSeed 6UL) 7 3)
                |> Result.orFail

            let mutable announced = []

            let tolerance = 0.001

            let study =
                study
                    { settings with
                        Tolerance = tolerance
                        MostProbes = 4096
                        MostVectors = 325
                        Progress =
                            function
                            | IterativeProgress.Stated sentence when sentence.StartsWith "Traces" ->
                                announced <- sentence :: announced
                            | _ -> ()
                    }
                    test
                    train

            let posterior =
                SeveralOutputs.solve (Network.dense Activation.erf [ 10 ]) 0.1 study
                |> Result.orFail

            let error = posterior.Accuracy.Value

            let eigenvalues =
                LinearAlgebra.Default.Eigenvalues(Matrix.FromArray posterior.OrderParameter)

            let largest = Array.max eigenvalues

            let inNorm =
                Array.map2 (fun q e -> q * e / largest) eigenvalues error.OrderParameters

            Expect.within 1e-12 error.Error (Array.max inNorm) "the error is that of the norm"
            Expect.isLessThanOrEqual error.Error (0.4 * tolerance) "it is below the tolerance"
            Expect.isGreaterThan (Array.max error.OrderParameters) (0.4 * tolerance) "not of every eigenvalue"
            Expect.hasLength announced 1 "the number of vectors is foreseen once"
            Expect.stringContains announced.Head $"about {error.Probes} random" "and said"

        testCase "Several outputs agree with the direct solver within the stated errors"
        <| fun () ->
            for outputCount, activation in [ 3, Activation.erf; 2, Activation.relu ] do
                let train = outputs 14 outputCount

                let test =
                    DataSet.create (test 14).Inputs (gaussian (RandomStream.FromSeed 5UL) 7 outputCount)
                    |> Result.orFail

                let network = Network.dense activation [ 80 ]
                let direct = SeveralOutputs.solve network 0.1 (Study train) |> Result.orFail

                let iterative =
                    SeveralOutputs.solve network 0.1 (study settings test train) |> Result.orFail

                let eigenvalues (posterior: SeveralOutputs) =
                    LinearAlgebra.Default.Eigenvalues(Matrix.FromArray posterior.OrderParameter)

                let error = iterative.Accuracy.Value

                for a, (found, expected) in Seq.indexed (Seq.zip (eigenvalues iterative) (eigenvalues direct)) do
                    Expect.within
                        (expected
                         * (5.0 * error.OrderParameters[a] + error.OrderParameterGaps[a] + error.Rounding))
                        found
                        expected
                        "eigenvalue of the order parameter"

                let score, expected =
                    SeveralOutputs.score test iterative, SeveralOutputs.score test direct

                let scoreError = (SeveralOutputs.scoreError test iterative).Value
                Expect.within (5.0 * scoreError.Loss) score.Loss expected.Loss "loss"
                Expect.isLessThan scoreError.Loss (0.01 * expected.Loss) "standard error of the loss"

                Expect.within
                    (5.0 * error.LogEvidence
                     + error.LogEvidenceGap
                     + error.LogEvidenceRounding
                     + 0.01)
                    (SeveralOutputs.logEvidence iterative)
                    (SeveralOutputs.logEvidence direct)
                    "log evidence"
    ]
