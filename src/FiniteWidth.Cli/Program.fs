module FiniteWidth.Cli.Program

open System
open Argu
open FiniteWidth

let private fail (sentence: string) =
    Console.Error.WriteLine $"finitewidth: {sentence}"
    2

let private finish outcome =
    match outcome with
    | Ok(text: string) ->
        Console.Out.WriteLine text
        0
    | Error(failure: Failure) -> fail failure.Message

let private run (arguments: ParseResults<Argument>) =
    match arguments.GetSubCommand() with
    | Argument.Learning_Curve curve -> LearningCurveCommand.run curve |> finish
    | Argument.Predict predict -> PredictCommand.run (predict.GetResult PredictArgument.Job) |> finish
    | Argument.Info _ -> InfoCommand.run () |> Ok |> finish

let private oneSentence (message: string) =
    let first = (message.Split [| '\n' |])[0]
    first.Replace("ERROR: ", "").Trim()

[<EntryPoint>]
let main argv =
    let parser = ArgumentParser.Create<Argument>(programName = "finitewidth")

    try
        parser.ParseCommandLine(argv, raiseOnUsage = true) |> run
    with
    | :? ArguParseException as e when e.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine e.Message
        0
    | :? ArguParseException as e -> fail (oneSentence e.Message)
    | :? FailureException as e -> fail e.Message
    | :? OutOfMemoryException -> fail "There is not enough memory for kernels of this size: use fewer training examples."
