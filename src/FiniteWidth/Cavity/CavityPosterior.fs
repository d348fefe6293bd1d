namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The posterior predictive of f at a set of inputs with its standard errors, an entry a point.
[<RequireQualifiedAccess>]
type MeasuredPrediction =
    {
        /// Means of f.
        Mean: Measured[]
        /// Variances of f.
        Variance: Measured[]
    }

/// How the units moved, averaged over the sweeps that count.
[<RequireQualifiedAccess>]
type CavityDiagnostics =
    {
        /// Sweeps in all, and those that the averages are over.
        Sweeps: int
        /// Sweeps that the averages are taken over.
        Averaged: int
        /// Copies of a unit that count after reweighting, in a sweep.
        EffectiveUnits: float
        /// The share of moves that were accepted.
        Acceptance: float
        /// The share of exchanges between neighbouring nodes that were accepted.
        SwapRate: float
        /// The amplitude s of the fields at the end: 1 at the fixed point.
        Amplitude: float
        /// What the expansion to second order leaves out along the direction that suffers most.
        Curvature: CavityCurvature
        /// The part of |y|^2 that the direction carries along which the others are not taken for Gaussian; none in a Gaussian field.
        ExactDirection: float option
        /// What speaks against the solution; none where it has converged.
        Doubts: CavityDoubt list
    }

    /// Whether the others' field may be taken for Gaussian, as the theory does.
    member this.GaussianCavity = this.Curvature.GaussianCavity

/// The cavity theory solved on data: what predicts from it, every number with its standard error.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type CavityPosterior
    internal
    (
        network: Network,
        temperature: float,
        train: DataSet,
        test: DataSet,
        solution: FixedPoint<CavityState>,
        estimates: Jackknife<CavityEstimate>,
        halves: CavityEstimate * CavityEstimate,
        evidence: Jackknife<CavityEstimate> * (CavityEstimate * CavityEstimate),
        specialised: SpecialisedUnits,
        expansion: Result<LayerSlope list, Failure> option,
        diagnostics: CavityDiagnostics,
        replay: Matrix -> Jackknife<CavityEstimate>,
        features: Lazy<HiddenFeatures>
    ) =

    let measured f =
        Jackknife.measureWith halves f estimates

    // In the Gaussian field.
    let measuredThere f =
        let estimates, halves = evidence
        Jackknife.measureWith halves f estimates

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature

    /// The fixed point: a start for another width, prior or temperature.
    member _.Solution = solution

    /// How the units moved, and what speaks against the solution.
    member _.Diagnostics = diagnostics

    /// True where nothing speaks against the solution.
    member _.Converged = diagnostics.Doubts.IsEmpty

    /// The units that have aligned with the task.
    member _.SpecialisedUnits = specialised

    /// What the hidden layers below the last, taken at infinite width, leave out of the loss to first order in their inverse widths,
    /// sum_(l < L) s_l/N_l (`WidthExpansion`), or why it is not known; none for one hidden layer.
    member _.LayersBelow: Result<Measured, Failure> option =
        expansion
        |> Option.map (
            Result.map (fun layers ->
                let below =
                    List.zip network.Widths layers
                    |> List.truncate (network.Depth - 1)
                    |> List.map (fun (width, layer) ->
                        layer.Slope.Loss / float width, layer.SlopeError.Loss / float width)

                {
                    Value = List.sumBy fst below
                    Error = below |> List.sumBy (fun (_, error) -> error * error) |> sqrt
                })
        )

    member internal _.Expansion = expansion

    /// log p(y|X), of the Gaussian field; not a bound.
    member _.LogEvidence = measuredThere _.LogEvidence

    /// d log p(y|X)/dT, of the Gaussian field.
    member _.EvidenceSlope = measuredThere _.EvidenceSlope

    interface IDisplayed with
        member this.Display =
            let row name (measured: Measured) =
                [ name; Display.measured measured.Value measured.Error ]

            let score = this.TestScore

            {
                Title = $"Cavity posterior of the {network} at T = {Display.number temperature}"
                Header = []
                Rows =
                    [
                        row "loss" score.Loss
                        row "bias" score.Bias
                        row "variance" score.Variance
                        row "log evidence" this.LogEvidence
                        [
                            "Gaussian cavity"
                            match diagnostics.GaussianCavity with
                            | GaussianCavity.Holds -> "holds"
                            | GaussianCavity.Fails -> "fails"
                        ]
                        match diagnostics.ExactDirection with
                        | Some share -> [ "exact direction"; $"{100.0 * share:F0}%% of the targets" ]
                        | None -> ()
                        [ "specialised units"; Display.number specialised.Number ]
                        match this.LayersBelow with
                        | Some(Ok below) -> row "layers below, to first order" below
                        | _ -> ()
                        for doubt in diagnostics.Doubts do
                            [ "doubt"; doubt.Message ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

    /// What the hidden units have learnt, averaged over as many further sweeps as the predictions are; computed when first asked for.
    member _.Features = features.Value

    member internal _.Estimates(inputs: Matrix) =
        if Object.ReferenceEquals(inputs, test.Inputs) then
            estimates
        else
            replay inputs

    member internal _.TestScore: MeasuredScore =
        MeasuredScore.ofParts (fun part -> measured (CavityEstimate.score (DataSet.target 0 test) >> part))

    member internal _.Train = train
    member internal _.Test = test

/// Predictions of the cavity theory.
[<RequireQualifiedAccess>]
module CavityPosterior =

    /// The predictive mean and variance of f at the rows of `inputs`. Other inputs than those of the test set that was solved with take
    /// the averages again, in the same random numbers.
    let predict (inputs: Matrix) (posterior: CavityPosterior) : MeasuredPrediction =
        let estimates = posterior.Estimates inputs

        let at (values: CavityEstimate -> float[]) =
            Array.init (int inputs.Rows) (fun t ->
                estimates |> Jackknife.map (fun e -> (values e)[t]) |> Jackknife.measure)

        {
            Mean = at _.Mean
            Variance = at _.Variance
        }

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) (posterior: CavityPosterior) : MeasuredScore =
        if Object.ReferenceEquals(test, posterior.Test) then
            posterior.TestScore
        else
            let estimates = posterior.Estimates test.Inputs

            MeasuredScore.ofParts (fun part ->
                estimates
                |> Jackknife.map (CavityEstimate.score (DataSet.target 0 test) >> part)
                |> Jackknife.measure)

    /// log p(y|X); not a bound.
    let logEvidence (posterior: CavityPosterior) = posterior.LogEvidence
