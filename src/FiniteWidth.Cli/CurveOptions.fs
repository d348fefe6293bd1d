namespace FiniteWidth.Cli

open System
open System.IO
open Argu
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// What `finitewidth learning-curve` is asked for, after its flags are read and checked.
type CurveOptions =
    {
        Source: Source
        /// The data in words, for titles.
        DataName: string
        /// The network at the first width.
        Network: Network
        Widths: int list
        Temperature: float
        Likelihood: LikelihoodAsked option
        Theory: NamedTheory
        /// Which solver answers.
        Solver: SolverAsked
        /// Of certified answers.
        Auto: AutoSettings
        /// Of the random units behind the first order in 1/N.
        FirstOrder: uint64
        Folder: string option
        Image: bool
    }

[<RequireQualifiedAccess>]
module CurveOptions =

    /// The examples of the demonstration: enough to see every effect, few enough for seconds.
    let private defaultCount = 1000

    let private priors depth flag text =
        result {
            match! FlagText.list FlagText.positive flag text with
            | [ same ] -> return List.replicate (depth + 1) same
            | values when values.Length = depth + 1 -> return values
            | values ->
                return!
                    Error(
                        BadData
                            $"{flag}: \"{text}\" has {values.Length} precisions, and --depth {depth} needs {depth + 1} of them, or one for all."
                    )
        }

    let private teacher train test seed =
        Source.LinearTeacher
            {
                Inputs = 200
                Train = train
                Test = test
                Noise = 0.1
                Seed = defaultArg seed 0UL
            }

    let private teacherName = "a noisy linear teacher"

    /// Flags that a source has no use for are mistakes.
    let private refuse flags reason =
        match flags |> List.tryFind snd with
        | Some(flag, _) -> Error(BadData $"{flag} {reason}: leave it out.")
        | None -> Ok()

    let private orDefault fallback read (flag: string) value =
        read flag (Option.defaultValue fallback value)

    let private optional read (flag: string) value =
        match value with
        | Some text -> read flag text |> Result.map Some
        | None -> Ok None

    let private mnist (arguments: ParseResults<LearningCurveArgument>) train test seed =
        result {
            do!
                refuse
                    [ "--standardize", arguments.Contains LearningCurveArgument.Standardize ]
                    "is for .npz files, and MNIST is standardized always"

            let! labels =
                arguments.TryGetResult LearningCurveArgument.Labels
                |> orDefault "0,1" (FlagText.list (FlagText.integer 0)) "--labels"

            let digits = labels |> List.map string |> String.concat "/"
            return Source.Mnist(labels, train, test, seed), $"MNIST {digits}"
        }

    let private arrays (arguments: ParseResults<LearningCurveArgument>) (path: string) source train test =
        result {
            do!
                refuse
                    [ "--labels", arguments.Contains LearningCurveArgument.Labels ]
                    "has no meaning for a file of arrays"

            let all = Source.First(train, test, source path)

            let source =
                if arguments.Contains LearningCurveArgument.Standardize then
                    Source.Standardized(InputStandard.Scalar, all)
                else
                    all

            return source, string (Path.GetFileName path)
        }

    // The data of a job of finitewidth predict, whatever they are.
    let private ofJob (arguments: ParseResults<LearningCurveArgument>) path seed =
        result {
            do!
                refuse
                    [
                        "--labels", arguments.Contains LearningCurveArgument.Labels
                        "--train", arguments.Contains LearningCurveArgument.Train
                        "--test", arguments.Contains LearningCurveArgument.Test
                        "--standardize", arguments.Contains LearningCurveArgument.Standardize
                    ]
                    "is said by the job"

            let! job = JobFile.readPrediction path

            let source =
                seed |> Option.fold (fun source seed -> Source.withSeed seed source) job.Source

            return source, string (Path.GetFileName path)
        }

    let private linearTeacher (arguments: ParseResults<LearningCurveArgument>) train test seed =
        result {
            do!
                refuse
                    [
                        "--labels", arguments.Contains LearningCurveArgument.Labels
                        "--standardize", arguments.Contains LearningCurveArgument.Standardize
                    ]
                    "has no meaning for the teacher"

            return teacher train test seed, teacherName
        }

    let private source (arguments: ParseResults<LearningCurveArgument>) (seed: uint64 option) =
        result {
            let count = FlagText.integer 1

            let! train =
                arguments.TryGetResult LearningCurveArgument.Train |> optional count "--train"

            let! test =
                arguments.TryGetResult LearningCurveArgument.Test |> optional count "--test"

            let some = Option.defaultValue defaultCount

            match arguments.TryGetResult LearningCurveArgument.Data with
            | None
            | Some "mnist" -> return! mnist arguments (some train) (some test) seed
            | Some "teacher" -> return! linearTeacher arguments (some train) (some test) seed
            | Some path ->
                match (string (Path.GetExtension path)).ToLowerInvariant() with
                | ".npz" -> return! arrays arguments path Source.Npz train test
                | ".h5"
                | ".hdf5"
                | ".mat" -> return! arrays arguments path Source.Hdf5 train test
                | ".json" -> return! ofJob arguments path seed
                | _ ->
                    return!
                        Error(
                            BadData
                                $"--data: \"{path}\" is not mnist, teacher or the path of an .npz, .h5, .hdf5 or .mat file, or of a job (.json), which names tables and other data."
                        )
        }

    let private checkFolder output image =
        result {
            match output with
            | Some folder ->
                do! OutputFolder.check folder
                return Some folder
            | None when image ->
                return!
                    Error(
                        BadData
                            "--image writes pictures to the folder of --output, which is missing: add --output FOLDER."
                    )
            | None -> return None
        }

    let private auto (theory: NamedTheory) seed (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let standard = AutoSettings.standardOfCurves
            let accuracy = arguments.TryGetResult LearningCurveArgument.Accuracy
            let seconds = arguments.TryGetResult LearningCurveArgument.Seconds

            if not theory.Keys.IsCertificates then
                do! refuse [ "--accuracy", accuracy.IsSome; "--seconds", seconds.IsSome ] "belongs to --theory auto"

            let! accuracy = accuracy |> optional FlagText.positive "--accuracy"
            let! seconds = seconds |> optional FlagText.positive "--seconds"

            let settings =
                { standard with
                    Accuracy = defaultArg accuracy standard.Accuracy
                    Seconds = defaultArg seconds standard.Seconds
                    Seed = defaultArg seed standard.Seed
                }

            do! AutoSettings.check settings
            return settings
        }

    let private likelihood (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let! named =
                arguments.TryGetResult LearningCurveArgument.Likelihood
                |> optional
                    (FlagText.choice [ "gaussian", LikelihoodAsked.Gaussian; "softmax", LikelihoodAsked.Softmax 1.0 ])
                    "--likelihood"

            let! beta =
                arguments.TryGetResult LearningCurveArgument.Beta
                |> optional FlagText.notNegative "--beta"

            match named, beta with
            | Some(LikelihoodAsked.Softmax usual), beta -> return Some(LikelihoodAsked.Softmax(defaultArg beta usual))
            | _, Some _ ->
                return! Error(BadData "--beta belongs to --likelihood softmax: give that too, or leave it out.")
            | named, None -> return named
        }

    // Classes have theories of their own, and no temperature.
    let private ofLikelihood (arguments: ParseResults<LearningCurveArgument>) likelihood (theory: NamedTheory) =
        match likelihood with
        | Some(LikelihoodAsked.Softmax _) when arguments.Contains LearningCurveArgument.Temperature ->
            Error(
                BadData "--temperature is of numbers, and --likelihood softmax has --beta in its place: leave it out."
            )
        | Some(LikelihoodAsked.Softmax _) when theory.Keys.IsCertificates ->
            Ok(Theories.saddlePoint "wishart" Theory.wishart)
        | Some(LikelihoodAsked.Softmax _) when theory.Equation.IsNone ->
            Error(BadData $"--theory: {theory.Name} has no classes: use wishart, proportional or infinite-width.")
        | _ -> Ok theory

    /// The job of `finitewidth predict` that asks for the same.
    let job options : Job =
        {
            Source = options.Source
            Second = None
            Network = JobNetwork.Dense options.Network
            Temperature = options.Temperature
            Scaling = None
            Likelihood = options.Likelihood
            Theory = options.Theory
            Time = infinity
            Sweep =
                { Sweep.none with
                    Widths = options.Widths
                }
            FirstOrder = FirstOrder.Computed options.FirstOrder
            Cavity = CavityJson.standard
            Auto = options.Auto
            CrossValidation = None
            Solver = options.Solver
        }

    /// The options that the flags give, results written to the folder `output` and everything drawn by `seed` where these are given; or the first that
    /// is wrong.
    let ofArguments output (seed: uint64 option) (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let! activation =
                arguments.TryGetResult LearningCurveArgument.Activation
                |> orDefault "erf" FlagText.activation "--activation"

            let! depth =
                arguments.TryGetResult LearningCurveArgument.Depth
                |> orDefault "1" (FlagText.integer 1) "--depth"

            if depth > Network.deepest then
                return!
                    Error(
                        BadNetwork
                            $"--depth: {depth} hidden layers are more than the {Network.deepest} that are within reach."
                    )

            let! widths =
                arguments.TryGetResult LearningCurveArgument.Widths
                |> orDefault "20..10000:28" FlagText.widths "--widths"

            let! priors =
                arguments.TryGetResult LearningCurveArgument.Priors
                |> orDefault "1" (priors depth) "--priors"

            let! temperature =
                arguments.TryGetResult LearningCurveArgument.Temperature
                |> orDefault "0.01" FlagText.notNegative "--temperature"

            let! likelihood = likelihood arguments

            let! theory =
                arguments.TryGetResult LearningCurveArgument.Theory
                |> orDefault
                    Theories.auto.Name
                    (FlagText.choice (Theories.choices (Theories.curves @ [ Theories.auto ])))
                    "--theory"
                |> Result.bind (ofLikelihood arguments likelihood)

            let! solver =
                arguments.TryGetResult LearningCurveArgument.Solver
                |> optional (FlagText.choice SolverJson.names) "--solver"

            if solver.IsSome && theory.Keys.IsCertificates then
                return!
                    Error(
                        BadData
                            "--solver is for a theory, and --theory auto certifies its answers by sampling: add --theory proportional, or leave it out."
                    )

            let! auto = auto theory seed arguments
            let first = List.replicate depth widths.Head
            let! network = Network.create activation first priors (List.replicate depth None)
            let! source, dataName = source arguments seed
            let image = arguments.Contains LearningCurveArgument.Image
            let! folder = checkFolder output image

            return
                {
                    Source = source
                    DataName = dataName
                    Network = network
                    Widths = widths
                    Temperature = temperature
                    Likelihood = likelihood
                    Theory = theory
                    Solver =
                        { SolverJson.standard with
                            Kind = defaultArg solver SolverKind.Automatic
                            Seed = defaultArg seed SolverJson.standard.Seed
                        }
                    Auto = auto
                    FirstOrder = defaultArg seed 1UL
                    Folder = folder
                    Image = image
                }
        }
