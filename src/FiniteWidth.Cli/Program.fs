module FiniteWidth.Cli.Program

open System
open Argu
open FiniteWidth
open FiniteWidth.Numerics

let private badInput = 2

// 128 + SIGINT, as shells have it.
let private stopped = 130

// One line that can be read, whatever a path or a name from the input holds.
let private complain (sentence: string) =
    let line = sentence |> Sentence.oneLine |> Sentence.shorten Sentence.longest
    Console.Error.WriteLine("finitewidth: " + line)

let private fail sentence =
    complain sentence
    badInput

let private finish outcome =
    match outcome with
    | Ok(text: string) ->
        Console.Out.WriteLine text
        0
    | Error(failure: Failure) -> fail failure.Message

// Of commands that may be told to stop.
let private conclude outcome =
    match outcome with
    | Error(failure: Failure) -> fail failure.Message
    | Ok(Outcome.Finished text) ->
        Console.Out.WriteLine text
        0
    | Ok(Outcome.Stopped(Some text)) ->
        Console.Out.WriteLine text
        stopped
    | Ok(Outcome.Stopped None) ->
        complain "The run was stopped before there were enough draws for any result."
        stopped

/// FINITEWIDTH_BLAS may name a library that cannot be used: a setting to correct, and better before the work than during it.
let private checkLinearAlgebra () =
    try
        LinearAlgebra.Default |> ignore
        Ok()
    with :? InvalidOperationException as error ->
        Error(Unsupported error.Message)

let private predict (arguments: ParseResults<PredictArgument>) =
    match arguments.TryGetResult PredictArgument.Job with
    | Some path ->
        PredictCommand.run
            (arguments.TryGetResult PredictArgument.Points)
            (arguments.TryGetResult PredictArgument.Save)
            path
    | None -> Error(BadData "predict needs a job: finitewidth predict JOB.json.")

let private apply (arguments: ParseResults<ApplyArgument>) =
    match arguments.TryGetResult ApplyArgument.Files with
    | Some(model, inputs) -> PredictCommand.apply (arguments.TryGetResult ApplyArgument.Points) model inputs
    | None -> Error(BadData "apply needs a model and new points: finitewidth apply MODEL INPUTS.")

let private fit (arguments: ParseResults<FitArgument>) =
    match arguments.TryGetResult FitArgument.Job with
    | Some path -> FitCommand.run path
    | None -> Error(BadData "fit needs a job: finitewidth fit JOB.json.")

let private explainJob (arguments: ParseResults<ExplainArgument>) =
    let write =
        if arguments.Contains ExplainArgument.Latex then
            Explanation.latex
        else
            Explanation.text

    match arguments.TryGetResult ExplainArgument.Job with
    | Some path -> ExplainCommand.run path |> Result.map write
    | None -> Error(BadData "explain needs a job: finitewidth explain JOB.json.")

let private experiment (arguments: ParseResults<ExperimentArgument>) =
    let options: ExperimentCommand.Options =
        {
            Folder = arguments.TryGetResult ExperimentArgument.Output
            MustResume = arguments.Contains ExperimentArgument.Resume
        }

    match arguments.TryGetResult ExperimentArgument.Job with
    | None -> Error(BadData "experiment needs a job: finitewidth experiment JOB.json.")
    | Some path -> ExperimentCommand.run options path

let private run (arguments: ParseResults<Argument>) =
    match checkLinearAlgebra () with
    | Error failure -> fail failure.Message
    | Ok() ->
        match arguments.TryGetSubCommand() with
        | Some(Argument.Learning_Curve curve) -> LearningCurveCommand.run curve |> conclude
        | Some(Argument.Predict job) -> predict job |> conclude
        | Some(Argument.Apply model) -> apply model |> conclude
        | Some(Argument.Fit job) -> fit job |> finish
        | Some(Argument.Explain job) -> explainJob job |> finish
        | Some(Argument.Experiment job) -> experiment job |> conclude
        | Some(Argument.Info _) -> finish (Ok(InfoCommand.run ()))
        | None ->
            fail
                "A command is missing: learning-curve, predict, apply, fit, explain, experiment or info; --help describes them."

// Argu's first line is its message; the usage that follows is longer than a mistake deserves.
let private explain (message: string) =
    let line = (message.Split '\n')[0]
    let sentence = line.Replace("ERROR: ", "").Trim().TrimEnd '.'
    $"{Char.ToUpperInvariant sentence[0]}{sentence[1..]}: --help lists what there is."

[<EntryPoint>]
let main argv =
    let parser = ArgumentParser.Create<Argument>(programName = "finitewidth")

    try
        parser.ParseCommandLine(argv, ignoreMissing = true, raiseOnUsage = true) |> run
    with
    | :? ArguParseException as help when help.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine help.Message
        0
    | :? ArguParseException as error -> fail (explain error.Message)
    | Expected.Failure failure -> fail failure.Message
