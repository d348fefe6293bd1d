namespace FiniteWidth.Cli

open System
open System.Globalization
open System.IO
open Argu
open FiniteWidth
open FiniteWidth.Data

/// What `finitewidth learning-curve` is asked for, after its flags are read and checked.
type CurveOptions =
    { Source: Source
      /// The data in words, for titles.
      DataName: string
      /// The network at the first width.
      Network: Network
      Widths: int list
      Temperature: float
      TheoryName: string
      Theory: Theory
      Folder: string option
      Image: bool }

[<RequireQualifiedAccess>]
module CurveOptions =

    let private integer what (text: string) =
        match Int32.TryParse(text.Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture) with
        | true, value when value >= 0 -> Ok value
        | _ -> Error(BadData $"{what}: \"{text.Trim()}\" is not a whole number.")

    let private number what (text: string) =
        match Double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value -> Ok value
        | _ -> Error(BadData $"{what}: \"{text.Trim()}\" is not a number.")

    let private list read what (text: string) =
        text.Split ',' |> Result.traverse (read what)

    /// FIRST..LAST:COUNT, evenly spaced in log N, or a comma-separated list.
    let internal widths (text: string) =
        let what = "--widths"

        let usage =
            BadData $"{what}: \"{text}\" is neither FIRST..LAST:COUNT, such as 50..5000:20, nor a list, such as 50,100,200."

        result {
            match text.Split([| ".."; ":" |], StringSplitOptions.None) with
            | [| first; last; count |] when text.Contains ".." && text.IndexOf ':' > text.IndexOf ".." ->
                let! first = integer what first
                let! last = integer what last
                let! count = integer what count

                if first < 1 || last < first || count < 1 then
                    return!
                        Error(BadData $"{what}: \"{text}\" must have 1 <= FIRST <= LAST and at least one width.")
                else
                    return LearningCurve.logSpaced first last count
            | [| _ |] ->
                let! widths = list integer what text

                match List.tryFind (fun n -> n < 1) widths with
                | Some n -> return! Error(BadNetwork $"{what}: a width is at least 1, not {n}.")
                | None -> return List.distinct (List.sort widths)
            | _ -> return! Error usage
        }

    let private priors depth text =
        result {
            let! values = list number "--priors" text

            match values with
            | [ same ] -> return List.replicate (depth + 1) same
            | values -> return values
        }

    let private teacher train test seed =
        Source.LinearTeacher
            { Inputs = 200
              Train = train
              Test = test
              Noise = 0.1
              Seed = defaultArg seed 1UL }

    /// Where the examples come from, with a word about it where that is not what was asked for.
    let private source (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let train = arguments.GetResult(LearningCurveArgument.Train, 1000)
            let test = arguments.GetResult(LearningCurveArgument.Test, 1000)
            let seed = arguments.TryGetResult LearningCurveArgument.Seed |> Option.map uint64
            let! labels = list integer "--labels" (arguments.GetResult(LearningCurveArgument.Labels, "0,1"))
            let digits = labels |> List.map string |> String.concat "/"

            if train < 1 || test < 1 then
                return! Error(BadData $"--train is {train} and --test {test}: both are at least 1.")
            else
                match arguments.TryGetResult LearningCurveArgument.Data with
                | Some "mnist" -> return Source.Mnist(labels, train, test, seed), $"MNIST {digits}"
                | Some "teacher" -> return teacher train test seed, "a noisy linear teacher"
                | Some path when path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) ->
                    return Source.Npz(path, false), FileInfo(path).Name
                | Some other ->
                    return! Error(BadData $"--data: \"{other}\" is not mnist, teacher or the path of an .npz file.")
                | None ->
                    match Mnist.locate () with
                    | Ok _ -> return Source.Mnist(labels, train, test, seed), $"MNIST {digits}"
                    | Error missing ->
                        eprintfn "%s A synthetic linear teacher stands in for it." missing.Message
                        return teacher train test seed, "a noisy linear teacher"
        }

    /// The options that the flags give, or the first that is wrong.
    let ofArguments (arguments: ParseResults<LearningCurveArgument>) =
        result {
            let! activation = Activation.ofName (arguments.GetResult(LearningCurveArgument.Activation, "erf"))
            let depth = arguments.GetResult(LearningCurveArgument.Depth, 1)

            if depth < 1 then
                return! Error(BadNetwork $"--depth is {depth}: a network has at least one hidden layer.")
            else
                let! widths = widths (arguments.GetResult(LearningCurveArgument.Widths, "20..10000:28"))
                let! priors = priors depth (arguments.GetResult(LearningCurveArgument.Priors, "1"))
                let first = List.replicate depth widths.Head
                let! network = Network.create activation first priors (List.replicate depth None)
                let name = arguments.GetResult(LearningCurveArgument.Theory, "proportional")
                let! source, dataName = source arguments

                match List.tryFind (fun (known, _) -> known = name) Job.theories with
                | None ->
                    let names = Job.theories |> List.map fst |> String.concat ", "
                    return! Error(BadData $"--theory: \"{name}\" is not one of {names}.")
                | Some(_, theory) ->
                    return
                        { Source = source
                          DataName = dataName
                          Network = network
                          Widths = widths
                          Temperature = arguments.GetResult(LearningCurveArgument.Temperature, 0.01)
                          TheoryName = name
                          Theory = theory
                          Folder = arguments.TryGetResult LearningCurveArgument.Out
                          Image = arguments.Contains LearningCurveArgument.Image }
        }
