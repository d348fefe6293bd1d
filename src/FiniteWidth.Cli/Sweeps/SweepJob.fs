namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment

/// What a sweep on many processes computes: the predictions of a job, or its experiment where it has the key.
[<RequireQualifiedAccess>]
type SweepJob =
    | Prediction of Job
    | Experiment of ExperimentJob

/// Jobs of sweeps, and the points that they span as jobs of their own.
[<RequireQualifiedAccess>]
module SweepJob =

    let private prediction = Fields.toJson JobJson.prediction
    let private experiment = Fields.toJson ExperimentJob.keys

    let private hasExperiment cursor =
        cursor.Element.ValueKind = JsonValueKind.Object
        && (JsonCursor.tryField "experiment" cursor).IsSome

    /// A job as `predict` takes it or, with a key "experiment", as `experiment` does.
    let json: Json<SweepJob> =
        {
            Shape = experiment.Shape
            Read =
                fun cursor ->
                    if hasExperiment cursor then
                        experiment.Read cursor |> Result.map SweepJob.Experiment
                    else
                        prediction.Read cursor |> Result.map SweepJob.Prediction
        }

    /// The command that computes it.
    let command job =
        match job with
        | SweepJob.Prediction _ -> "predict"
        | SweepJob.Experiment _ -> "experiment"

    /// The job that every command knows.
    let plain job =
        match job with
        | SweepJob.Prediction job -> job
        | SweepJob.Experiment experiment -> experiment.Job

    let private withPlain plain job =
        match job with
        | SweepJob.Prediction _ -> SweepJob.Prediction plain
        | SweepJob.Experiment experiment -> SweepJob.Experiment { experiment with Job = plain }

    /// The job with this seed in place of all that it has.
    let withSeed seed job =
        match job with
        | SweepJob.Prediction job -> SweepJob.Prediction(Job.withSeed seed job)
        | SweepJob.Experiment job -> SweepJob.Experiment(ExperimentJob.withSeed seed job)

    /// The tree that `json` reads.
    let tree job =
        match job with
        | SweepJob.Prediction job -> JobWriter.tree job
        | SweepJob.Experiment experiment -> JobWriter.treeWith (ExperimentJob.entries experiment) experiment.Job

    /// The files that its examples are read from.
    let files job =
        let plain = plain job

        plain.Source :: Option.toList plain.Second
        |> Result.traverse SourceFiles.paths
        |> Result.map List.concat

    /// The same job with its files' names in place of their paths: what it computes does not depend on the folder that they are in.
    let withoutFolders job =
        let plain = plain job

        job
        |> withPlain
            { plain with
                Source = SourceFiles.withoutFolders plain.Source
                Second = plain.Second |> Option.map SourceFiles.withoutFolders
            }

    let private each values =
        match values with
        | [] -> [ [] ]
        | values -> values |> List.map List.singleton

    let private likelihoods (job: Job) =
        match Job.beta job, job.Sweep.Betas with
        | Some _, (_ :: _ as betas) -> [ for beta in betas -> Some(LikelihoodAsked.Softmax beta) ]
        | _ -> [ job.Likelihood ]

    // Of most theories the numbers that it sets are those of the point, in its place.
    let private scaling (job: Job) network temperature =
        match job.Theory.Keys with
        | OwnKeys.MeanField ->
            let width = float (List.last (JobNetwork.widths network))
            let prior = List.last (JobNetwork.priors network)
            Some(MeanFieldScaling.Create(ScaledNumbers.gamma width prior, ScaledNumbers.beta prior temperature))
        | _ -> None

    let private plainPoints (job: Job) =
        Job.points job
        |> Result.map (fun networks ->
            [
                for loads in each job.Sweep.Loads do
                    for network, temperature in networks do
                        for likelihood in likelihoods job do
                            for time in Job.times job do
                                for examples in each job.Sweep.Examples ->
                                    { job with
                                        Network = network
                                        Temperature = temperature
                                        Scaling = scaling job network temperature
                                        Likelihood = likelihood
                                        Time = time
                                        // These have no other place in a job.
                                        Sweep =
                                            { Sweep.none with
                                                Examples = examples
                                                Loads = loads
                                            }
                                    }
            ])

    /// The points that a job's lists span, each a job of its own, in the order in which the job's own command has them.
    let points job =
        match job with
        | SweepJob.Prediction job -> plainPoints job |> Result.map (List.map SweepJob.Prediction)
        | SweepJob.Experiment experiment ->
            plainPoints experiment.Job
            |> Result.map (fun points ->
                [
                    for examples in each experiment.Examples do
                        for point in points ->
                            SweepJob.Experiment
                                { experiment with
                                    Job = point
                                    Examples = examples
                                }
                ])

    let private network (job: Job) =
        let priors = JobNetwork.priors job.Network

        let shown =
            match List.distinct (JobNetwork.widths job.Network) with
            | [ width ] -> string width
            | _ -> JobNetwork.widths job.Network |> List.map string |> String.concat ", "

        [
            $"N = {shown}"
            $"lambda_{priors.Length - 1} = {Decimals.short (List.last priors)}"

            match JobNetwork.coupled job.Network with
            | Some networks -> $"gamma = {Decimals.short networks.Coupling}"
            | None -> ()
        ]

    /// The point of a job without lists in words.
    let describe job =
        let plain: Job = plain job

        let examples =
            match job with
            | SweepJob.Prediction job -> job.Sweep.Examples
            | SweepJob.Experiment experiment -> experiment.Examples

        [
            for count in examples do
                yield $"P = {count}"

            // A load sets the width.
            match plain.Sweep.Loads with
            | [] when plain.Theory.Keys.IsMeanField -> ()
            | [] -> yield! network plain
            | loads ->
                for load in loads do
                    yield $"P/N = {Decimals.short load}"

                yield! List.tail (network plain)

            match Job.beta plain, plain.Theory.Keys with
            | Some beta, _ -> yield $"beta = {Decimals.short beta}"
            | None, OwnKeys.TrainingTime when System.Double.IsFinite plain.Time ->
                yield $"t = {Decimals.short plain.Time}"
            | None, OwnKeys.TrainingTime -> yield "t = infinity"
            | None, OwnKeys.MeanField ->
                for scaling in Job.scalings plain do
                    yield $"gamma = {Decimals.short scaling.Gamma}, beta = {Decimals.short scaling.Beta}"
            | None, _ -> yield $"T = {Decimals.short plain.Temperature}"
        ]
        |> String.concat ", "
