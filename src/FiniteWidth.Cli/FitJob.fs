namespace FiniteWidth.Cli

open System
open FiniteWidth

/// What `finitewidth fit` is asked for.
type FitJob = { Job: Job; Fit: FitAsked }

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
                {
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
            return { Job = job; Fit = fit }
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
            Fit.Sampled = job.Fit.Sampled |> Option.map (fun settings -> { settings with Seed = seed })
        }

    /// The seeds of what it draws.
    let seeds (job: FitJob) =
        let sampling =
            job.Fit.Sampled
            |> Option.map (fun settings -> "sampling", settings.Seed)
            |> Option.toList

        JobWriter.seeds job.Job @ sampling

    /// The job in a JSON file; relative paths in it are relative to the file.
    let read path = JobFile.read keys path

    /// The key that a fit has besides those of every job.
    let entries (job: FitJob) =
        let fit = job.Fit

        [
            "fit",
            Tree.Object
                [
                    "parameters", Tree.words fit.Parameters

                    if not fit.Widths.IsEmpty then
                        "widths", Tree.List(List.map Tree.counts fit.Widths)

                    match fit.Sampled with
                    | Some settings -> "sampled", EvidenceJson.treeWithSeed settings
                    | None -> ()
                ]
        ]
