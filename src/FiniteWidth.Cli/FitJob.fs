namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment

/// What `finitewidth fit` is asked for.
type FitJob =
    {
        Job: Job
        /// The hyperparameters to fit, by name.
        Parameters: string list
        /// The hyperparameters to fit, of a network.
        Hyperparameters: Network -> Hyperparameter list
        /// The hidden widths to compare; the network's own alone where it is empty.
        Widths: int list list
        /// How to sample the log evidence of each network before and after its fit, where it is to be checked.
        Sampled: AnnealingSettings option
    }

[<RequireQualifiedAccess>]
module FitJob =

    let private names =
        [
            "priors", Hyperparameter.priors
            "biases", Hyperparameter.biasPriors
            "temperature", (fun _ -> [ Hyperparameter.Temperature ])
        ]

    // lambda_l and lambda_b,l of one layer.
    let private (|OneLayer|_|) (name: string) =
        let layer (prefix: string) =
            if name.StartsWith(prefix, StringComparison.Ordinal) then
                match Int32.TryParse(name[prefix.Length ..]) with
                | true, l when l >= 0 -> Some l
                | _ -> None
            else
                None

        match layer "lambda_b,", layer "lambda_" with
        | Some l, _ -> Some(Hyperparameter.BiasPrior l)
        | None, Some l -> Some(Hyperparameter.Prior l)
        | None, None -> None

    // A name, with the hyperparameters of a network that it stands for.
    let private parameter =
        Json.text
        |> Json.check (fun cursor name ->
            match List.tryFind (fst >> (=) name) names, name with
            | Some named, _ -> Ok named
            | None, "beta" ->
                JsonCursor.fail
                    cursor
                    "beta cannot be fitted: the cross-entropy is positive, so that the evidence falls with beta whatever the labels are; fit the priors, of which the readout's scales the logits."
            | None, OneLayer hyperparameter -> Ok(name, (fun _ -> [ hyperparameter ]))
            | None, _ ->
                let question = Nearest.question (List.map fst names) name

                JsonCursor.fail
                    cursor
                    $"\"{name}\" is not one of priors, biases, temperature, or of one layer, such as lambda_0 and lambda_b,1{question}.")

    let private fit =
        fields {
            let! parameters =
                Fields.required
                    "parameters"
                    (Json.list parameter)
                    "priors, biases, temperature, or those of one layer, such as lambda_0"

            and! widths =
                Fields.optional
                    "widths"
                    []
                    (Json.nonEmptyList (Json.nonEmptyList Json.count))
                    "hidden widths to compare, a list each"

            and! sampled =
                Fields.tryKey
                    "sampled"
                    EvidenceJson.settingsWithSeed
                    "check the log evidence of each network, before and after its fit, by sampling; {} as it is usual"

            return
                fun job ->
                    {
                        Job = job
                        Parameters = List.map fst parameters
                        Hyperparameters =
                            fun network -> parameters |> List.collect (fun (_, ofNetwork) -> ofNetwork network)
                        Widths = widths
                        Sampled = sampled
                    }
        }
        |> Fields.toJson

    /// The keys of a job with a fit.
    let keys =
        fields {
            let! job = JobJson.plain
            and! fit = Fields.required "fit" fit "what is fitted to the largest evidence"
            return fit job
        }
        |> Fields.resolve (fun root (job: FitJob) ->
            match job.Job.Scaling with
            | None -> Ok job
            | Some _ ->
                JsonCursor.fail
                    (JsonCursor.tryField "scaling" root |> Option.defaultValue root)
                    "a fit starts from priors and a temperature: give these in place of a scaling.")

    /// The job with this seed in place of all that it has.
    let withSeed seed job =
        { job with
            Job = Job.withDataSeed seed job.Job
            Sampled = job.Sampled |> Option.map (fun settings -> { settings with Seed = seed })
        }

    /// The seeds of what it draws.
    let seeds (job: FitJob) =
        let sampling =
            job.Sampled
            |> Option.map (fun settings -> "sampling", settings.Seed)
            |> Option.toList

        JobWriter.seeds job.Job @ sampling

    /// The job in a JSON file; relative paths in it are relative to the file.
    let read path = JobFile.read keys path

    /// The key that a fit has besides those of every job.
    let write (job: FitJob) (writer: Utf8JsonWriter) =
        writer.WriteStartObject "fit"
        writer.WriteStartArray "parameters"
        job.Parameters |> List.iter writer.WriteStringValue
        writer.WriteEndArray()

        if not job.Widths.IsEmpty then
            writer.WriteStartArray "widths"

            for widths in job.Widths do
                writer.WriteStartArray()
                widths |> List.iter writer.WriteNumberValue
                writer.WriteEndArray()

            writer.WriteEndArray()

        job.Sampled |> Option.iter (EvidenceJson.writeWithSeed writer "sampled")
        writer.WriteEndObject()

    /// The network with these hidden widths: lambda_0 and the readout's prior stay, and so do those of the layers in between, which have
    /// precision 1 and no bias where the network has no such layer.
    let private atWidths (network: Network) (widths: int list) =
        let inner l =
            if l < network.Depth then network.Priors[l] else 1.0

        let priors =
            [ network.Priors.Head ]
            @ [ for l in 1 .. widths.Length - 1 -> inner l ]
            @ [ List.last network.Priors ]

        let biases =
            [
                for l in 0 .. widths.Length - 1 -> List.tryItem l network.Biases |> Option.flatten
            ]

        Network.create network.Activation widths priors biases
        |> Result.map (Network.withWiring network.Wiring)

    /// The networks to compare.
    let candidates (network: Network) job =
        match job.Widths with
        | [] -> Ok [ network ]
        | widths -> widths |> Result.traverse (atWidths network)

    /// The same of a network of convolutional layers, whose widths are its channels and units, all the same.
    let imageCandidates (network: ImageNetwork) job =
        match job.Widths with
        | [] -> Ok [ network ]
        | widths ->
            widths
            |> Result.traverse (fun widths ->
                match List.distinct widths with
                | [ width ] when widths.Length = network.Depth || widths.Length = 1 ->
                    ImageNetwork.withWidth width network
                | _ ->
                    Error(
                        BadData
                            $"job.fit.widths: a list here is of {widths.Length} widths, and the network has {network.Depth} hidden layers: name one width, which all of them have."
                    ))

    /// The same of a convolutional network, whose one width is its number of filters.
    let convolutionalCandidates (network: ConvolutionalNetwork) job =
        match job.Widths with
        | [] -> Ok [ network ]
        | widths ->
            widths
            |> Result.traverse (fun widths ->
                match widths with
                | [ channels ] -> ConvolutionalNetwork.withReadout channels network.ReadoutPrior network
                | widths ->
                    Error(
                        BadData
                            $"job.fit.widths: a list here has length {widths.Length}, and a convolutional network takes one width, its number of filters."
                    ))
