module FiniteWidth.Cli.Program

open System
open Argu
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

let private badInput = ExitCode.refused

// What stands for it in place of a file's name.
let private standardOutput = "-"

let private stopped = ExitCode.stopped

// What was complained of last: of several ranks the first one says it for all.
let mutable private complaint: string option = None

// One line that can be read, whatever a path or a name from the input holds.
let private complain (sentence: string) =
    let line = sentence |> Sentence.oneLine |> Sentence.shorten Sentence.longest
    complaint <- Some line
    Console.Error.WriteLine("finitewidth: " + line)

let private fail sentence =
    complain sentence
    badInput

let private print (text: string option) =
    text |> Option.iter (fun (text: string) -> Console.Out.WriteLine text)

// Of commands that may be told to stop; `deliver` takes the result where it belongs and gives what is left to print.
let private conclude (deliver: string -> Result<string option, Failure>) outcome =
    let delivered code text =
        match deliver text with
        | Ok rest ->
            print rest
            code
        | Error failure -> fail failure.Message

    match outcome with
    | Error(failure: Failure) -> fail failure.Message
    | Ok(Outcome.Finished text) -> delivered 0 text
    | Ok(Outcome.Stopped(Some text)) -> delivered stopped text
    | Ok(Outcome.Stopped None) ->
        complain "The run was stopped before there were enough draws for any result."
        stopped

let private finish deliver outcome =
    outcome |> Result.map Outcome.Finished |> conclude deliver

/// FINITEWIDTH_BLAS may name a library that cannot be used: a setting to correct, and better before the work than during it.
let private checkLinearAlgebra () =
    try
        LinearAlgebra.Default |> ignore
        Ok()
    with :? InvalidOperationException as error ->
        Error(Unsupported error.Message)

let private needed what usage value =
    match value with
    | Some value -> Ok value
    | None -> Error(BadData $"{what}: finitewidth {usage}.")

let private predict seed (arguments: ParseResults<PredictArgument>) =
    arguments.TryGetResult PredictArgument.Job
    |> needed "predict needs a job" "predict JOB.json"
    |> Result.bind (
        PredictCommand.run
            seed
            (arguments.TryGetResult PredictArgument.Points)
            (arguments.TryGetResult PredictArgument.Save)
    )

let private apply delivery seed (arguments: ParseResults<ApplyArgument>) =
    let place =
        match arguments.TryGetResult ApplyArgument.Points with
        | Some file -> PointPlace.File file
        | None when delivery.AsJson -> PointPlace.Printed ".json"
        | None -> PointPlace.Printed(delivery.Output |> Option.map PointFile.ending |> Option.defaultValue "")

    arguments.TryGetResult ApplyArgument.Files
    |> needed "apply needs a model and new points" "apply MODEL INPUTS"
    |> Result.bind (fun (model, inputs) -> PredictCommand.apply seed place model inputs)

let private fit seed (arguments: ParseResults<FitArgument>) =
    arguments.TryGetResult FitArgument.Job
    |> needed "fit needs a job" "fit JOB.json"
    |> Result.bind (FitCommand.run seed)

let private explainJob (arguments: ParseResults<ExplainArgument>) =
    let write =
        if arguments.Contains ExplainArgument.Latex then
            Explanation.latex
        else
            Explanation.text

    arguments.TryGetResult ExplainArgument.Job
    |> needed "explain needs a job" "explain JOB.json"
    |> Result.bind ExplainCommand.run
    |> Result.map write

let private experiment delivery seed (arguments: ParseResults<ExperimentArgument>) =
    let options: ExperimentCommand.Options =
        {
            Folder = delivery.Output
            MustResume = arguments.Contains ExperimentArgument.Resume
            Seed = seed
        }

    arguments.TryGetResult ExperimentArgument.Job
    |> needed "experiment needs a job" "experiment JOB.json"
    |> Result.bind (ExperimentCommand.run options)

// An experiment as a table.
let private showExperiment json =
    ResultFile.parse "result" json
    |> Result.map (fun read ->
        Terminal.table (ResultTable.title read) (ResultTable.columns read)
        None)

// A prediction as a table, with what to do about it.
let private show delivery (seed: uint64 option) (arguments: ParseResults<PredictArgument>) json =
    let sampled job =
        let seeded =
            match seed with
            | Some seed -> $" --seed {seed}"
            | None -> ""

        $"finitewidth experiment {job}{seeded} --output FOLDER"

    let settle =
        match arguments.TryGetResult PredictArgument.Job with
        | Some path when path <> JobFile.standardInput ->
            lazy (ExperimentCommand.estimate seed path |> Advice.settledBy (sampled path))
        // Standard input is not read twice.
        | _ -> lazy $"""{sampled "JOB.json"} settles it."""

    ResultFile.parse "result" json
    |> Result.map (fun read ->
        Terminal.table (ResultTable.title read) (ResultTable.columns read)

        Advice.sentences settle read
        |> String.concat "\n"
        |> Delivery.besideFolder delivery)

// What is left to say is a complaint where not all is done.
let private sweep delivery seed (arguments: ParseResults<SweepArgument>) =
    let options: SweepCommand.Options =
        {
            Output = delivery.Output
            AsJson = delivery.AsJson
            Seed = seed
        }

    match SweepCommand.run options arguments with
    | Error failure -> fail failure.Message
    | Ok ended ->
        ended.Text |> Option.bind (Delivery.besideFolder delivery) |> print
        ended.Complaint |> Option.iter complain
        ended.Code

let private plot delivery (arguments: ParseResults<PlotArgument>) =
    arguments.TryGetResult PlotArgument.Result
    |> needed "plot needs a result" "plot RESULT.json"
    |> Result.bind (PlotCommand.run delivery.Output)

let private compare delivery (arguments: ParseResults<CompareArgument>) =
    arguments.TryGetResult CompareArgument.Results
    |> needed "compare needs two results" "compare A.json B.json"
    |> Result.bind (fun (first, second) -> CompareCommand.run (delivery.AsJson || delivery.Output.IsSome) first second)

let private images = [ "cifar-10", Cifar.Ten; "cifar-100", Cifar.Hundred ]

let private fetch delivery (arguments: ParseResults<FetchArgument>) =
    let names = images |> List.map fst |> String.concat " or "

    arguments.TryGetResult FetchArgument.Data
    |> needed $"fetch needs what to fetch, {names}" "fetch cifar-10"
    |> Result.bind (fun name ->
        match List.tryFind (fst >> (=) name) images with
        | Some(_, kind) ->
            let folder = delivery.Output |> Option.defaultValue "."

            Cifar.fetch kind folder
            |> Result.map (fun path -> $"{name} is in {IO.Path.GetFullPath path}.")
        | None -> Error(BadData $"fetch: \"{name}\" is not one of {names}."))

let private completions parser (arguments: ParseResults<CompletionsArgument>) =
    arguments.TryGetResult CompletionsArgument.Shell
    |> needed "completions needs a shell, bash, zsh, fish or powershell" "completions SHELL"
    |> Result.bind (Completions.script parser)

let private writesFolder command =
    match command with
    | Some(Argument.Learning_Curve _ | Argument.Experiment _ | Argument.Sweep _ | Argument.Plot _ | Argument.Fetch _) ->
        true
    | _ -> false

let private draws command =
    match command with
    | Argument.Learning_Curve _
    | Argument.Predict _
    | Argument.Apply _
    | Argument.Fit _
    | Argument.Experiment _
    | Argument.Sweep _ -> true
    | _ -> false

// Sweeps, samplers and fits have one process, or processes of their own.
let private isForRanks command =
    match command with
    | Argument.Predict _ -> true
    | _ -> false

let private command (parser: ArgumentParser) delivery (seed: uint64 option) (arguments: ParseResults<Argument>) =
    let text, folder = Delivery.text delivery, Delivery.besideFolder delivery >> Ok

    match arguments.TryGetSubCommand() with
    | Some command when Ranks.count > 1 && not (isForRanks command) ->
        fail
            $"Under mpirun only predict runs on {Ranks.count} ranks: start this command without mpirun, or on one rank."
    | Some command when seed.IsSome && not (draws command) ->
        fail "--seed: this command draws no random numbers: leave it out."
    | Some(Argument.Learning_Curve curve) -> LearningCurveCommand.run delivery.Output seed curve |> conclude folder
    | Some(Argument.Predict job) ->
        predict seed job
        |> conclude (Delivery.document delivery (show delivery seed job))
    | Some(Argument.Apply model) -> apply delivery seed model |> conclude text
    | Some(Argument.Fit job) -> fit seed job |> finish text
    | Some(Argument.Experiment job) ->
        experiment delivery seed job
        |> conclude (Delivery.documentBesideFolder delivery showExperiment)
    | Some(Argument.Sweep job) -> sweep delivery seed job
    | Some(Argument.Explain job) -> explainJob job |> finish text
    | Some(Argument.Plot result) -> plot delivery result |> finish folder
    | Some(Argument.Compare results) -> compare delivery results |> finish text
    | Some(Argument.Fetch data) -> fetch delivery data |> finish folder
    | Some(Argument.Schema _) -> Ok(JobSchema.text ()) |> finish text
    | Some(Argument.Completions shell) -> completions parser shell |> finish text
    | Some(Argument.Info _) -> Ok(InfoCommand.run ()) |> finish text
    | _ when arguments.Contains Argument.Version -> Ok Provenance.version |> finish text
    | _ ->
        let commands =
            CompletedCommand.ofParser parser |> snd |> List.map _.Name |> String.concat ", "

        fail $"A command is missing: {commands}; --help describes them."

let private start parser isTerminal (arguments: ParseResults<Argument>) =
    let delivery =
        {
            Output =
                arguments.TryGetResult Argument.Output
                |> Option.filter (fun output -> output <> standardOutput && Ranks.isFirst)
            AsJson = arguments.Contains Argument.Json
            Quiet = arguments.Contains Argument.Quiet
            IsTerminal = isTerminal || arguments.Contains Argument.Table
        }

    let seed =
        match arguments.TryGetResult Argument.Seed with
        | Some text -> FlagText.seed "--seed" text |> Result.map Some
        | None -> Ok None

    match checkLinearAlgebra (), seed with
    | _ when delivery.AsJson && arguments.Contains Argument.Table ->
        fail "A result is printed as JSON or as a table: --json and --table exclude each other."
    | _ when
        arguments.TryGetResult Argument.Output = Some standardOutput
        && writesFolder (arguments.TryGetSubCommand())
        ->
        fail
            "--output -: this command writes more than one text: name a folder, or of plot a file, or leave --output out."
    | Error failure, _
    | _, Error failure -> fail failure.Message
    | Ok(), Ok seed -> Delivery.during delivery (fun () -> command parser delivery seed arguments)

// Argu's first line is its message; the usage that follows is longer than a mistake deserves.
let private explain (message: string) =
    let line = (message.Split '\n')[0]
    let sentence = line.Replace("ERROR: ", "").Trim().TrimEnd '.'
    $"{Char.ToUpperInvariant sentence[0]}{sentence[1..]}: --help lists what there is."

/// Runs the program with these arguments, for a person at a terminal or for what reads its standard output; the exit code.
let run isTerminal (argv: string array) =
    let parser = ArgumentParser.Create<Argument>(programName = "finitewidth")

    try
        parser.ParseCommandLine(argv, ignoreMissing = true, raiseOnUsage = true)
        |> start parser isTerminal
    with
    | :? ArguParseException as help when help.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine help.Message
        0
    | :? ArguParseException as error -> fail (explain error.Message)
    | Expected.Failure failure -> fail failure.Message

[<EntryPoint>]
let main argv =
    Ranks.run fail (fun () ->
        let code = run (not Ranks.areStarted && not Console.IsOutputRedirected) argv
        code, complaint)
    |> Interruptible.endProgram
