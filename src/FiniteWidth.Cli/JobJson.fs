namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// The keys of jobs, and the checks that need several of them.
[<RequireQualifiedAccess>]
module JobJson =

    // One source, or two, a task each.
    let private sources =
        let two =
            Json.list SourceJson.json
            |> Json.check (fun cursor sources ->
                match sources with
                | [ first; second ] -> Ok(first, Some second)
                | sources ->
                    JsonCursor.fail
                        cursor
                        $"this list has length {sources.Length}, and a pair of coupled networks takes two sources, one a task.")

        Json.listOr two (SourceJson.json |> Json.map (fun source -> source, None))

    let private theory = Json.choice (Theories.choices Theories.all)

    // gamma and beta.
    let private scaling =
        fields {
            let! gamma =
                Fields.required "gamma" Json.positive "the size of the output in units of 1/N; small is lazy"

            and! beta =
                Fields.required "beta" Json.positive "the inverse temperature of a unit's share"

            return MeanFieldScaling.Create(gamma, beta)
        }
        |> Fields.toJson

    let private isOfClasses likelihood =
        match likelihood with
        | Some(_, LikelihoodAsked.Softmax _) -> true
        | _ -> false

    // What a scaling stands in place of may not be said beside it, and must be said without it.
    let private checkScaling root (theory: NamedTheory) likelihood temperature readout scaling =
        match scaling, temperature, readout with
        | Some(place, _), _, _ when isOfClasses likelihood ->
            JsonCursor.fail
                place
                "the scaling sets a temperature, and the softmax likelihood has none: leave the key out."
        | Some(place, _), _, _ when theory.Keys.IsTrainingTime ->
            JsonCursor.fail place "the scaling sets a temperature, and gradient flow has none: leave the key out."
        | Some _, Some(place, _), _ ->
            JsonCursor.fail
                place
                "the scaling sets the temperature, 1/(beta N gamma^2): leave this key out, or the key \"scaling\"."
        | Some _, None, ReadoutPrior.Given place ->
            JsonCursor.fail
                place
                "the scaling sets the readout's prior, N gamma^2: leave the last of these out, or the key \"scaling\"."
        | None, _, _ when theory.Keys.IsMeanField ->
            JsonCursor.fail
                root
                "the theory \"mean-field\" is that of a scaling: give \"scaling\": { \"gamma\": ..., \"beta\": ... } in place of the temperature and the readout's prior."
        | None, _, ReadoutPrior.LeftOut(place, complaint) -> JsonCursor.fail place complaint
        | _ -> Ok()

    // A pair of networks has two tasks, every other network one.
    let private checkSources (data, (_, second: Source option)) network =
        match network, second with
        | JobNetwork.Coupled _, None -> JsonCursor.wrongKind "a list" data
        | JobNetwork.Coupled _, Some _
        | _, None -> Ok()
        | _, Some _ -> JsonCursor.wrongKind "an object" data

    // Numbers at the temperature, or classes.
    let private likelihood =
        let gaussian =
            {
                Keys = []
                Read = fun _ _ -> Ok LikelihoodAsked.Gaussian
            }

        let softmax =
            fields {
                let! beta =
                    Fields.optional "beta" 1.0 Json.notNegative "what multiplies the cross-entropy (1)"

                return LikelihoodAsked.Softmax beta
            }

        [ "gaussian", Fields.kind gaussian; "softmax", Fields.kind softmax ]
        |> Fields.kinds "kind" None "gaussian, of numbers, or softmax, of classes"
        |> Fields.ofKinds

    // What classes can be asked of.
    let private checkLikelihood network (theory: NamedTheory) given =
        match given, network with
        | Some(place, LikelihoodAsked.Softmax _), JobNetwork.Coupled _ ->
            JsonCursor.fail place "the softmax likelihood takes a network of the kind \"dense\" or \"convolution\"."
        | Some(place, LikelihoodAsked.Softmax _), _ when theory.Equation.IsNone && not theory.Keys.IsCertificates ->
            JsonCursor.fail
                place
                "the softmax likelihood takes the theories \"infinite-width\", \"proportional\" and \"wishart\"."
        | _ -> Ok()

    // Classes of one convolutional layer are those of several.
    let private layersOf likelihood network =
        match network with
        | JobNetwork.Convolutional network when isOfClasses likelihood ->
            JobNetwork.Image(ImageNetwork.ofConvolutional network)
        | _ -> network

    // Gradient flow has none, and neither have classes.
    let private temperature root (theory: NamedTheory) likelihood scaling given =
        match given with
        // Until the width is known.
        | None when Option.isSome scaling -> Ok 0.0
        | None when isOfClasses likelihood || theory.Keys.IsTrainingTime -> Ok 0.0
        | None -> JsonCursor.missing root "temperature"
        | Some(place, _) when isOfClasses likelihood ->
            JsonCursor.fail place "the softmax likelihood has beta in place of a temperature: leave the key out."
        | Some(place, value) when theory.Keys.IsTrainingTime && value > 0.0 ->
            JsonCursor.fail place "gradient flow has no temperature: leave the key out, or give 0."
        | Some(_, value) -> Ok value

    let private theoryMeaning = "what predicts"

    // The keys of every job, the theory as `named` has it.
    let private plainOf named =
        fields {
            let! data =
                Fields.required "data" (Json.placed sources) "where the examples come from; of two tasks a list"

            and! network, readout = Fields.required "network" NetworkJson.json "the network"

            // Whether it must be there is known with the theory and the likelihood.
            and! temperature =
                Fields.whereGiven
                    "temperature"
                    (Json.placed Json.notNegative)
                    "T; every theory but ntk needs it or a scaling, and the softmax likelihood has none"

            and! scaling =
                Fields.tryKey
                    "scaling"
                    (Json.placed scaling)
                    "mean-field: the readout's prior is N gamma^2 and T is 1/(beta N gamma^2), at every width"

            and! likelihood =
                Fields.tryKey
                    "likelihood"
                    (Json.placed likelihood)
                    "softmax, of classes, with its beta; or gaussian, which says that whole numbers are no classes"

            and! theory = named
            and! _ = Fields.tryKey "$schema" Json.text "the schema of jobs, for editors"
            return data, (network, readout), (temperature, scaling, likelihood), theory
        }
        |> Fields.resolve (fun root (data, (network, readout), (given, scaling, likelihood), theory) ->
            result {
                do! checkSources data network
                do! checkLikelihood network theory likelihood
                do! checkScaling root theory likelihood given readout scaling
                let! temperature = temperature root theory likelihood scaling given
                let source, second = snd data

                return!
                    {
                        Source = source
                        Second = second
                        Network = layersOf likelihood network
                        Temperature = temperature
                        Scaling = Option.map snd scaling
                        Likelihood = Option.map snd likelihood
                        Theory = theory
                        Time = infinity
                        Sweep = Sweep.none
                        FirstOrder = FirstOrder.Computed 1UL
                        Cavity = CavityJson.standard
                        Auto = AutoSettings.standard
                        CrossValidation = None
                        Solver = SolverJson.standard
                    }
                    |> Job.scaled
            })

    /// The keys of every job.
    let plain = plainOf (Fields.required "theory" theory theoryMeaning)

    // What a scaling stands in place of has no list.
    let private checkScaledSweep (job: Job) place (sweep: Sweep) =
        let refuse (name: string) why =
            match JsonCursor.tryField name place with
            | Some list -> JsonCursor.fail list why
            | None -> Ok()

        match job.Scaling, job.Network with
        | None, _ -> Ok()
        | Some _, network ->
            result {
                do!
                    refuse
                        "prior"
                        "the scaling sets the readout's prior, N gamma^2: vary gamma, or leave the scaling out."

                do!
                    refuse
                        "temperature"
                        "the scaling sets the temperature, 1/(beta N gamma^2): vary beta, or leave the scaling out."

                do! refuse "load" "the scaling needs the width: give a list under \"width\"."

                if
                    not network.IsCoupled
                    && sweep.Couplings |> List.exists (fun gamma -> not (gamma > 0.0))
                then
                    do! refuse "gamma" "the gamma of a scaling is a number above 0."

                if sweep.Betas |> List.exists (fun beta -> not (beta > 0.0)) then
                    do! refuse "beta" "the beta of a scaling is a number above 0."
            }

    // The same with a sweep.
    let private swept plain =
        fields {
            let! job = plain

            and! sweep =
                Fields.tryKey "sweep" Sweep.json "lists of what to vary; every combination is predicted"

            return job, sweep
        }
        |> Fields.resolve (fun _ (job, sweep) ->
            match sweep with
            | None -> Ok job
            | Some(place, sweep) ->
                checkScaledSweep job place sweep
                |> Result.bind (fun () -> Sweep.requireKeys (Job.theory job).SweepKeys place)
                |> Result.map (fun () -> { job with Sweep = sweep }))

    // Refuses a key that is there where it has no meaning.
    let private refuse given why =
        match given with
        | Some(place, _) -> JsonCursor.fail place why
        | None -> Ok()

    // A number of folds, or with a seed.
    let private crossValidation =
        let folds = Json.integer 2

        let withSeed =
            fields {
                let! count = Fields.required "folds" folds "how many"
                and! seed = Fields.optional "seed" 1UL Json.seed "draws them (1)"
                return { Count = count; Seed = seed }
            }

        folds
        |> Json.map (fun count -> { Count = count; Seed = 1UL })
        |> Json.objectOr (Fields.toJson withSeed)

    // Whether it is computed, or by which random units.
    let private expansion =
        let withSeed =
            fields {
                let! seed = Fields.optional "seed" 1UL Json.seed "of the random units (1)"
                return FirstOrder.Computed seed
            }

        Json.boolean
        |> Json.map (fun wanted ->
            if wanted then
                FirstOrder.Computed 1UL
            else
                FirstOrder.LeftOut)
        |> Json.objectOr (Fields.toJson withSeed)

    // The keys of a prediction besides those of every job.
    let private predictionOf plain =
        fields {
            let! job = swept plain

            and! time =
                Fields.tryKey "time" (Json.placed Sweep.time) "of the theory ntk: the training time; its end (null)"

            and! expansion =
                Fields.tryKey
                    "expansion"
                    (Json.placed expansion)
                    "false leaves out the exact first order in 1/N; an object has the seed of its random units"

            and! cavity =
                Fields.tryKey "cavity" (Json.placed CavityJson.json) "how the theories cavity and mean-field are solved"

            and! folds =
                Fields.tryKey
                    "crossValidation"
                    (Json.placed crossValidation)
                    "folds of the training set, each of which is predicted from the others"

            and! solver =
                Fields.tryKey
                    "solver"
                    (Json.placed SolverJson.json)
                    "direct, iterative for training sets whose P x P doubles do not fit into memory, or distributed over the ranks of mpirun; found where it is left out"

            and! auto = AutoJson.keys
            return job, time, expansion, cavity, folds, solver, auto
        }
        |> Fields.resolve (fun _ (job, time, expansion, cavity, folds, solver, (places, auto)) ->
            result {
                let theory = Job.theory job

                let refuseBy answer given =
                    match answer with
                    | Ok() -> Ok()
                    | Error why -> refuse given why

                if not job.Theory.Keys.IsTrainingTime then
                    do! refuse time "a training time belongs to the theory \"ntk\"."

                if not (job.Theory.Keys.IsCavity || job.Theory.Keys.IsMeanField) then
                    do! refuse cavity "these settings belong to the theories \"cavity\" and \"mean-field\"."

                do! refuseBy theory.Folds folds
                do! refuseBy theory.FirstOrder expansion

                if not job.Theory.Keys.IsNothing then
                    do!
                        refuse
                            solver
                            "a solver is chosen for infinite-width, proportional, wishart, non-odd, mixture and student-t: leave the key out, or name one of these theories."

                do! AutoJson.requireAuto job.Theory.Keys.IsCertificates places

                let value fallback given =
                    given |> Option.map snd |> Option.defaultValue fallback

                return
                    { job with
                        Time = value infinity time
                        FirstOrder = value (FirstOrder.Computed 1UL) expansion
                        Cavity = value CavityJson.standard cavity
                        Auto = auto
                        CrossValidation = Option.map snd folds
                        Solver = value SolverJson.standard solver
                    }
            })

    /// The keys of a prediction: certified answers where no theory is named.
    let prediction =
        predictionOf (
            plainOf (Fields.optional "theory" Theories.auto theory $"{theoryMeaning}; auto where it is left out")
        )

    /// The same with a theory to compare with.
    let compared = predictionOf plain
