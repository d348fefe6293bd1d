/// Bad input to the systems beyond the proportional theory: one sentence each that says what is wrong and what would be right. Small or
/// degenerate input that is not bad is solved.
module FiniteWidth.Tests.BadInputTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

/// A system on a training set with D = 1 at temperature T: its failure's sentence, or the largest relative residual.
type Solver = DataSet -> float -> Result<float, Failure>

let private residual (point: StationaryPoint) = point.Residual

let private ofMatrix (saddlePoint: MatrixSaddlePoint) = saddlePoint.Chosen.Residual

let private dense activation = Network.dense activation [ 5 ]

let private nonOdd depth : Solver =
    fun data temperature ->
        Posterior.solve Theory.nonOdd (Network.dense Activation.relu (List.replicate depth 5)) temperature (Study data)
        |> Result.map (fun posterior -> residual posterior.SaddlePoint.Chosen)

let private residualNetwork activation : Solver =
    fun data temperature ->
        Posterior.solve Theory.proportional (Network.residual activation [ 5; 7 ]) temperature (Study data)
        |> Result.map (fun posterior -> residual posterior.SaddlePoint.Chosen)

let private mixture: Solver =
    fun data temperature ->
        ScaleMixture.solve (dense Activation.erf) temperature (Study data)
        |> Result.map (fun mixture -> residual mixture.Saddle.SaddlePoint.Chosen)

let private severalOutputs: Solver =
    fun data temperature ->
        let targets =
            Matrix.Create(data.Targets.Rows, 2n, fun i d -> data.Targets[i, 0n] * float (d + 1n))

        DataSet.create data.Inputs targets
        |> Result.bind (fun data -> SeveralOutputs.solve (dense Activation.erf) temperature (Study data))
        |> Result.map (fun posterior -> ofMatrix posterior.SaddlePoint)

let private layer activation pooling =
    ConvolutionalNetwork.create activation 5 (struct (1.0, 1.0)) { Height = 2; Width = 4; Channels = 1 } 2 2 pooling
    |> Result.orFail

let private convolution pooling : Solver =
    fun data temperature ->
        Convolution.solve (layer Activation.erf pooling) temperature (ConvolutionStudy data)
        |> Result.map (fun posterior -> ofMatrix posterior.SaddlePoint)

let private transfer: Solver =
    fun data temperature ->
        CoupledNetworks.create (dense Activation.erf) 1.0
        |> Result.bind (fun networks -> Transfer.solve networks temperature { First = data; Second = data })
        |> Result.map (fun posterior -> ofMatrix posterior.SaddlePoint)

let private systems: (string * Solver) list =
    [
        "non-odd", nonOdd 1
        "deep non-odd", nonOdd 2
        "residual network", residualNetwork Activation.erf
        "mixture", mixture
        "several outputs", severalOutputs
        "convolution", convolution Pooling.None
        "average pooling", convolution Pooling.Average
        "transfer", transfer
    ]

let private solvers = [ for name, solve in systems -> name, solve ]

let private data (rows: float list list) targets =
    DataSet.ofArrays (array2D rows) (Array.ofList targets) |> Result.orFail

/// Eight features, as a 2 x 4 image has.
let private row seed =
    List.ofArray ((gaussian (RandomStream.FromSeed(uint64 seed)) 1 8).Row(0n).ToArray())

let private message result =
    match result with
    | Ok value ->
        failtest $"A failure was expected, and it was solved: {value}."
        ""
    | Error(failure: Failure) ->
        // One sentence: no line breaks, a full stop at the end.
        Expect.isMatch failure.Message @"\A[^\r\n]+\.\z" "message"
        failure.Message

let private assertSolved what (result: Result<float, Failure>) =
    match result with
    | Ok residual -> Expect.isLessThan residual 1e-10 (what: string)
    | Error(failure: Failure) -> failtest $"{what}: {failure.Message}"

let tests =
    testList "Bad input" [
        testCases "A temperature that is none is refused" solvers (fun solve ->
            let sound = data [ row 1; row 2; row 3 ] [ 1.0; -1.0; 0.5 ]

            for temperature in [ -0.1; nan; infinity; -infinity ] do
                Expect.stringContains
                    (solve sound temperature |> message)
                    "it is zero or positive, and finite"
                    "message")

        testCases
            "One example, equal examples, constant pixels and zero targets are solved at T > 0"
            solvers
            (fun solve ->
                let constant k x =
                    List.mapi (fun i v -> if i < k then 0.0 else v) x

                for what, examples in
                    [
                        "one example", data [ row 1 ] [ 1.0 ]
                        "equal examples", data [ row 1; row 1; row 2 ] [ 1.0; -1.0; 0.5 ]
                        "a constant half of the pixels", data [ constant 4 (row 1); constant 4 (row 2) ] [ 1.0; -1.0 ]
                        "an image of zeros", data [ constant 8 (row 1); row 2 ] [ 1.0; -1.0 ]
                        "targets of zero", data [ row 1; row 2 ] [ 0.0; 0.0 ]
                    ] do
                    assertSolved what (solve examples 0.1))

        testCases "Equal examples at T = 0 are refused with the rank of their kernel" solvers (fun solve ->
            let twice = data [ row 1; row 1; row 2 ] [ 1.0; 1.0; -1.0 ]
            let sentence = solve twice 0.0 |> message
            Expect.stringContains sentence "T = 0 needs its inverse: use T > 0" "sentence"
            Expect.isMatch sentence @"rank \d+" "sentence")

        testCases "Inputs beyond what doubles can hold are refused" solvers (fun solve ->
            let huge = data [ List.replicate 8 1e149; List.replicate 8 -1e149 ] [ 1.0; -1.0 ]

            match solve huge 0.1 with
            | Ok residual -> Expect.isLessThan residual 1e-10 "residual"
            | result -> Expect.stringContains (message result) "rescale the inputs" "message")

        testTheory
            "A value that is not finite is no data set, which every system needs"
            [ Double.NaN; Double.PositiveInfinity ]
            (fun value ->
                let inputs, targets = Matrix.Zeros(2n, 8n), Matrix.Zeros(2n, 1n)
                inputs[1n, 3n] <- value

                Expect.stringContains
                    (DataSet.create inputs targets |> message)
                    $"Input 1 (counted from 0) has the value {value} in feature 3: every value must be finite"
                    "message"

                inputs[1n, 3n] <- 0.0
                targets[0n, 0n] <- value

                Expect.stringContains
                    (DataSet.create inputs targets |> message)
                    $"Target 0 (counted from 0) has the value {value}"
                    "message")

        testCase "No outputs, no examples and unequal counts are no data set" (fun () ->
            let shape rows columns = Matrix.Zeros(rows, columns)

            Expect.stringContains
                (DataSet.create (shape 2n 8n) (shape 2n 0n) |> message)
                "neither may be empty"
                "message"

            Expect.stringContains
                (DataSet.create (shape 0n 8n) (shape 0n 1n) |> message)
                "neither may be empty"
                "message"

            Expect.stringContains
                (DataSet.create (shape 3n 8n) (shape 2n 1n) |> message)
                "each input needs one target"
                "message")

        testCase "What describes one output refuses two, and says so" (fun () ->
            let two =
                DataSet.create (gaussian (RandomStream.FromSeed 1UL) 4 8) (gaussian (RandomStream.FromSeed 2UL) 4 2)
                |> Result.orFail

            let study = Study two
            let one = dataSet 1 4 8

            let sentences =
                [
                    Posterior.solve Theory.nonOdd (dense Activation.relu) 0.1 study |> message
                    Posterior.solve Theory.proportional (Network.residual Activation.erf [ 5 ]) 0.1 study
                    |> message
                    ScaleMixture.solve (dense Activation.erf) 0.1 study |> message
                    Convolution.solve (layer Activation.erf Pooling.None) 0.1 (ConvolutionStudy two)
                    |> message
                    Transfer.solve
                        (CoupledNetworks.create (dense Activation.erf) 1.0 |> Result.orFail)
                        0.1
                        { First = one; Second = two }
                    |> message
                ]

            for sentence in sentences do
                Expect.stringContains sentence "describes one output" "sentence")

        testCase "Test inputs of another size are refused when they are predicted" (fun () ->
            let train = dataSet 1 4 8
            let wrong = gaussian (RandomStream.FromSeed 3UL) 2 7
            let study = Study train

            let predictions: (unit -> unit) list =
                [
                    fun () ->
                        let posterior =
                            Posterior.solve Theory.nonOdd (dense Activation.relu) 0.1 study |> Result.orFail

                        Posterior.predict wrong posterior |> ignore
                    fun () ->
                        let mixture = ScaleMixture.solve (dense Activation.erf) 0.1 study |> Result.orFail
                        ScaleMixture.predict wrong mixture |> ignore
                    fun () ->
                        let posterior =
                            SeveralOutputs.solve (dense Activation.erf) 0.1 study |> Result.orFail

                        SeveralOutputs.predict wrong posterior |> ignore
                    fun () ->
                        let posterior =
                            Convolution.solve (layer Activation.erf Pooling.None) 0.1 (ConvolutionStudy train)
                            |> Result.orFail

                        Convolution.predict wrong posterior |> ignore
                    fun () ->
                        let posterior =
                            CoupledNetworks.create (dense Activation.erf) 1.0
                            |> Result.bind (fun networks ->
                                Transfer.solve networks 0.1 { First = train; Second = train })
                            |> Result.orFail

                        Transfer.predictSecond wrong posterior |> ignore
                ]

            for predict in predictions do
                Expect.throwsSaying<FailureException> predict "7 features" "test inputs of another size")
    ]
