namespace FiniteWidth.Cli

open System
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
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

    let private tryProperty (name: string) (element: JsonElement) =
        if element.ValueKind <> JsonValueKind.Object then
            None
        else
            match element.TryGetProperty name with
            | true, value -> Some value
            | _ -> None

    let private number (element: JsonElement option) =
        match element with
        | Some element when element.ValueKind = JsonValueKind.Number -> element.GetDouble()
        | _ -> nan

    let private text name element =
        match tryProperty name element with
        | Some value when value.ValueKind = JsonValueKind.String -> Option.ofObj (value.GetString())
        | _ -> None

    let private items name element =
        match tryProperty name element with
        | Some list when list.ValueKind = JsonValueKind.Array -> List.ofSeq (list.EnumerateArray())
        | _ -> []

    // A number with its standard error in a key beside it, or an object of both.
    let private measured name element : Measured =
        match tryProperty name element with
        | Some value when value.ValueKind = JsonValueKind.Object ->
            {
                Value = number (tryProperty "value" value)
                Error = number (tryProperty "error" value)
            }
        | value ->
            let error =
                [ name + "Error"; name + "StandardError" ]
                |> List.tryPick (fun name -> tryProperty name element)

            {
                Value = number value
                Error = number error
            }

    let private widths element =
        match items "widths" element |> List.map (Some >> number) with
        | [] -> []
        | first :: others when List.forall ((=) first) others -> [ "N", first ]
        | widths -> widths |> List.mapi (fun l width -> $"N_{l + 1}", width)

    // The training time is null at the end of training.
    let private time element =
        match tryProperty "time" element with
        | Some value when value.ValueKind = JsonValueKind.Null -> [ "t", infinity ]
        | Some value -> [ "t", number (Some value) ]
        | None -> []

    let private parameters element =
        [
            yield! widths element

            for l, prior in List.indexed (items "priors" element) do
                $"lambda_{l}", number (Some prior)

            for name, key in [ "gamma", "gamma"; "P", "examples"; "T", "temperature"; "beta", "beta" ] do
                match tryProperty key element with
                | Some value -> name, number (Some value)
                | None -> ()

            yield! time element
        ]

    // Numbers that a scaling sets at every width, as that scaling.
    let private scaled element =
        let name depth = $"lambda_{depth}"
        let values = parameters element

        let find name =
            values |> List.tryFind (fst >> (=) name) |> Option.map snd

        let depth = (items "priors" element).Length - 1

        match items "widths" element |> List.tryLast, find (name depth), find "T" with
        // A coupling has the name already.
        | Some width, Some prior, Some temperature when (find "gamma").IsNone ->
            [
                for parameter in values do
                    match fst parameter with
                    | "T" -> "beta", ScaledNumbers.beta prior temperature
                    | other when other = name depth -> "gamma", ScaledNumbers.gamma (number (Some width)) prior
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

    let private numbers elements =
        [
            for name, key in known do
                match
                    elements
                    |> List.map (measured key)
                    |> List.tryFind (fun value -> Double.IsFinite value.Value)
                with
                | Some value -> name, value
                | None -> ()
        ]

    let private criterion element =
        match tryProperty "criterion" element with
        | Some criterion ->
            [
                for name in [ "verdict"; "decidedBy" ] do
                    match text name criterion with
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
    let private answered element =
        let named name word =
            word |> Option.map (fun word -> name, word) |> Option.toList

        let certified =
            tryProperty "certified" element
            |> Option.map (fun certified ->
                if certified.ValueKind = JsonValueKind.True then
                    "yes"
                else
                    "no")

        named "method" (text "method" element)
        @ named "certified" certified
        @ named "finite width" (tryProperty "finiteWidth" element |> Option.bind (text "effect"))
        @ named "settle" (text "settle" element)

    // The first of the keys that a theory has: classes have no mean square error.
    let private ofTheories keys element =
        [
            for theory in items "theories" element do
                match text "name" theory with
                | Some name -> name, keys |> List.tryPick (fun key -> tryProperty key theory) |> number
                | None -> ()
        ]

    // Of what was sampled.
    let private converged element =
        match tryProperty "converged" element with
        | Some value when value.ValueKind = JsonValueKind.True -> [ "converged", "yes" ]
        | Some value when value.ValueKind = JsonValueKind.False -> [ "converged", "no" ]
        | _ -> []

    let private point isScaled element =
        let words, slopes = criterion element
        let experiment = tryProperty "experiment" element

        let whole =
            {
                Parameters = if isScaled then scaled element else parameters element
                Numbers = numbers [ element; defaultArg experiment element ] @ slopes
                Words =
                    words
                    @ answered element
                    @ (experiment |> Option.map converged |> Option.defaultValue [])
                Theories = ofTheories [ "loss"; "negativeLogLikelihood" ] element
                ZScores = ofTheories [ "z"; "negativeLogLikelihoodZ" ] element
            }

        match items "tasks" element with
        | [] -> [ whole ]
        | tasks ->
            [
                for i, task in List.indexed tasks ->
                    { whole with
                        Parameters = whole.Parameters @ [ "task", float (i + 1) ]
                        Numbers = numbers [ task; element ]
                    }
            ]

    let private relaxed =
        JsonSerializerOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    let rec private leaves path (element: JsonElement) =
        [
            match element.ValueKind with
            | JsonValueKind.Object ->
                for property in element.EnumerateObject() do
                    let name =
                        if path = "" then
                            property.Name
                        else
                            $"{path}.{property.Name}"

                    yield! leaves name property.Value
            | _ -> path, JsonSerializer.Serialize(element, relaxed)
        ]

    /// A result's JSON, called `name` in complaints.
    let parse name (json: string) =
        let bad what = Error(BadFile(name, what))

        try
            use document = JsonDocument.Parse json
            let root = document.RootElement

            match tryProperty "job" root, items "points" root with
            | None, _
            | _, [] -> bad "It is no result of predict, learning-curve or experiment: it has no \"job\" and \"points\"."
            | Some job, points ->
                let activation =
                    match tryProperty "network" job |> Option.bind (tryProperty "activation") with
                    | Some name when name.ValueKind = JsonValueKind.String -> string (name.GetString())
                    | Some formula -> text "formula" formula |> Option.defaultValue ""
                    | None -> ""

                Ok
                    {
                        Command = text "command" root |> Option.defaultValue ""
                        Theory = text "theory" job |> Option.defaultValue ""
                        NotCertified = text "reason" root
                        Activation = activation
                        Job = leaves "" job
                        Points = points |> List.collect (point (tryProperty "scaling" job).IsSome)
                    }
        with :? JsonException ->
            bad "It is not valid JSON."

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
