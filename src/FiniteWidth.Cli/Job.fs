namespace FiniteWidth.Cli

open System.Collections.Generic
open System.Threading
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment
open FiniteWidth.Numerics

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

/// What a job says of its theory alone.
[<RequireQualifiedAccess>]
type OwnKeys =
    | Nothing
    /// A training time, which has no temperature.
    | TrainingTime
    /// How the cavity theory is solved.
    | Cavity
    /// The same of infinitely many units, in a scaling.
    | MeanField
    /// How good certified answers are to be, and what they may take.
    | Certificates

/// Examples that were read, and what predictions from them share: kernels, their factorisations and the first order in 1/N are made once.
[<NoComparison; NoEquality>]
type ReadExamples =
    {
        Points: Points
        Units: TargetUnits option
        Split: Split
        Study: Lazy<Study>
        Convolution: Lazy<ConvolutionStudy>
        Image: Lazy<ImageStudy>
        /// Tells of the progress of that one's kernels.
        ImageStep: (unit -> unit) ref
        Dense: Dictionary<string * FirstOrder * FoldsAsked option, Network * float -> Result<PointResult, Failure>>
    }

    /// Whether the points to predict at have targets.
    member this.IsLabelled = this.Points.Targets.IsSome

/// What a theory is asked to predict from.
[<NoComparison; NoEquality>]
type PredictionAsked =
    {
        Examples: ReadExamples
        /// The study of the solver that answers.
        Study: unit -> Result<Study, Failure>
        /// What the command line calls the job.
        Place: string
    }

/// What a theory predicts, for a result to say.
[<NoComparison; NoEquality>]
type Predicted =
    {
        /// What a result says before its points.
        Before: (string * Tree) list
        /// A tree for each network and temperature.
        Points: (string * Tree) list list
        /// What is predicted at every test point, where the theory says it: computed where it is asked for.
        AtPoints: Lazy<PointPredictions list> option
        /// Whether nothing was left out because it was told to stop.
        IsWhole: bool
    }

/// What a curve over widths shows.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type CurveOf =
    | Losses of DenseTheory
    | Classes of Theory
    | Certificates

/// What `finitewidth predict` is asked for.
[<NoComparison; NoEquality>]
type Job =
    {
        /// Where the examples come from.
        Source: Source
        /// Those of the second of two tasks.
        Second: Source option
        Network: JobNetwork
        /// 0 for gradient flow and for classes.
        Temperature: float
        /// What the readout's prior and the temperature are at every width, where the job names no numbers for them.
        Scaling: MeanFieldScaling option
        /// What the job says of it: classes at beta, or that numbers are meant.
        Likelihood: LikelihoodAsked option
        Theory: NamedTheory
        /// The training time of gradient flow, infinite at its end.
        Time: float
        Sweep: Sweep
        FirstOrder: FirstOrder
        /// How the cavity theory is solved, and the mean-field limit.
        Cavity: CavityAsked
        /// How good certified answers are to be, and what they may take.
        Auto: AutoSettings
        /// The cross-validation that stands beside a prediction.
        CrossValidation: FoldsAsked option
        /// Which solver answers, and how.
        Solver: SolverAsked
    }

/// A theory as jobs, flags and results call it.
and [<NoComparison; NoEquality>] NamedTheory =
    {
        Name: string
        Keys: OwnKeys
        /// Its equation, which networks of several kinds have a theory of; none where it describes fully connected networks alone.
        Equation: Theory option
        /// How it stands beside sampled networks, where it is compared with them.
        Compared: ComparedTheory option
        /// What it says of a job's network.
        Of: Job -> JobTheory
    }

/// A theory of a job's network: all that commands ask of it. What it does not do it refuses with a sentence.
and [<NoComparison; NoEquality>] JobTheory =
    {
        /// The lists that a sweep may have.
        SweepKeys: string list
        /// Whether folds of the training set are predicted.
        Folds: Result<unit, string>
        /// Whether the key of the first order in 1/N has a meaning.
        FirstOrder: Result<unit, string>
        /// Whether a solver other than the direct one answers, or else what it does not do.
        OtherSolvers: Result<unit, string>
        /// Whether the first order in 1/N is averaged over random units beside a prediction on labelled test points.
        AveragesUnits: Split -> bool
        /// Whether targets may be standardized, and answers given in their own units.
        StandardTargets: Result<unit, Failure>
        Predict: PredictionAsked -> Result<Predicted, Failure>
        Explain: Split -> Result<Explanation, Failure>
        Fit: FitAsked -> Split -> Result<FitResult list, Failure>
        Curve: Result<CurveOf, Failure>
        /// What answers where it certifies nothing of the job.
        Instead: Substitute option
        /// What answers where it certifies nothing at points.
        InsteadAtPoints: Substitute option
    }

/// A theory that answers in place of another.
and [<NoComparison; NoEquality>] Substitute =
    {
        Theory: NamedTheory
        /// What it answers, in words.
        Of: string
    }

[<RequireQualifiedAccess>]
module ReadExamples =

    /// Nothing is computed before it is asked for.
    let create points units split =
        let step = ref ignore

        {
            Points = points
            Units = units
            Split = split
            Study = lazy Study split.Train
            Convolution = lazy ConvolutionStudy split.Train
            Image =
                lazy ImageStudy(split.Train, (fun () -> step.Value()), CancellationToken.None, KernelStore.folder ())
            ImageStep = step
            Dense = Dictionary()
        }

[<RequireQualifiedAccess>]
module Job =

    /// What the job's theory says of its network.
    let theory (job: Job) = job.Theory.Of job

    /// Whether it asks for classes, and at which beta.
    let beta job =
        match job.Likelihood with
        | Some(LikelihoodAsked.Softmax beta) -> Some beta
        | Some LikelihoodAsked.Gaussian
        | None -> None

    let private orOwn own values =
        if List.isEmpty values then [ own ] else values

    // The scalings of each of these gammas, one for each beta of the lists.
    let private scalingsOf gammas (scaling: MeanFieldScaling) job =
        [
            for gamma in gammas ->
                [
                    for beta in orOwn scaling.Beta job.Sweep.Betas -> MeanFieldScaling.Create(gamma, beta)
                ]
        ]

    /// The scalings that the lists span, betas innermost.
    let scalings job =
        match job.Scaling with
        | None -> []
        | Some scaling -> scalingsOf (orOwn scaling.Gamma job.Sweep.Couplings) scaling job |> List.concat

    // The readout priors of a network, each with its temperatures: those of the lists, or those of the scalings that the lists span.
    let private readouts network job =
        match job.Scaling with
        | None ->
            let temperatures = orOwn job.Temperature job.Sweep.Temperatures

            [
                for prior in orOwn (List.last (JobNetwork.priors network)) job.Sweep.ReadoutPriors ->
                    prior, temperatures
            ]
        | Some scaling ->
            let width = List.last (JobNetwork.widths network)

            // Of coupled networks the list gamma is of couplings.
            let gammas =
                match JobNetwork.coupled network with
                | Some _ -> [ scaling.Gamma ]
                | None -> orOwn scaling.Gamma job.Sweep.Couplings

            [
                for scalings in scalingsOf gammas scaling job ->
                    scalings.Head.ReadoutPrior width, scalings |> List.map _.Temperature(width)
            ]

    // Its networks with this prior, a coupling each.
    let private withReadout job network prior =
        JobNetwork.withReadoutPrior prior network
        |> Result.bind (JobNetwork.withCouplings job.Sweep.Couplings)

    /// The networks and temperatures that the sweep spans: widths outermost, then priors, couplings and temperatures.
    let points job =
        result {
            let! networks =
                job.Sweep.Widths
                |> Result.traverse (fun width -> JobNetwork.withWidth width job.Network)

            let! points =
                [
                    for network in orOwn job.Network networks do
                        for prior, temperatures in readouts network job -> network, prior, temperatures
                ]
                |> Result.traverse (fun (network, prior, temperatures) ->
                    withReadout job network prior
                    |> Result.map (fun networks -> List.allPairs networks temperatures))

            return List.concat points
        }

    /// The networks and betas that the sweep of a job on classes spans, betas innermost.
    let classPoints beta job =
        points
            { job with
                Temperature = 0.0
                Sweep = { job.Sweep with Temperatures = [] }
            }
        |> Result.map (fun points -> List.allPairs (List.map fst points) (orOwn beta job.Sweep.Betas))

    /// The points whose network is of one kind, as `ofKind` tells it.
    let ofKind kind points =
        points
        |> Result.map (List.choose (fun (network, value) -> kind network |> Option.map (fun network -> network, value)))

    /// The job with the readout's prior and the temperature that its scaling gives its own network, where it has one.
    let scaled job =
        match job.Scaling with
        | None -> Ok job
        | Some scaling ->
            let width = List.last (JobNetwork.widths job.Network)

            JobNetwork.withReadoutPrior (scaling.ReadoutPrior width) job.Network
            |> Result.map (fun network ->
                { job with
                    Network = network
                    Temperature = scaling.Temperature width
                })

    /// The training times of gradient flow.
    let times job = orOwn job.Time job.Sweep.Times

    /// The job with its examples drawn by this seed. Where two tasks have different seeds, so that their examples differ, the second has the next one.
    let withDataSeed (seed: uint64) (job: Job) =
        let second (source: Source) =
            if Source.seed source = Source.seed job.Source then
                Source.withSeed seed source
            else
                Source.withSeed (seed + 1UL) source

        { job with
            Source = Source.withSeed seed job.Source
            Second = job.Second |> Option.map second
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
