/// `--seed` in place of a job's seeds: another draw, the same where it is the job's own, carried by results, refused where nothing is drawn.
module FiniteWidth.Cli.Tests.SeedTests

open System.IO
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private root outcome =
    Expect.equal outcome.Err "" "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.Clone()

let private runWith (command: string) job more folder =
    run (command :: List.tail (predict job folder) @ "--quiet" :: more) |> root

let private seeds (result: JsonElement) =
    [
        for seed in result.GetProperty("seeds").EnumerateObject() -> seed.Name, seed.Value.GetInt32()
    ]

// Times aside, of whatever command.
let private answers (result: JsonElement) =
    [
        for name in [ "points"; "fits" ] do
            match result.TryGetProperty name with
            | true, list ->
                for point in list.EnumerateArray() do
                    for key in [ "loss"; "crossValidation"; "criterion"; "optimum" ] do
                        match point.TryGetProperty key with
                        | true, value -> value.GetRawText()
                        | _ -> ()

                    match point.TryGetProperty "experiment" with
                    | true, measured -> measured.GetProperty("loss").GetRawText()
                    | _ -> ()
            | _ -> ()
    ]

let private drawn = "experiment", """{"draws": 20, "warmUp": 20, "chains": 2}"""

let private cases =
    [
        "predict",
        soundBut,
        [ "crossValidation", "4" ],
        [
            "expansion", """{"seed": 7}"""
            "crossValidation", """{"folds": 4, "seed": 7}"""
        ],
        [ "data"; "crossValidation"; "expansion" ]
        "fit",
        soundBut,
        [ "fit", """{"parameters": ["priors"]}""" ],
        [ "fit", """{"parameters": ["priors"]}""" ],
        [ "data" ]
        "experiment",
        soundBut,
        [ drawn ],
        [ "experiment", """{"draws": 20, "warmUp": 20, "chains": 2, "seed": 7}""" ],
        [ "data"; "sampling" ]
        "predict",
        soundBut,
        [
            "theory", "\"cavity\""
            "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1}"""
            "temperature", "0.1"
        ],
        [
            "theory", "\"cavity\""
            "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seed": 7}"""
            "temperature", "0.1"
        ],
        [ "data"; "cavity" ]
        "predict",
        scaledBut,
        [
            "theory", "\"mean-field\""
            "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seconds": 0.001}"""
        ],
        [
            "theory", "\"mean-field\""
            "cavity", """{"units": 100, "sweeps": 32, "accuracy": 1, "seconds": 0.001, "seed": 7}"""
        ],
        [ "data"; "cavity" ]
        "predict",
        soundBut,
        [ "theory", "\"auto\""; "accuracy", "0.3" ],
        [ "theory", "\"auto\""; "accuracy", "0.3"; "seed", "7" ],
        [ "data"; "sampling" ]
    ]

let private teacher =
    """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "noise": 0.1, "seed": 7}"""

let private overrides =
    [
        for command, jobBut, usual, seeded, names in cases do
            let theory =
                usual
                |> List.tryFind (fst >> (=) "theory")
                |> Option.map snd
                |> Option.defaultValue ""

            test $"{command} {theory} draws all by the seed, which its result carries" {
                inFolder (fun folder ->
                    let result = runWith command (jobBut usual) [ "--seed"; "7" ] folder
                    Expect.equal (seeds result) [ for name in names -> name, 7 ] "seeds"
                    let expected = runWith command (jobBut (("data", teacher) :: seeded)) [] folder
                    Expect.equal (answers result) (answers expected) "answers"

                    Expect.notEqual (answers (runWith command (jobBut usual) [] folder)) (answers result) "drawn anew"

                    let again = runWith command (result.GetProperty("job").GetRawText()) [] folder

                    Expect.equal (answers again) (answers result) "from the result's own job")
            }

        test "the sampled evidence of a fit has the seed too" {
            inFolder (fun folder ->
                let job =
                    soundBut [
                        "fit", """{"parameters": ["lambda_1"], "sampled": {"accuracy": 2, "seconds": 5, "seed": 3}}"""
                    ]

                Expect.equal (seeds (runWith "fit" job [] folder)) [ "data", 1; "sampling", 3 ] "the job's"
                Expect.equal (seeds (runWith "fit" job [ "--seed"; "9" ] folder)) [ "data", 9; "sampling", 9 ] "given")
        }

        test "learning-curve draws by it whatever its data are" {
            inFolder (fun folder ->
                let path = Path.Combine(folder, "data.json")
                File.WriteAllText(path, soundBut [])

                let curve more =
                    let out = Path.Combine(folder, "out")

                    let outcome =
                        run (
                            [
                                "learning-curve"
                                "--data"
                                path
                                "--widths"
                                "20"
                                "--theory"
                                "wishart"
                                "-o"
                                out
                            ]
                            @ more
                        )

                    Expect.equal outcome.Code 0 outcome.Err

                    use document =
                        JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "results.json")))

                    document.RootElement.Clone()

                let result = curve [ "--seed"; "7" ]
                Expect.equal (seeds result) [ "data", 7; "expansion", 7 ] "seeds"

                let expected =
                    runWith
                        "predict"
                        (soundBut [ "data", teacher; "theory", "\"wishart\""; "expansion", """{"seed": 7}""" ])
                        []
                        folder

                Expect.equal (answers result) (answers expected) "answers"
                Expect.equal (seeds (curve [])) [ "data", 1; "expansion", 1 ] "the job's")
        }

        test "two tasks whose examples differ keep examples that differ" {
            inFolder (fun folder ->
                let task seed =
                    $"""{{"source": "teacher", "kind": "linear", "inputs": 4, "train": 6, "test": 5, "seed": {seed}}}"""

                let job second =
                    soundBut [
                        "data", $"[{task 1}, {task second}]"
                        "network", """{"kind": "transfer", "activation": "erf", "widths": [9], "gamma": 0.5}"""
                    ]

                let of' second =
                    seeds (runWith "predict" (job second) [ "--seed"; "7" ] folder)

                Expect.equal (of' 2) [ "data", 7; "data[1]", 8 ] "different"
                Expect.equal (of' 1) [ "data", 7; "data[1]", 7 ] "the same")
        }
    ]

let private refusals =
    [
        for command in [ "explain"; "plot"; "compare"; "schema"; "completions"; "info" ] do
            test $"{command} draws nothing" {
                run [ command; "--seed"; "3" ]
                |> assertRefused "--seed: this command draws no random numbers: leave it out."
            }

        let fromFile changes =
            soundBut (("data", """{"source": "npz", "path": "data.npz"}""") :: changes)

        for command, changes in
            [
                "predict", [ "expansion", "false" ]
                "predict", [ "theory", "\"ntk\""; "temperature", "0" ]
                "fit", [ "fit", """{"parameters": ["priors"]}""" ]
            ] do
            test $"{command} of a job that draws nothing: {changes}" {
                inFolder (fun folder ->
                    npz (Path.Combine(folder, "data.npz")) [
                        "x_train", doubles [ 3; 2 ] [ 1.0; 2.0; 0.5; -1.0; -1.0; 1.0 ]
                        "y_train", doubles [ 3 ] [ 1.0; -1.0; 0.5 ]
                        "x_test", doubles [ 1; 2 ] [ 0.9; 1.0 ]
                        "y_test", doubles [ 1 ] [ 1.0 ]
                    ]

                    run (command :: List.tail (predict (fromFile changes) folder) @ [ "--seed"; "3" ])
                    |> assertRefused "--seed: this job draws no random numbers: leave it out.")
            }

        test "what is no seed" {
            inFolder (fun folder ->
                run (predict (soundBut []) folder @ [ "--seed"; "1.5" ])
                |> assertRefused "--seed: \"1.5\" is not a whole number from 0 to 2147483647.")
        }
    ]

let tests = testList "Seeds" (overrides @ refusals)
