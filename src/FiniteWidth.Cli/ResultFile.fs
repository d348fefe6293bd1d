namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data

/// One point of a result as a reader of tables sees it.
type ReadPoint =
    {
        /// Widths, priors, temperature and whatever else tells points apart, by name.
        Parameters: (string * float) list
        /// Losses and what goes with them, by name, as far as they are known; standard errors are NaN where there are none.
        Numbers: (string * Measured) list
        /// Verdicts and methods, by name.
        Words: (string * string) list
        /// The losses of theories beside a measured one, by name; of classes the negative log likelihoods.
        Theories: (string * float) list
        /// How many standard errors of the experiment these lie above the measured ones.
        ZScores: (string * float) list
    }

/// A result of predict, learning-curve or experiment, read back.
type ResultFile =
    {
        Command: string
        Theory: string
        /// Why nothing certifies it, where a certified answer was asked for.
        NotCertified: string option
        Activation: string
        /// The keys of its job with their values as JSON, by their paths.
        Job: (string * string) list
        Points: ReadPoint list
    }

/// What commands print and write, read back for tables, figures and comparisons.
[<RequireQualifiedAccess>]
module ResultFile =

    let private number tree =
        tree |> Option.map Tree.toNumber |> Option.defaultValue nan

    // A number with its standard error in a key beside it, or an object of both.
    let private measured name tree : Measured =
        match Tree.tryFind name tree with
        | Some(Tree.Object _ as pair) ->
            {
                Value = Tree.numberOf "value" pair
                Error = Tree.numberOf "error" pair
            }
        | value ->
            let error =
                [ name + "Error"; name + "StandardError" ]
                |> List.tryPick (fun name -> Tree.tryFind name tree)

            {
                Value = number value
                Error = number error
            }

    let private widths tree =
        match Tree.items "widths" tree |> List.map Tree.toNumber with
        | [] -> []
        | first :: others when List.forall ((=) first) others -> [ "N", first ]
        | widths -> widths |> List.mapi (fun l width -> $"N_{l + 1}", width)

    // The training time is null at the end of training.
    let private time tree =
        match Tree.tryFind "time" tree with
        | Some Tree.Nothing -> [ "t", infinity ]
        | Some value -> [ "t", Tree.toNumber value ]
        | None -> []

    let private parameters tree =
        [
            yield! widths tree

            for l, prior in List.indexed (Tree.items "priors" tree) do
                $"lambda_{l}", Tree.toNumber prior

            for name, key in [ "gamma", "gamma"; "P", "examples"; "T", "temperature"; "beta", "beta" ] do
                match Tree.tryFind key tree with
                | Some value -> name, Tree.toNumber value
                | None -> ()

            yield! time tree
        ]

    // Numbers that a scaling sets at every width, as that scaling.
    let private scaled tree =
        let name depth = $"lambda_{depth}"
        let values = parameters tree

        let find name =
            values |> List.tryFind (fst >> (=) name) |> Option.map snd

        let depth = (Tree.items "priors" tree).Length - 1

        match Tree.items "widths" tree |> List.tryLast, find (name depth), find "T" with
        // A coupling has the name already.
        | Some width, Some prior, Some temperature when (find "gamma").IsNone ->
            [
                for parameter in values do
                    match fst parameter with
                    | "T" -> "beta", ScaledNumbers.beta prior temperature
                    | other when other = name depth -> "gamma", ScaledNumbers.gamma (Tree.toNumber width) prior
                    | _ -> parameter
            ]
        | _ -> values

    // Shown under these names, in this order.
    let private known =
        [
            "loss", "loss"
            "bias", "bias"
            "variance", "variance"
            "train loss", "trainLoss"
            "training cross-entropy", "trainCrossEntropy"
            "accuracy", "accuracy"
            "negative log likelihood", "negativeLogLikelihood"
            "Brier score", "brier"
            "calibration error", "calibrationError"
            "error bar", "errorBar"
            "assumption error", "assumptionError"
            "cross-validation", "crossValidation"
            "log evidence", "logEvidence"
        ]

    let private numbers trees =
        [
            for name, key in known do
                match
                    trees
                    |> List.map (measured key)
                    |> List.tryFind (fun value -> Double.IsFinite value.Value)
                with
                | Some value -> name, value
                | None -> ()
        ]

    let private criterion tree =
        match Tree.tryFind "criterion" tree with
        | Some criterion ->
            [
                for name in [ "verdict"; "decidedBy" ] do
                    match Tree.tryWord name criterion with
                    | Some word -> name, word
                    | None -> ()
            ],
            [
                for name in [ "slope"; "exactSlope" ] do
                    let value = measured name criterion

                    if Double.IsFinite value.Value then
                        name, value
            ]
        | None -> [], []

    // Of a certified answer.
    let private answered tree =
        let named name word =
            word |> Option.map (fun word -> name, word) |> Option.toList

        let certified =
            Tree.tryTruth "certified" tree
            |> Option.map (fun certified -> if certified then "yes" else "no")

        named "method" (Tree.tryWord "method" tree)
        @ named "certified" certified
        @ named "finite width" (Tree.tryFind "finiteWidth" tree |> Option.bind (Tree.tryWord "effect"))
        @ named "settle" (Tree.tryWord "settle" tree)

    // The first of the keys that a theory has: classes have no mean square error.
    let private ofTheories keys tree =
        [
            for theory in Tree.items "theories" tree do
                match Tree.tryWord "name" theory with
                | Some name -> name, keys |> List.tryPick (fun key -> Tree.tryFind key theory) |> number
                | None -> ()
        ]

    // Of what was sampled.
    let private converged tree =
        match Tree.tryTruth "converged" tree with
        | Some converged -> [ "converged", (if converged then "yes" else "no") ]
        | None -> []

    let private point isScaled tree =
        let words, slopes = criterion tree
        let experiment = Tree.tryFind "experiment" tree

        let whole =
            {
                Parameters = if isScaled then scaled tree else parameters tree
                Numbers = numbers [ tree; defaultArg experiment tree ] @ slopes
                Words =
                    words
                    @ answered tree
                    @ (experiment |> Option.map converged |> Option.defaultValue [])
                Theories = ofTheories [ "loss"; "negativeLogLikelihood" ] tree
                ZScores = ofTheories [ "z"; "negativeLogLikelihoodZ" ] tree
            }

        match Tree.items "tasks" tree with
        | [] -> [ whole ]
        | tasks ->
            [
                for i, task in List.indexed tasks ->
                    { whole with
                        Parameters = whole.Parameters @ [ "task", float (i + 1) ]
                        Numbers = numbers [ task; tree ]
                    }
            ]

    let rec private leaves path tree =
        match tree with
        | Tree.Object entries ->
            entries
            |> List.collect (fun (name, value) -> leaves (if path = "" then name else $"{path}.{name}") value)
        | value -> [ path, Tree.line value ]

    /// A result, called `name` in complaints.
    let ofTree name tree =
        match Tree.tryFind "job" tree, Tree.items "points" tree with
        | None, _
        | _, [] ->
            Error(
                BadFile(
                    name,
                    "It is no result of predict, learning-curve or experiment: it has no \"job\" and \"points\"."
                )
            )
        | Some job, points ->
            Ok
                {
                    Command = Tree.tryWord "command" tree |> Option.defaultValue ""
                    Theory = Tree.tryWord "theory" job |> Option.defaultValue ""
                    NotCertified = Tree.tryWord "reason" tree
                    Activation =
                        match Tree.tryFind "network" job |> Option.bind (Tree.tryFind "activation") with
                        | Some(Tree.Word name) -> name
                        | Some formula -> Tree.tryWord "formula" formula |> Option.defaultValue ""
                        | None -> ""
                    Job = leaves "" job
                    Points = points |> List.collect (point (Tree.tryFind "scaling" job).IsSome)
                }

    /// A result's JSON, called `name` in complaints.
    let parse name (json: string) =
        match Tree.tryParse json with
        | Some tree -> ofTree name tree
        | None -> Error(BadFile(name, "It is not valid JSON."))

    /// The result in a file.
    let read (path: string) =
        let bad what = Error(BadFile(path, what))

        if Directory.Exists path || FileKind.isSpecial path then
            bad FileKind.special
        elif not (File.Exists path) then
            bad "There is no such file."
        else
            parse path (File.ReadAllText path)

    /// The number of that name, NaN where it is not known.
    let value name (point: ReadPoint) =
        point.Numbers
        |> List.tryFind (fst >> (=) name)
        |> Option.map (fun (_, value: Measured) -> value.Value)
        |> Option.defaultValue nan

    /// What theories are compared by: the loss or, of classes, which have none, the negative log likelihood.
    let measure points =
        if List.exists (value "loss" >> Double.IsFinite) points then
            "loss"
        else
            "negative log likelihood"

    /// The names of the parameters that differ between points, in order.
    let varied (result: ResultFile) =
        result.Points
        |> List.collect _.Parameters
        |> List.distinct
        |> List.countBy fst
        |> List.filter (fun (_, count) -> count > 1)
        |> List.map fst

    /// The parameters of all points that do not differ.
    let shared (result: ResultFile) =
        let varied = varied result

        result.Points.Head.Parameters
        |> List.filter (fun (name, _) -> not (List.contains name varied))
