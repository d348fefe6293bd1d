/// Results say where they come from: the job in a result is a job that gives the result again.
module FiniteWidth.Cli.Tests.ProvenanceTests

open System
open System.Globalization
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private root outcome =
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.Clone()

let private runIn (command: string) (job: string) folder =
    run (command :: List.tail (predict job folder)) |> root

let private teacher kind more =
    $"""{{"source": "teacher", "kind": "{kind}", "inputs": 4, "train": 8, "test": 6, "seed": 3{more}}}"""

let private network text = "network", text

/// Changes to the sound job, by what they are about.
let private jobs =
    [
        "the sound job", []
        "a sweep", [ "sweep", """{"width": [10, 20], "prior": [0.5, 4], "temperature": [0.1]}""" ]
        "biases",
        [
            network """{"activation": "erf", "widths": [9, 7], "priors": [1, 2, 3], "biases": [null, 0.5]}"""
        ]
        "no priors", [ network """{"activation": "tanh", "widths": [9]}""" ]
        "a formula",
        [
            network """{"activation": {"formula": "z * tanh(z)", "accuracy": 1e-6}, "widths": [9]}"""
        ]
        "a formula in closed form", [ network """{"activation": {"formula": "max(z, 0)"}, "widths": [9]}""" ]
        "a residual network", [ network """{"kind": "residual", "activation": "relu", "widths": [9, 9]}""" ]
        "a convolutional network",
        [
            network """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [2, 2], "patch": 1}"""
            "data", teacher "linear" ""
        ]
        "several convolutional layers",
        [
            network
                """{"kind": "convolution", "activation": "relu", "image": [1, 4], "pooling": "average", "widths": [9], "biases": [2, null, null],
                    "layers": [{"channels": 9, "patch": [1, 2], "padding": "same"}, {"channels": 9, "patch": [1, 3], "stride": [1, 1]}]}"""
            "data", teacher "linear" ""
            "theory", "\"wishart\""
        ]
        "two tasks",
        [
            network """{"kind": "transfer", "activation": "erf", "widths": [9], "gamma": 0.5}"""
            "data", $"""[{teacher "linear" ""}, {teacher "random-labels" ""}]"""
        ]
        "gradient flow",
        [
            "theory", "\"ntk\""
            "temperature", "0"
            "time", "2.5"
            "sweep", """{"time": [1, null]}"""
        ]
        "gradient flow to its end", [ "theory", "\"ntk\""; "temperature", "0" ]
        "averages",
        [
            "sweep", """{"examples": [3, 5], "load": [0.5]}"""
            "data", teacher "linear" ", \"noise\": 0.2"
        ]
        "a hidden-layer teacher",
        [
            "data", teacher "hidden-layer" ", \"hidden\": 3, \"activation\": {\"formula\": \"z * tanh(z)\"}"
        ]
        "a template teacher",
        [
            "data", teacher "template" ", \"templates\": 2, \"trainNoise\": 0.1, \"testNoise\": 0.2"
        ]
        "random labels", [ "data", teacher "random-labels" "" ]
        "the first examples of an archive",
        [
            "data", """{"source": "npz", "path": "data.npz", "train": 5, "test": 3, "standardize": "scalar"}"""
        ]
        "tables",
        [
            "data",
            """{"source": "csv", "train": "train.csv", "test": "test.csv", "separator": ";", "target": ["y"], "ignore": [""], "categories": "c"}"""
        ]
        for theory in [ "infinite-width"; "wishart"; "mixture"; "student-t"; "non-odd" ] do
            theory, [ "theory", $"\"{theory}\"" ]
    ]

let private names = List.map fst jobs

let private withFiles folder =
    npz (Path.Combine(folder, "data.npz")) (arrays doubles)
    File.WriteAllText(Path.Combine(folder, "train.csv"), ";a;c;y\n0;1;u;1\n1;0.5;v;-1\n2;-1;u;0.5\n")
    File.WriteAllText(Path.Combine(folder, "test.csv"), "c;y;a;\nv;0.3;1;0\n")

let private points (key: string) (root: JsonElement) = root.GetProperty(key).GetRawText()

let tests =
    testList "Provenance" [
        testTheory "The job in a result gives the result again" names (fun name ->
            let job = jobs |> List.find (fst >> (=) name) |> snd |> soundBut

            inFolder (fun folder ->
                withFiles folder
                let first = runIn "predict" job folder
                let again = runIn "predict" (first.GetProperty("job").GetRawText()) folder
                Expect.equal (points "points" again) (points "points" first) "points"
                Expect.equal (again.GetProperty("job").GetRawText()) (first.GetProperty("job").GetRawText()) "job"))

        testCase "The job of a fit gives the fit again" (fun () ->
            let job =
                soundBut [
                    "fit", """{"parameters": ["priors", "temperature"], "widths": [[5], [6, 7]]}"""
                ]

            inFolder (fun folder ->
                let first = runIn "fit" job folder
                let again = runIn "fit" (first.GetProperty("job").GetRawText()) folder
                Expect.equal (points "fits" again) (points "fits" first) "fits"))

        testCase "The job of an experiment gives its losses again" (fun () ->
            let job =
                soundBut [
                    "experiment",
                    """{"sampler": "hmc", "draws": 20, "warmUp": 20, "chains": 2, "seed": 7, "theories": ["infinite-width"], "examples": [4, 8]}"""
                ]

            let losses (root: JsonElement) =
                [
                    for point in root.GetProperty("points").EnumerateArray() ->
                        point.GetProperty("experiment").GetProperty("loss").GetProperty("value").GetDouble()
                ]

            inFolder (fun folder ->
                let first = runIn "experiment" job folder
                let again = runIn "experiment" (first.GetProperty("job").GetRawText()) folder
                Expect.equal (losses again) (losses first) "losses"
                Expect.equal (first.GetProperty("seeds").GetProperty("sampling").GetInt32()) 7 "sampling"
                Expect.equal (first.GetProperty("seeds").GetProperty("data").GetInt32()) 1 "data"))

        testCase "A named theory's learning curve is the job that predicts it" (fun () ->
            inFolder (fun folder ->
                let out = Path.Combine(folder, "out")

                let outcome =
                    run (
                        [ "learning-curve"; "--out"; out ]
                        @ List.ofArray (
                            "--data teacher --train 9 --test 5 --widths 5,50 --seed 4 --theory proportional".Split ' '
                        )
                    )

                Expect.equal outcome.Code 0 "code"

                use document =
                    JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "results.json")))

                let curve = document.RootElement
                let again = runIn "predict" (curve.GetProperty("job").GetRawText()) folder

                let losses (root: JsonElement) =
                    [
                        for point in root.GetProperty("points").EnumerateArray() ->
                            point.GetProperty("loss").GetDouble()
                    ]

                Expect.equal (losses again) (losses curve) "losses"))

        testCase "Version, machine and time are those of the run" (fun () ->
            let before = DateTimeOffset.UtcNow.AddSeconds -1.0
            let result = inFolder (runIn "predict" (soundBut []))

            let text (name: string) =
                result.GetProperty(name).GetString() |> nonNull

            let started = DateTimeOffset.Parse(text "started", CultureInfo.InvariantCulture)

            Expect.isInRange started before DateTimeOffset.UtcNow "started"
            Expect.stringEnds (text "started") "Z" "started"
            Expect.isMatch (text "version") @"\A\d+\.\d+\.\d+" "version"
            Expect.equal (text "command") "predict" "command"
            Expect.stringContains (text "machine") "cores" "machine")
    ]
