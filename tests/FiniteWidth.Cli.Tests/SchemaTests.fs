/// The schema of jobs: it admits every job that is read, and refuses what no command reads. That it admits the jobs of the other tests is checked
/// where they are run.
module FiniteWidth.Cli.Tests.SchemaTests

open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private repository =
    let rec above (folder: string) =
        if File.Exists(Path.Combine(folder, "FiniteWidth.sln")) then
            folder
        else
            above (Path.GetDirectoryName folder |> nonNull)

    above __SOURCE_DIRECTORY__

// Blocks of JSON, and what shell blocks write to a file of JSON, that are whole jobs: pieces of jobs and results are not.
let private jobsOf (page: string) =
    let text = File.ReadAllText page

    [
        for pattern in [ @"```json\n(.*?)```"; @"<<'?JOB'?\n(.*?)\nJOB\n" ] do
            for block in Regex.Matches(text, pattern, RegexOptions.Singleline) do
                // A loop in the shell goes over activations.
                let text = block.Groups[1].Value.Replace("$activation", "erf")

                if text.TrimStart().StartsWith '{' then
                    use document = JsonDocument.Parse text

                    if
                        List.forall (fun (name: string) -> fst (document.RootElement.TryGetProperty name)) [
                            "data"
                            "network"
                        ]
                    then
                        text
    ]

let private pages =
    Path.Combine(repository, "README.md")
    :: List.ofArray (Directory.GetFiles(Path.Combine(repository, "docs"), "*.md"))

let private refused =
    [
        "an unknown key", soundBut [ "temprature", "1" ]
        "an unknown key of the network", soundBut [ "network", """{"activation": "erf", "widths": [5], "depth": 1}""" ]
        "another teacher's key",
        soundBut [
            "data", """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "hidden": 3}"""
        ]
        "a width of zero", soundBut [ "network", """{"activation": "erf", "widths": [0]}""" ]
        "an unknown theory", soundBut [ "theory", "\"propotional\"" ]
        "a list for a text", soundBut [ "theory", "[]" ]
        "no network", soundWithout "network"
        "a negative temperature", soundBut [ "temperature", "-1" ]
    ]

let tests =
    testList "Schema" [
        test "the schema is printed" {
            let outcome = run [ "schema" ]
            Expect.equal outcome.Code 0 outcome.Err
            use document = JsonDocument.Parse outcome.Out
            let properties = document.RootElement.GetProperty "properties"

            for name in [ "data"; "fit"; "experiment"; "sweep"; "$schema" ] do
                Expect.isTrue (fst (properties.TryGetProperty name)) name
        }

        test "every job in the documents is valid" {
            let jobs =
                pages
                |> List.collect (fun page -> jobsOf page |> List.map (fun job -> page, job))

            Expect.isGreaterThan jobs.Length 12 "jobs"

            for page, job in jobs do
                Expect.equal (Schema.complaints job) [] $"{page}: {job}"
        }

        testTheory "what no command reads is not valid" refused (fun (_, job) ->
            Expect.isNonEmpty (Schema.complaints job) "complaints")

        test "a job may name its schema" {
            inFolder (fun folder ->
                let outcome = run (predict (soundBut [ "$schema", "\"job.schema.json\"" ]) folder)
                Expect.equal outcome.Code 0 outcome.Err)
        }

        test "the keys that a reader names in a complaint are those of the schema" {
            inFolder (fun folder ->
                let outcome = run (predict (soundBut [ "zzz", "1" ]) folder)
                let keys = JobJson.prediction.Keys |> List.map _.Name |> String.concat ", "
                assertRefused $"the keys are {keys}." outcome)
        }
    ]

/// Complaints that say where in the file, and what may have been meant.
let places =
    let refuses (text: string) fragment =
        inFolder (fun folder ->
            let arguments = predict text folder
            run arguments |> assertRefused $"{arguments[1]}, {fragment}")

    testList "Places" [
        test "a value is complained of at its line and column" {
            refuses
                "{\n  \"data\": 1,\n  \"network\": {},\n  \"theory\": \"x\"\n}"
                "line 2, column 11: job.data: this is 1, and an object is needed."
        }

        test "an item of a list too, after a comment and letters of several bytes" {
            let job =
                (soundBut [ "sweep", "{\"width\": [5, /* ä */ 0]}" ]).Replace("\"sweep\"", "\n/* λ */ \"sweep\"")

            refuses job "line 6, column 40: job.sweep.width[1]: this is 0"
        }

        test "an unknown key is complained of where it stands, beside the nearest one" {
            refuses
                "{\n  \"temprature\": 1 }"
                "line 2, column 3: job: there is no key \"temprature\" here (did you mean \"temperature\"?): the keys are"
        }

        test "an unknown name is complained of beside the nearest one" {
            refuses
                (soundBut [ "theory", "\"propotional\"" ])
                "line 4, column 13: job.theory: \"propotional\" is not one of"

            inFolder (fun folder ->
                run (predict (soundBut [ "theory", "\"propotional\"" ]) folder)
                |> assertRefused "(did you mean \"proportional\"?)")
        }

        test "what is like nothing has no nearest" {
            Expect.isNone (Nearest.tryName [ "erf"; "relu"; "gelu" ] "swish") "swish"
            Expect.equal (Nearest.tryName [ "erf"; "relu"; "gelu" ] "ReLU") (Some "relu") "case"
            Expect.equal (Nearest.tryName [ "widths"; "priors" ] "wdiths") (Some "widths") "exchanged"
        }
    ]
