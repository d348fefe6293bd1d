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

    /// Writes it as `json` reads it.
    let write (writer: Utf8JsonWriter) job =
        match job with
        | SweepJob.Prediction job -> JobWriter.write ignore job writer
        | SweepJob.Experiment experiment -> JobWriter.write (ExperimentJob.write experiment) experiment.Job writer

    // Where its examples come from.
    let private sources (job: Job) =
        match job.Network with
        | JobNetwork.Transfer(_, second) -> [ job.Source; second ]
        | _ -> [ job.Source ]

    /// The files that its examples are read from.
    let files job =
        plain job
        |> sources
        |> Result.traverse SourceFiles.paths
        |> Result.map List.concat

    /// The same job with its files' names in place of their paths: what it computes does not depend on the folder that they are in.
    let withoutFolders job =
        let plain = plain job

        let network =
            match plain.Network with
            | JobNetwork.Transfer(networks, second) -> JobNetwork.Transfer(networks, SourceFiles.withoutFolders second)
            | network -> network

        job
        |> withPlain
            { plain with
                Source = SourceFiles.withoutFolders plain.Source
                Network = network
            }

    // Every network and temperature that the lists span.
    let private networks (job: Job) =
        match job.Network with
        | JobNetwork.Dense network ->
            Job.points network job
            |> List.map (fun (network, temperature) -> JobNetwork.Dense network, temperature)
            |> Ok
        | JobNetwork.Convolutional network ->
            Job.convolutionalPoints network job
            |> Result.map (List.map (fun (network, temperature) -> JobNetwork.Convolutional network, temperature))
        | JobNetwork.Image network ->
            Job.imagePoints network job
            |> Result.map (List.map (fun (network, temperature) -> JobNetwork.Image network, temperature))
        | JobNetwork.Transfer(networks, second) ->
            Job.transferPoints networks job
            |> Result.map (List.map (fun (networks, temperature) -> JobNetwork.Transfer(networks, second), temperature))

    let private each values =
        match values with
        | [] -> [ [] ]
        | values -> values |> List.map List.singleton

    let private likelihoods (job: Job) =
        match Job.beta job, job.Sweep.Betas with
        | Some _, (_ :: _ as betas) -> [ for beta in betas -> Some(LikelihoodAsked.Softmax beta) ]
        | _ -> [ job.Likelihood ]

    let private plainPoints (job: Job) =
        networks job
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
                                        // Its numbers are those of the point.
                                        Scaling = None
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
        let named widths priors =
            let shown =
                match List.distinct widths with
                | [ width ] -> string width
                | _ -> widths |> List.map string |> String.concat ", "

            [
                $"N = {shown}"
                $"lambda_{List.length priors - 1} = {Decimals.short (List.last priors)}"
            ]

        let layers (network: Network) = named network.Widths network.Priors

        match job.Network with
        | JobNetwork.Dense network -> layers network
        | JobNetwork.Convolutional network ->
            [
                $"N = {network.Channels}"
                $"lambda_1 = {Decimals.short network.ReadoutPrior}"
            ]
        | JobNetwork.Image network -> named network.Widths network.Priors
        | JobNetwork.Transfer(networks, _) ->
            layers networks.Network @ [ $"gamma = {Decimals.short networks.Coupling}" ]

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
            | [] -> yield! network plain
            | loads ->
                for load in loads do
                    yield $"P/N = {Decimals.short load}"

                yield! List.tail (network plain)

            match plain.Treatment with
            | _ when (Job.beta plain).IsSome -> yield $"beta = {Decimals.short (Job.beta plain).Value}"
            | Treatment.GradientFlow when System.Double.IsFinite plain.Time -> yield $"t = {Decimals.short plain.Time}"
            | Treatment.GradientFlow -> yield "t = infinity"
            | _ -> yield $"T = {Decimals.short plain.Temperature}"
        ]
        |> String.concat ", "
