namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics.Networks

/// A sampler as a job names it.
type NamedSampler =
    {
        Name: string
        IntegratesReadout: bool
        Step: float option
    }

/// What `finitewidth experiment` is asked for.
type ExperimentJob =
    {
        Job: Job
        /// The theories to compare with: the job's own first.
        Theories: ComparedTheory list
        /// Numbers of training examples; all of them where it is empty.
        Examples: int list
        /// The sampler as it was named.
        Sampler: NamedSampler
        Plan: MeasurementPlan
        /// Between one checkpoint and the next.
        CheckpointEvery: TimeSpan
    }

[<RequireQualifiedAccess>]
module ExperimentJob =

    // A sampler by name: how it treats the readout, and how many transitions lie between two draws.
    [<NoComparison; NoEquality>]
    type private SamplerKind =
        {
            Make: bool -> float option -> JsonCursor -> Result<NetworkSampler, Failure>
            StepsPerDraw: int
        }

    let private withStep step sampler =
        match step with
        | Some size -> Sampler.withStep (StepSize.Fixed size) sampler
        | None -> sampler

    let private either sampler stepsPerDraw =
        {
            Make =
                fun integrated step _ ->
                    let sampler = withStep step sampler

                    if integrated then
                        Ok(NetworkSampler.Integrated sampler)
                    else
                        Ok(NetworkSampler.Sampled sampler)
            StepsPerDraw = stepsPerDraw
        }

    let private samplers =
        [
            "hmc", either Sampler.hmc 1
            "nuts", either Sampler.nuts 1
            "mala", either Sampler.mala 10
            "pcn", either Sampler.crankNicolson 50
            "langevin",
            {
                Make =
                    fun _ step cursor ->
                        match step with
                        | Some size -> Ok(NetworkSampler.Langevin size)
                        | None -> JsonCursor.fail cursor "\"langevin\" needs a \"step\", the eta of the dynamics."
                StepsPerDraw = 100
            }
            "gibbs",
            {
                Make = fun _ step _ -> Ok(NetworkSampler.Gibbs(withStep step Sampler.hmc))
                StepsPerDraw = 1
            }
        ]

    let private readsReadout = [ "langevin"; "gibbs" ]

    let private theoryOf cursor =
        result {
            let! name = JsonCursor.text cursor
            let! treatment = JsonCursor.choice Names.theories cursor

            match treatment with
            | Treatment.SaddlePoint theory -> return ComparedTheory.ofTheory name theory
            | Treatment.ScaleMixture -> return ComparedTheory.mixture
            | Treatment.GradientFlow
            | Treatment.Cavity
            | Treatment.Auto
            | Treatment.StudentT ->
                return!
                    JsonCursor.fail
                        cursor
                        $"\"{name}\" is not compared with experiments: use infinite-width, proportional, wishart, non-odd or mixture."
        }

    let private sampler cursor fields =
        result {
            let! name =
                JsonCursor.optional
                    "sampler"
                    "hmc"
                    (fun cursor ->
                        samplers
                        |> List.map (fun (name, _) -> name, name)
                        |> fun names -> JsonCursor.choice names cursor)
                    fields

            let named = samplers |> List.find (fst >> (=) name) |> snd

            let! integrated =
                JsonCursor.optional
                    "readout"
                    (not (List.contains name readsReadout))
                    (JsonCursor.choice [ "integrated", true; "sampled", false ])
                    fields

            let! step =
                JsonCursor.optional "step" None (JsonCursor.positive >> Result.map Some) fields

            if integrated && List.contains name readsReadout then
                return!
                    JsonCursor.fail
                        cursor
                        $"\"{name}\" moves the readout too: leave \"readout\" out, or give \"sampled\"."
            else
                let! made = named.Make integrated step cursor

                return
                    {
                        Name = name
                        IntegratesReadout = integrated
                        Step = step
                    },
                    made,
                    named.StepsPerDraw
        }

    let private settings stepsPerDraw fields =
        let defaults = Measurement.standard.Settings

        result {
            let! stepsPerDraw =
                JsonCursor.optional "stepsPerDraw" stepsPerDraw (JsonCursor.integer 1) fields

            let! chains =
                JsonCursor.optional "chains" defaults.Chains (JsonCursor.integer 1) fields
            // Four draws are the least that diagnoses can be made of.
            let! draws = JsonCursor.optional "draws" defaults.Draws (JsonCursor.integer 4) fields

            let! warmUp =
                JsonCursor.optional "warmUp" (defaults.WarmUp * stepsPerDraw) (JsonCursor.integer 0) fields

            let! seconds =
                JsonCursor.optional "seconds" None (JsonCursor.positive >> Result.map Some) fields

            let! effective =
                JsonCursor.optional "effectiveDraws" None (JsonCursor.positive >> Result.map Some) fields

            let! seed = JsonCursor.optional "seed" 1 (JsonCursor.integer 0) fields

            let! threads =
                JsonCursor.optional "threads" defaults.Threads (JsonCursor.integer 1) fields

            return
                { defaults with
                    StepsPerDraw = stepsPerDraw
                    Chains = chains
                    Draws = draws
                    WarmUp = warmUp
                    // Longer than any TimeSpan can say is no limit.
                    TimeLimit = seconds |> Option.map (fun s -> TimeSpan.FromSeconds(min s 1e9))
                    EffectiveDraws = effective
                    Seed = uint64 seed
                    Threads = threads
                }
        }

    let private experiment (job: Job) own cursor =
        result {
            let! fields =
                JsonCursor.fields
                    [
                        "sampler"
                        "readout"
                        "step"
                        "stepsPerDraw"
                        "chains"
                        "draws"
                        "warmUp"
                        "seconds"
                        "effectiveDraws"
                        "seed"
                        "threads"
                        "precision"
                        "checkpointSeconds"
                        "theories"
                        "examples"
                    ]
                    cursor

            let! named, sampler, stepsPerDraw = sampler cursor fields
            let! settings = settings stepsPerDraw fields

            let! precision =
                JsonCursor.optional
                    "precision"
                    Precision.Double
                    (JsonCursor.choice [ "double", Precision.Double; "single", Precision.Single ])
                    fields

            let! every = JsonCursor.optional "checkpointSeconds" 10.0 JsonCursor.positive fields
            let! others = JsonCursor.optional "theories" [] (JsonCursor.list theoryOf) fields

            let! examples =
                JsonCursor.optional "examples" [] (JsonCursor.nonEmptyList (JsonCursor.integer 1)) fields

            return
                {
                    Job = job
                    Theories = own :: others |> List.distinctBy _.Name
                    Examples = examples
                    Sampler = named
                    Plan =
                        { Measurement.standard with
                            Sampler = sampler
                            Options =
                                { NetworkPosterior.defaults with
                                    Precision = precision
                                }
                            Settings = settings
                        }
                    CheckpointEvery = TimeSpan.FromSeconds(min every 1e9)
                }
        }

    /// The job in a JSON file; relative paths in it are relative to the file.
    let read path =
        Job.readWith
            [ "sweep"; "experiment" ]
            (fun job root fields ->
                result {
                    if not job.Sweep.Examples.IsEmpty then
                        return!
                            JsonCursor.fail
                                fields["sweep"]
                                "averages over training sets are not measured: give the numbers of examples under \"experiment\"."

                    let! own = JsonCursor.require "theory" theoryOf root fields
                    return! JsonCursor.require "experiment" (experiment job own) root fields
                })
            path

    /// The key that an experiment has besides those of every job.
    let write (job: ExperimentJob) (writer: Utf8JsonWriter) =
        let settings = job.Plan.Settings

        let optional (key: string) (value: float option) =
            match value with
            | Some value -> writer.WriteNumber(key, value)
            | None -> writer.WriteNull key

        writer.WriteStartObject "experiment"
        writer.WriteString("sampler", job.Sampler.Name)

        writer.WriteString(
            "readout",
            (if job.Sampler.IntegratesReadout then
                 "integrated"
             else
                 "sampled")
        )

        optional "step" job.Sampler.Step
        writer.WriteNumber("stepsPerDraw", settings.StepsPerDraw)
        writer.WriteNumber("chains", settings.Chains)
        writer.WriteNumber("draws", settings.Draws)
        writer.WriteNumber("warmUp", settings.WarmUp)
        optional "seconds" (settings.TimeLimit |> Option.map _.TotalSeconds)
        optional "effectiveDraws" settings.EffectiveDraws
        writer.WriteNumber("seed", settings.Seed)
        writer.WriteNumber("threads", settings.Threads)

        writer.WriteString(
            "precision",
            match job.Plan.Options.Precision with
            | Precision.Single -> "single"
            | _ -> "double"
        )

        writer.WriteNumber("checkpointSeconds", job.CheckpointEvery.TotalSeconds)
        writer.WriteStartArray "theories"

        job.Theories
        |> List.tail
        |> List.iter (fun theory -> writer.WriteStringValue theory.Name)

        writer.WriteEndArray()

        if not job.Examples.IsEmpty then
            writer.WriteStartArray "examples"
            job.Examples |> List.iter writer.WriteNumberValue
            writer.WriteEndArray()

        writer.WriteEndObject()

    let private architectures (job: Job) =
        match job.Network with
        | JobNetwork.Dense network ->
            Job.points network job
            |> List.map (fun (network, temperature) -> Architecture.FullyConnected network, temperature)
            |> Ok
        | JobNetwork.Convolutional network ->
            Job.convolutionalPoints network job
            |> Result.map (List.map (fun (network, temperature) -> Architecture.Convolutional network, temperature))
        | JobNetwork.Transfer _ ->
            Error(
                Unsupported
                    "job.network.kind: an experiment takes one network, \"dense\" or \"convolution\", not \"transfer\"."
            )

    let private checkExamples (train: DataSet) job =
        match job.Examples |> List.tryFind (fun count -> count > train.Count) with
        | Some count ->
            Error(
                BadData
                    $"job.experiment.examples: {count} training examples are asked for and there are {train.Count}: ask for at most {train.Count}."
            )
        | None -> Ok()

    /// The points to measure: numbers of examples outermost, then what the sweep spans.
    let grid (train: DataSet) job =
        result {
            do! checkExamples train job
            let! architectures = architectures job.Job

            return
                [
                    for examples in
                        (if job.Examples.IsEmpty then
                             [ train.Count ]
                         else
                             job.Examples) do
                        for architecture, temperature in architectures ->
                            {
                                Examples = examples
                                Architecture = architecture
                                Temperature = temperature
                            }
                ]
        }
