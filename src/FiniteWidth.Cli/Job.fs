namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// The networks that a job can describe.
[<RequireQualifiedAccess>]
type JobNetwork =
    | Dense of Network
    | Convolutional of ConvolutionalNetwork
    /// Convolutional layers and fully connected ones.
    | Image of ImageNetwork
    /// Two coupled networks, and where the examples of the second one's task come from.
    | Transfer of CoupledNetworks * second: Source

/// Whether the exact first order in 1/N is computed beside a prediction.
[<RequireQualifiedAccess>]
type FirstOrder =
    /// Averaged over random units of this seed.
    | Computed of seed: uint64
    | LeftOut

/// The likelihood that a job names.
[<RequireQualifiedAccess>]
type LikelihoodAsked =
    /// Of numbers, at the job's temperature.
    | Gaussian
    /// Of classes.
    | Softmax of beta: float

/// How many folds a cross-validation has, and what draws them.
type FoldsAsked = { Count: int; Seed: uint64 }

/// What `finitewidth predict` is asked for.
type Job =
    {
        /// Where the examples come from; of two tasks, the first one's.
        Source: Source
        Network: JobNetwork
        /// 0 for gradient flow and for classes.
        Temperature: float
        /// What the readout's prior and the temperature are at every width, where the job names no numbers for them.
        Scaling: MeanFieldScaling option
        /// What the job says of it: classes at beta, or that numbers are meant.
        Likelihood: LikelihoodAsked option
        /// The name of the theory.
        Theory: string
        Treatment: Treatment
        /// The training time of gradient flow, infinite at its end.
        Time: float
        Sweep: Sweep
        FirstOrder: FirstOrder
        /// How the cavity theory is solved.
        Cavity: CavityAsked
        /// How good certified answers are to be, and what they may take.
        Auto: AutoSettings
        /// The cross-validation that stands beside a prediction.
        CrossValidation: FoldsAsked option
        /// Which solver answers, and how.
        Solver: SolverAsked
    }

[<RequireQualifiedAccess>]
module Job =

    let private orOwn own values =
        if List.isEmpty values then [ own ] else values

    // The scalings that the sweep spans; of coupled networks the list gamma is of couplings.
    let private scalings (scaling: MeanFieldScaling) job =
        let gammas =
            match job.Network with
            | JobNetwork.Transfer _ -> []
            | _ -> job.Sweep.Couplings

        [
            for gamma in orOwn scaling.Gamma gammas do
                for beta in orOwn scaling.Beta job.Sweep.Betas -> MeanFieldScaling.Create(gamma, beta)
        ]

    // The readout priors of a width N and their temperatures: every pair of the lists, or those of the scalings.
    let private readouts prior width job =
        match job.Scaling with
        | Some scaling ->
            [
                for each in scalings scaling job -> each.ReadoutPrior width, each.Temperature width
            ]
        | None -> List.allPairs (orOwn prior job.Sweep.ReadoutPriors) (orOwn job.Temperature job.Sweep.Temperatures)

    /// The networks and temperatures that the sweep spans: widths outermost, temperatures innermost.
    let points (network: Network) job =
        let widths =
            job.Sweep.Widths
            |> List.map (List.replicate network.Depth)
            |> orOwn network.Widths

        [
            for widths in widths do
                for prior, temperature in readouts (List.last network.Priors) (List.last widths) job ->
                    network |> Network.withWidths widths |> Network.withReadoutPrior prior, temperature
        ]

    /// The networks and betas that the sweep of a job on classes spans, betas innermost.
    let classPoints (network: Network) beta job =
        List.allPairs (points network { job with Temperature = 0.0 } |> List.map fst) (orOwn beta job.Sweep.Betas)

    /// Whether it asks for classes, and at which beta.
    let beta job =
        match job.Likelihood with
        | Some(LikelihoodAsked.Softmax beta) -> Some beta
        | Some LikelihoodAsked.Gaussian
        | None -> None

    /// The same of a convolutional network, whose width is its number of filters.
    let convolutionalPoints (network: ConvolutionalNetwork) job =
        [
            for channels in orOwn network.Channels job.Sweep.Widths do
                for prior, temperature in readouts network.ReadoutPrior channels job -> channels, prior, temperature
        ]
        |> Result.traverse (fun (channels, prior, temperature) ->
            ConvolutionalNetwork.withReadout channels prior network
            |> Result.map (fun network -> network, temperature))

    /// The same of a network of several convolutional layers, whose width is the channels or units of every layer.
    let imagePoints (network: ImageNetwork) job =
        result {
            let! widths =
                job.Sweep.Widths
                |> Result.traverse (fun width -> ImageNetwork.withWidth width network)

            return!
                [
                    for network in orOwn network widths do
                        for prior, temperature in readouts (List.last network.Priors) (List.last network.Widths) job ->
                            network, prior, temperature
                ]
                |> Result.traverse (fun (network, prior, temperature) ->
                    ImageNetwork.withReadoutPrior prior network
                    |> Result.map (fun network -> network, temperature))
        }

    /// The same of classes, betas innermost.
    let imageClassPoints (network: ImageNetwork) beta job =
        imagePoints
            network
            { job with
                Temperature = 0.0
                Sweep = { job.Sweep with Temperatures = [] }
            }
        |> Result.map (fun points -> List.allPairs (List.map fst points) (orOwn beta job.Sweep.Betas))

    /// The same of coupled networks, couplings between priors and temperatures.
    let transferPoints (networks: CoupledNetworks) job =
        [
            for width in job.Sweep.Widths |> orOwn networks.Network.Widths.Head do
                for prior, temperatures in
                    readouts networks.Network.Priors[1] width job
                    |> List.groupBy fst
                    |> List.map (fun (prior, pairs) -> prior, List.map snd pairs) do
                    let network =
                        networks.Network |> Network.withWidth width |> Network.withReadoutPrior prior

                    for coupling in job.Sweep.Couplings |> orOwn networks.Coupling do
                        for temperature in temperatures -> network, coupling, temperature
        ]
        |> Result.traverse (fun (network, coupling, temperature) ->
            CoupledNetworks.create network coupling
            |> Result.map (fun networks -> networks, temperature))

    /// The job with the readout's prior and the temperature that its scaling gives its own network, where it has one.
    let scaled (job: Job) =
        let at width =
            job.Scaling
            |> Option.map (fun scaling -> scaling.ReadoutPrior width, scaling.Temperature width)

        let withReadout width make =
            match at width with
            | None -> Ok job
            | Some(prior, temperature) ->
                make prior
                |> Result.map (fun network ->
                    { job with
                        Network = network
                        Temperature = temperature
                    })

        match job.Network with
        | JobNetwork.Dense network ->
            withReadout (List.last network.Widths) (fun prior ->
                network |> Network.withReadoutPrior prior |> JobNetwork.Dense |> Ok)
        | JobNetwork.Convolutional network ->
            withReadout network.Channels (fun prior ->
                network
                |> ConvolutionalNetwork.withReadout network.Channels prior
                |> Result.map JobNetwork.Convolutional)
        | JobNetwork.Image network ->
            withReadout (List.last network.Widths) (fun prior ->
                network |> ImageNetwork.withReadoutPrior prior |> Result.map JobNetwork.Image)
        | JobNetwork.Transfer(networks, second) ->
            withReadout networks.Network.Widths.Head (fun prior ->
                CoupledNetworks.create (Network.withReadoutPrior prior networks.Network) networks.Coupling
                |> Result.map (fun networks -> JobNetwork.Transfer(networks, second)))

    /// The training times of gradient flow.
    let times job = orOwn job.Time job.Sweep.Times

    /// The job with its examples drawn by this seed. Where two tasks have different seeds, so that their examples differ, the second has the next one.
    let withDataSeed (seed: uint64) (job: Job) =
        let network =
            match job.Network with
            | JobNetwork.Transfer(networks, second) ->
                let next =
                    if Source.seed second = Source.seed job.Source then
                        seed
                    else
                        seed + 1UL

                JobNetwork.Transfer(networks, Source.withSeed next second)
            | network -> network

        { job with
            Source = Source.withSeed seed job.Source
            Network = network
        }

    /// The same with the seed of chains, folds and random units too.
    let withSeed seed (job: Job) =
        { withDataSeed seed job with
            FirstOrder =
                match job.FirstOrder with
                | FirstOrder.Computed _ -> FirstOrder.Computed seed
                | FirstOrder.LeftOut -> FirstOrder.LeftOut
            Cavity = { job.Cavity with Seed = seed }
            Auto = { job.Auto with Seed = seed }
            CrossValidation = job.CrossValidation |> Option.map (fun folds -> { folds with Seed = seed })
            Solver = { job.Solver with Seed = seed }
        }
