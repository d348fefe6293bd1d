namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// How the units of the mean-field limit moved, averaged over the sweeps that count.
[<RequireQualifiedAccess>]
type MeanFieldDiagnostics =
    {
        /// Sweeps in all.
        Sweeps: int
        /// Sweeps that the averages are taken over.
        Averaged: int
        /// Copies of a unit that count after reweighting, in a sweep.
        EffectiveUnits: float
        /// The share of moves that were accepted.
        Acceptance: float
        /// The share of exchanges between neighbouring nodes that were accepted.
        SwapRate: float
        /// The amplitude s of Delta at the end: 1 at the maximum.
        Amplitude: float
        /// The |E[u|w]| beyond which units carry less than a thousandth of E[E[u|w]^2].
        Reach: float
        /// The largest node of the readout u, in units of its prior.
        LargestReadout: float
        /// What speaks against the solution; none where it has converged.
        Doubts: CavityDoubt list
    }

/// Infinitely many hidden units in the mean-field scaling, solved on data: every number with its standard error.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type MeanFieldPosterior
    internal
    (
        network: Network,
        scaling: MeanFieldScaling,
        test: DataSet,
        solution: FixedPoint<MeanFieldState>,
        estimates: Jackknife<MeanFieldEstimate>,
        halves: MeanFieldEstimate * MeanFieldEstimate,
        specialised: SpecialisedUnits,
        diagnostics: MeanFieldDiagnostics,
        replay: Matrix -> Jackknife<MeanFieldEstimate>
    ) =

    let measured f =
        Jackknife.measureWith halves f estimates

    /// The network whose limit this is: its width and the prior of its readout have no part in it.
    member _.Network = network
    /// gamma and beta.
    member _.Scaling = scaling

    /// The maximum of F: a start for another gamma or beta.
    member _.Solution = solution

    /// How the units moved, and what speaks against the solution.
    member _.Diagnostics = diagnostics

    /// True where nothing speaks against the solution.
    member _.Converged = diagnostics.Doubts.IsEmpty

    /// The units that have aligned with the task: as `Number` their fraction, as readouts |E[u|w]| with u ~ N(0, 1) a priori.
    member _.SpecialisedUnits = specialised

    /// Delta (P): beta (y - f) at the training points.
    member _.Delta = Array.copy estimates.Full.Delta

    /// F(Delta) >= 0, the free energy of a unit in nats: log p(y|X) = -N F(Delta) + O(log N).
    member _.FreeEnergy = measured _.FreeEnergy

    interface IDisplayed with
        member this.Display =
            let row name (measured: Measured) =
                [ name; Display.measured measured.Value measured.Error ]

            {
                Title =
                    $"Mean-field limit of the {network}, gamma = {Display.number scaling.Gamma}, beta = {Display.number scaling.Beta}"
                Header = []
                Rows =
                    [
                        row "loss" this.TestScore.Loss
                        row "free energy of a unit" this.FreeEnergy
                        [ "specialised fraction"; Display.number specialised.Number ]
                        for doubt in diagnostics.Doubts do
                            [ "doubt"; doubt.Message ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

    member internal _.Estimates(inputs: Matrix) =
        if Object.ReferenceEquals(inputs, test.Inputs) then
            estimates
        else
            replay inputs

    member internal _.TestScore: MeasuredScore =
        MeasuredScore.ofParts (fun part -> measured (MeanFieldEstimate.score (DataSet.target 0 test) >> part))

    member internal _.Test = test

/// Predictions of the mean-field limit.
[<RequireQualifiedAccess>]
module MeanFieldPosterior =

    /// f at the rows of `inputs`, an entry a point; its posterior variance vanishes. Other inputs than those of the test set that was
    /// solved with take the averages again, in the same random numbers.
    let predict (inputs: Matrix) (posterior: MeanFieldPosterior) : Measured[] =
        let estimates = posterior.Estimates inputs

        Array.init (int inputs.Rows) (fun t -> estimates |> Jackknife.map (fun e -> e.Mean[t]) |> Jackknife.measure)

    /// Bias and loss on a test set; the variance is 0.
    let score (test: DataSet) (posterior: MeanFieldPosterior) : MeasuredScore =
        if Object.ReferenceEquals(test, posterior.Test) then
            posterior.TestScore
        else
            let estimates = posterior.Estimates test.Inputs

            MeasuredScore.ofParts (fun part ->
                estimates
                |> Jackknife.map (MeanFieldEstimate.score (DataSet.target 0 test) >> part)
                |> Jackknife.measure)

    /// F(Delta), the free energy of a unit: log p(y|X) = -N F + O(log N).
    let freeEnergy (posterior: MeanFieldPosterior) = posterior.FreeEnergy
