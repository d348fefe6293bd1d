namespace FiniteWidth.Cli

/// Jobs as they were understood: every key given, in the form in which a job has it.
[<RequireQualifiedAccess>]
module JobWriter =

    let private sweep (sweep: Sweep) =
        let list name values tree =
            if List.isEmpty values then [] else [ name, tree values ]

        let lists =
            list "width" sweep.Widths Tree.counts
            @ list "examples" sweep.Examples Tree.counts
            @ list "prior" sweep.ReadoutPriors Tree.numbers
            @ list "temperature" sweep.Temperatures Tree.numbers
            @ list "beta" sweep.Betas Tree.numbers
            @ list "gamma" sweep.Couplings Tree.numbers
            @ list "time" sweep.Times Tree.numbers
            @ list "load" sweep.Loads Tree.numbers

        if lists.IsEmpty then [] else [ "sweep", Tree.Object lists ]

    let private temperature (job: Job) =
        match job.Scaling with
        | None -> "temperature", Tree.Number job.Temperature
        | Some scaling ->
            "scaling", Tree.Object [ "gamma", Tree.Number scaling.Gamma; "beta", Tree.Number scaling.Beta ]

    let private likelihood (job: Job) =
        match job.Likelihood with
        | Some(LikelihoodAsked.Softmax beta) ->
            [
                "likelihood", Tree.Object [ "kind", Tree.Word "softmax"; "beta", Tree.Number beta ]
            ]
        | Some LikelihoodAsked.Gaussian ->
            [ temperature job; "likelihood", Tree.Object [ "kind", Tree.Word "gaussian" ] ]
        | None -> [ temperature job ]

    let private ownKeys (job: Job) =
        match job.Theory.Keys with
        | OwnKeys.Nothing -> []
        | OwnKeys.TrainingTime -> [ "time", Tree.Number job.Time ]
        | OwnKeys.Certificates -> AutoJson.entries job.Auto
        | OwnKeys.Cavity
        | OwnKeys.MeanField -> [ "cavity", CavityJson.tree job.Cavity ]

    let private expansion (job: Job) =
        match job.FirstOrder with
        | FirstOrder.LeftOut -> [ "expansion", Tree.Truth false ]
        | FirstOrder.Computed seed when job.Theory.Keys.IsNothing && seed <> 1UL ->
            [ "expansion", Tree.Object [ "seed", Tree.Whole seed ] ]
        | FirstOrder.Computed _ -> []

    let private crossValidation (job: Job) =
        match job.CrossValidation with
        | Some folds ->
            [
                "crossValidation", Tree.Object [ "folds", Tree.count folds.Count; "seed", Tree.Whole folds.Seed ]
            ]
        | None -> []

    /// The job as an object with `more` at its end.
    let treeWith more (job: Job) =
        Tree.Object(
            [
                "data",
                match job.Second with
                | Some second -> Tree.List [ SourceWriter.tree job.Source; SourceWriter.tree second ]
                | None -> SourceWriter.tree job.Source

                "network", JobNetwork.tree job.Scaling.IsSome job.Network
            ]
            @ likelihood job
            @ [ "theory", Tree.Word job.Theory.Name ]
            @ ownKeys job
            @ sweep job.Sweep
            @ expansion job
            @ crossValidation job
            @ SolverJson.entries job.Solver
            @ more
        )

    /// The job as an object.
    let tree job = treeWith [] job

    /// The job as a file has it.
    let text job = job |> tree |> Tree.text

    /// The seeds of a job's examples.
    let seeds (job: Job) =
        let named name source =
            Source.seed source |> Option.map (fun seed -> name, seed) |> Option.toList

        named "data" job.Source
        @ (job.Second |> Option.map (named "data[1]") |> Option.defaultValue [])

    /// The same with those of the chains behind certified answers, of the cavity theory's units and of the folds of a cross-validation.
    let allSeeds (job: Job) =
        seeds job
        @ match job.Theory.Keys, job.CrossValidation with
          | OwnKeys.Certificates, _ -> [ "sampling", job.Auto.Seed ]
          | (OwnKeys.Cavity | OwnKeys.MeanField), _ -> [ "cavity", job.Cavity.Seed ]
          | _, Some folds -> [ "crossValidation", folds.Seed ]
          | _, None -> []
