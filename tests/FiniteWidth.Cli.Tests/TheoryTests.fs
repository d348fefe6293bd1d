/// The registry of theories, and what the documentation says of it.
module FiniteWidth.Cli.Tests.TheoryTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

// The table under that heading of a page, without its head: what stands in the cells.
let private table heading (page: string) =
    File.ReadAllLines page
    |> Seq.skipWhile ((<>) heading)
    |> Seq.skipWhile (fun line -> not (line.StartsWith '|'))
    |> Seq.takeWhile (fun line -> line.StartsWith '|')
    |> Seq.map (fun line -> line.Trim('|').Split '|' |> Array.map _.Trim() |> List.ofArray)
    |> List.ofSeq

let private page = Path.Combine(__SOURCE_DIRECTORY__, "..", "..", "docs", "job.md")

// An archive whose targets are these, at inputs of 2 x 2 pixels.
let private data folder outputs (target: int -> int -> float) =
    let path = Path.Combine(folder, "data.npz")

    let targets count =
        doubles [ count; outputs ] [
            for mu in 0 .. count - 1 do
                for d in 0 .. outputs - 1 -> target mu d
        ]

    npz path [
        "x_train", doubles [ 8; 4 ] (digits 1 32)
        "y_train", targets 8
        "x_test", doubles [ 4; 4 ] (digits 2 16)
        "y_test", targets 4
    ]

    $"""{{"source": "npz", "path": "data.npz", "standardize": "scalar"}}"""

let private numbers folder outputs =
    data folder outputs (fun mu d -> 0.3 * float mu - float d * 0.5)

let private dense = """{"activation": "erf", "widths": [20]}"""

let private layer = """{"channels": 9, "patch": 1}, {"channels": 9, "patch": 2}"""

// What a column of the table is about: the keys of a job.
let private columns =
    [
        "one output", fun folder -> [ "data", numbers folder 1; "network", dense ]
        "several", fun folder -> [ "data", numbers folder 2; "network", dense ]
        "`residual`",
        fun folder ->
            [
                "data", numbers folder 1
                "network", """{"kind": "residual", "activation": "erf", "widths": [20, 20]}"""
            ]
        "`convolution`",
        fun folder ->
            [
                "data", numbers folder 1
                "network",
                """{"kind": "convolution", "activation": "erf", "widths": [9], "patch": 1, "image": [2, 2]}"""
            ]
        "`layers`",
        fun folder ->
            [
                "data", numbers folder 1
                "network", $"""{{"kind": "convolution", "activation": "erf", "layers": [{layer}], "image": [2, 2]}}"""
            ]
        "`transfer`",
        fun folder ->
            let source = numbers folder 1

            [
                "data", $"[{source}, {source}]"
                "network", """{"kind": "transfer", "activation": "erf", "widths": [20], "gamma": 0.5}"""
            ]
        "classes",
        fun folder ->
            [
                "data", data folder 1 (fun mu _ -> float (mu % 2))
                "network", dense
                "likelihood", """{"kind": "softmax"}"""
            ]
    ]

// What a theory needs in a job besides, for a quick answer.
let private own name =
    match name with
    | "ntk" -> []
    | "auto" -> [ "temperature", "0.1"; "seconds", "1" ]
    | "cavity" ->
        [
            "temperature", "0.1"
            "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seconds": 0.001}"""
        ]
    | "mean-field" ->
        [
            "scaling", """{"gamma": 0.5, "beta": 10}"""
            "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seconds": 0.001}"""
        ]
    | _ -> [ "temperature", "0.1" ]

let private predicts name keys =
    inFolder (fun folder ->
        let keys: (string * string) list = keys folder

        let needed =
            own name
            |> List.filter (fun (key, _) -> key <> "temperature" || not (List.exists (fst >> (=) "likelihood") keys))

        let outcome =
            predict (text (keys @ needed @ [ "theory", $"\"{name}\"" ])) folder |> run

        outcome.Code = 0)

let private direct: Theory =
    fun network ->
        let qbar = Scalar.qbar 1
        let input = 1.0 / Scalar.prior 0 * Kernel.Gram
        let hidden = Kernel.dual network.Activation input
        Model.create (input + qbar / Scalar.prior 1 * hidden) (qbar - 1.0 - log qbar)

let private soundJob =
    JobFile.readText (Fields.toJson JobJson.prediction) "job" (text sound)
    |> Result.orFail

let tests =
    testList "Theories" [
        testCase "The documentation has the theories of the registry, in order" (fun () ->
            Expect.equal
                [ for row in (table "## Theories" page)[2..] -> row.Head.Trim '`' ]
                [ for theory in Theories.all -> theory.Name ]
                "names")

        testCase "The documentation has the networks that a theory describes" (fun () ->
            let rows = table "## Theories" page
            Expect.equal rows.Head.Tail (List.map fst columns) "columns"

            let expected =
                [
                    for theory in Theories.all ->
                        $"`{theory.Name}`"
                        :: [ for _, keys in columns -> if predicts theory.Name keys then "yes" else "" ]
                ]

            Expect.equal rows[2..] expected "rows")

        testCase "An equation of one's own is a theory of a job with one line" (fun () ->
            let theory = Theories.saddlePoint "direct" direct
            let job = { soundJob with Theory = theory }
            let answers = theory.Of job
            let points = Data.Points.ofSplit soundSplit
            let examples = ReadExamples.create points None soundSplit

            let predicted =
                answers.Predict
                    {
                        Examples = examples
                        Study = fun () -> Ok examples.Study.Value
                        Place = "job"
                    }
                |> Result.orFail

            let network = (JobNetwork.dense job.Network).Value

            let posterior =
                Study soundSplit.Train
                |> Posterior.solve direct network job.Temperature
                |> Result.orFail

            Expect.equal
                (predicted.Points |> List.map (Tree.Object >> Tree.numberOf "loss"))
                [ (Posterior.score soundSplit.Test posterior).Loss ]
                "losses"

            let explanation = answers.Explain soundSplit |> Result.orFail
            Expect.stringContains (Explanation.text explanation) "S = " "explanation")
    ]
