namespace FiniteWidth.Cli

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics.Networks

/// A sampler as a job names it.
type NamedSampler =
    {
        Name: string
        IntegratesReadout: bool
        /// Whether the job says so itself.
        NamesReadout: bool
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

    // A theory by name that is compared with experiments.
    let private theory =
        Json.choice (Theories.choices Theories.curves)
        |> Json.check (fun cursor theory ->
            match theory.Compared with
            | Some compared -> Ok compared
            | None ->
                JsonCursor.fail
                    cursor
                    $"\"{theory.Name}\" is not compared with experiments: use infinite-width, proportional, wishart, non-odd or mixture.")

    let private sampler =
        fields {
            let! name =
                Fields.optional
                    "sampler"
                    "hmc"
                    (Json.choice [ for name, _ in samplers -> name, name ])
                    "how networks are drawn from their posterior (hmc)"

            and! integrated =
                Fields.tryKey
                    "readout"
                    (Json.choice [ "integrated", true; "sampled", false ])
                    "whether the readout is integrated exactly (where the sampler can) or sampled"

            and! step =
                Fields.tryKey "step" Json.positive "the step size; adapted where it is left out"

            return name, integrated, step
        }
        |> Fields.resolve (fun cursor (name, integrated, step) ->
            let named = samplers |> List.find (fst >> (=) name) |> snd
            let movesReadout = List.contains name readsReadout
            let isNamed = Option.isSome integrated
            let integrated = defaultArg integrated (not movesReadout)

            if integrated && movesReadout then
                JsonCursor.fail cursor $"\"{name}\" moves the readout too: leave \"readout\" out, or give \"sampled\"."
            else
                named.Make integrated step cursor
                |> Result.map (fun made ->
                    {
                        Name = name
                        IntegratesReadout = integrated
                        NamesReadout = isNamed
                        Step = step
                    },
                    made,
                    named.StepsPerDraw))

    // What is left out of these is as the sampler has it.
    let private settings =
        let defaults = Measurement.standard.Settings

        fields {
            let! stepsPerDraw =
                Fields.tryKey "stepsPerDraw" Json.count "transitions from one draw to the next"

            and! chains =
                Fields.optional "chains" defaults.Chains Json.count $"chains ({defaults.Chains})"

            // Four draws are the least that diagnoses can be made of.
            and! draws =
                Fields.optional "draws" defaults.Draws (Json.integer 4) $"of each chain ({defaults.Draws})"

            and! warmUp =
                Fields.tryKey "warmUp" (Json.integer 0) "transitions before the first draw"

            and! seconds = Fields.tryKey "seconds" Json.positive "what each point may take"

            and! effective =
                Fields.tryKey "effectiveDraws" Json.positive "stop at so many effective draws"

            and! seed = Fields.optional "seed" 1UL Json.seed "of the chains (1)"

            and! threads =
                Fields.optional "threads" defaults.Threads Json.count "chains at the same time"

            return
                fun usualSteps ->
                    let stepsPerDraw = defaultArg stepsPerDraw usualSteps

                    { defaults with
                        StepsPerDraw = stepsPerDraw
                        Chains = chains
                        Draws = draws
                        WarmUp = defaultArg warmUp (defaults.WarmUp * stepsPerDraw)
                        // Longer than any TimeSpan can say is no limit.
                        TimeLimit = seconds |> Option.map (fun s -> TimeSpan.FromSeconds(min s 1e9))
                        EffectiveDraws = effective
                        Seed = seed
                        Threads = threads
                    }
        }

    let private experiment =
        fields {
            let! named, sampler, usualSteps = sampler
            and! settings = settings

            and! precision =
                Fields.optional
                    "precision"
                    Precision.Double
                    (Json.choice [ "double", Precision.Double; "single", Precision.Single ])
                    "of the sampler's arithmetic: double (usual) or single"

            and! every =
                Fields.optional "checkpointSeconds" 10.0 Json.positive "between one checkpoint and the next (10)"

            and! evidence =
                Fields.tryKey "evidence" EvidenceJson.settings "sample the log evidence too, {} as it is usual"

            and! others =
                Fields.optional "theories" [] (Json.list theory) "further theories to compare with"

            and! examples =
                Fields.optional "examples" [] (Json.nonEmptyList Json.count) "numbers of training examples; all of them"

            return
                fun (job: Job) own ->
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
                                Settings = settings usualSteps
                                Evidence = evidence
                            }
                        CheckpointEvery = TimeSpan.FromSeconds(min every 1e9)
                    }
        }

    let private classTheories = [ "infinite-width"; "proportional"; "wishart" ]

    // Under the softmax likelihood all weights are sampled, and what needs a Gaussian readout is refused.
    let private ofClasses root (job: ExperimentJob) =
        let settings = JsonCursor.tryField "experiment" root |> Option.defaultValue root

        let fail name why =
            JsonCursor.fail (JsonCursor.tryField name settings |> Option.defaultValue settings) why

        match job.Plan with
        | { Evidence = Some _ } ->
            fail "evidence" "the log evidence is sampled of numbers: leave the key out for classes."
        | _ when job.Sampler.IntegratesReadout && job.Sampler.NamesReadout ->
            fail
                "readout"
                "under the softmax likelihood the readout is not Gaussian and is sampled: leave the key out, or give \"sampled\"."
        | _ when
            job.Theories.Tail
            |> List.exists (fun theory -> not (List.contains theory.Name classTheories))
            ->
            fail "theories" "classes are compared with infinite-width, proportional and wishart."
        | {
              Sampler = (NetworkSampler.Integrated sampler | NetworkSampler.Sampled sampler)
          } ->
            Ok
                { job with
                    Sampler =
                        { job.Sampler with
                            IntegratesReadout = false
                        }
                    Plan =
                        { job.Plan with
                            Sampler = NetworkSampler.Sampled sampler
                        }
                }
        | _ ->
            fail
                "sampler"
                $"\"{job.Sampler.Name}\" needs the likelihood of numbers: classes are sampled by hmc, nuts, mala or pcn."

    /// The keys of a job with an experiment.
    let keys =
        fields {
            let! job = JobJson.compared

            and! make =
                Fields.tryKey "experiment" (Fields.toJson experiment) "how networks are drawn from their posterior"

            return job, make
        }
        |> Fields.resolve (fun root (job, make) ->
            let place name =
                JsonCursor.tryField name root |> Option.defaultValue root

            if job.Sweep.Examples.IsEmpty then
                result {
                    let! make =
                        match make with
                        | Some make -> Ok make
                        | None -> experiment.Read root Map.empty

                    let! own = theory.Read(place "theory")
                    let made = make job own

                    return!
                        match Job.beta job with
                        | Some _ -> ofClasses root made
                        | None -> Ok made
                }
            else
                JsonCursor.fail
                    (place "sweep")
                    "averages over training sets are not measured: give the numbers of examples under \"experiment\".")

    /// The theories of a job on classes.
    let classTheoriesOf (job: ExperimentJob) =
        [
            for theory in job.Theories do
                match Theories.curves |> List.tryFind (fun named -> named.Name = theory.Name) with
                | Some {
                           Name = name
                           Equation = Some equation
                       } -> ComparedClassTheory.ofTheory name equation
                | _ -> ()
        ]

    /// The job with this seed in place of all that it has.
    let withSeed seed job =
        { job with
            Job = Job.withDataSeed seed job.Job
            Plan =
                { job.Plan with
                    Settings = { job.Plan.Settings with Seed = seed }
                }
        }

    /// The job in a JSON file; relative paths in it are relative to the file.
    let read path = JobFile.read keys path

    /// The key that an experiment has besides those of every job.
    let entries (job: ExperimentJob) =
        let settings = job.Plan.Settings

        [
            "experiment",
            Tree.Object
                [
                    "sampler", Tree.Word job.Sampler.Name
                    "readout",
                    Tree.Word(
                        if job.Sampler.IntegratesReadout then
                            "integrated"
                        else
                            "sampled"
                    )
                    "step", Tree.orNothing Tree.Number job.Sampler.Step
                    "stepsPerDraw", Tree.count settings.StepsPerDraw
                    "chains", Tree.count settings.Chains
                    "draws", Tree.count settings.Draws
                    "warmUp", Tree.count settings.WarmUp
                    "seconds", settings.TimeLimit |> Tree.orNothing (_.TotalSeconds >> Tree.Number)
                    "effectiveDraws", Tree.orNothing Tree.Number settings.EffectiveDraws
                    "seed", Tree.Whole settings.Seed
                    "threads", Tree.count settings.Threads
                    "precision",
                    match job.Plan.Options.Precision with
                    | Precision.Single -> Tree.Word "single"
                    | _ -> Tree.Word "double"

                    "checkpointSeconds", Tree.Number job.CheckpointEvery.TotalSeconds

                    match job.Plan.Evidence with
                    | Some settings -> "evidence", EvidenceJson.tree settings
                    | None -> ()

                    "theories", job.Theories |> List.tail |> List.map _.Name |> Tree.words

                    if not job.Examples.IsEmpty then
                        "examples", Tree.counts job.Examples
                ]
        ]

    let private checkExamples (train: DataSet) job =
        match job.Examples |> List.tryFind (fun count -> count > train.Count) with
        | Some count ->
            Error(
                BadData
                    $"job.experiment.examples: {count} training examples are asked for and there are {train.Count}: ask for at most {train.Count}."
            )
        | None -> Ok()

    // Numbers of examples outermost, then what the sweep spans.
    let private over (train: DataSet) job make points =
        result {
            let! points =
                points
                |> Result.bind (
                    Result.traverse (fun (network, value) ->
                        JobNetwork.architecture network
                        |> Result.map (fun architecture -> architecture, value))
                )

            do! checkExamples train job

            return
                [
                    for examples in
                        (if job.Examples.IsEmpty then
                             [ train.Count ]
                         else
                             job.Examples) do
                        for architecture, value in points -> make examples architecture value
                ]
        }

    /// The points to measure.
    let grid train job =
        Job.points job.Job
        |> over train job (fun examples architecture temperature ->
            {
                Examples = examples
                Architecture = architecture
                Temperature = temperature
            })

    /// The same of a job on classes at beta.
    let classGrid train beta job =
        Job.classPoints beta job.Job
        |> over train job (fun examples architecture beta ->
            {
                Examples = examples
                Architecture = architecture
                Beta = beta
            })
