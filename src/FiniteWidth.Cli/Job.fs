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

    /// The networks and temperatures that the sweep spans: widths outermost, temperatures innermost.
    let points (network: Network) job =
        let widths =
            job.Sweep.Widths
            |> List.map (List.replicate network.Depth)
            |> orOwn network.Widths

        let priors = job.Sweep.ReadoutPriors |> orOwn (List.last network.Priors)

        [
            for widths in widths do
                for prior in priors do
                    for temperature in job.Sweep.Temperatures |> orOwn job.Temperature ->
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
        result {
            let! networks =
                List.allPairs
                    (orOwn network.Channels job.Sweep.Widths)
                    (orOwn network.ReadoutPrior job.Sweep.ReadoutPriors)
                |> Result.traverse (fun (channels, prior) -> ConvolutionalNetwork.withReadout channels prior network)

            return List.allPairs networks (job.Sweep.Temperatures |> orOwn job.Temperature)
        }

    /// The same of a network of several convolutional layers, whose width is the channels or units of every layer.
    let imagePoints (network: ImageNetwork) job =
        result {
            let! widths =
                job.Sweep.Widths
                |> Result.traverse (fun width -> ImageNetwork.withWidth width network)

            let! networks =
                List.allPairs (orOwn network widths) (orOwn (List.last network.Priors) job.Sweep.ReadoutPriors)
                |> Result.traverse (fun (network, prior) -> ImageNetwork.withReadoutPrior prior network)

            return List.allPairs networks (job.Sweep.Temperatures |> orOwn job.Temperature)
        }

    /// The same of coupled networks, couplings between priors and temperatures.
    let transferPoints (networks: CoupledNetworks) job =
        result {
            let! swept =
                [
                    for width in job.Sweep.Widths |> orOwn networks.Network.Widths.Head do
                        for prior in job.Sweep.ReadoutPriors |> orOwn networks.Network.Priors[1] do
                            let network =
                                networks.Network |> Network.withWidth width |> Network.withReadoutPrior prior

                            for coupling in job.Sweep.Couplings |> orOwn networks.Coupling -> network, coupling
                ]
                |> Result.traverse (fun (network, coupling) -> CoupledNetworks.create network coupling)

            return List.allPairs swept (job.Sweep.Temperatures |> orOwn job.Temperature)
        }

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
