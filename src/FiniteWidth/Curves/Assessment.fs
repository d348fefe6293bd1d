namespace FiniteWidth

open System.Collections.Generic
open System

/// How far a prediction is to be trusted, and whether finite width helps. What could not be known is a failure, whose message is the reason:
/// it takes nothing else down with it.
[<NoComparison>]
type Assessment =
    {
        /// What the saddle point leaves out: the loss of the integral over the scale less that of the saddle point, O(1/N).
        ErrorBar: Result<float, Failure>
        /// r and the theory's slope.
        Criterion: Result<Criterion, Failure>
        /// The exact first order in 1/N.
        Expansion: Result<WidthExpansion, Failure>
        /// What it costs to take the hidden units for Gaussian.
        AssumptionError: Result<AssumptionError, Failure>
        /// Whether a wide network has a smaller loss than an infinite one.
        Verdict: WidthVerdict
        /// The slope that decided.
        Witness: Witness
    }

    /// Whether finite width has the smaller loss; none where that is undecided.
    member this.FiniteWidthWins =
        match this.Verdict with
        | WidthVerdict.Wins -> Some true
        | WidthVerdict.Loses -> Some false
        | WidthVerdict.Undecided -> None

/// A solved posterior with its error bar, what its assumption costs, and whether finite width helps.
[<RequireQualifiedAccess>]
module Assessment =

    let private noWidth =
        Unsupported "The theory has no order parameter: the width plays no part in it."

    /// Where nothing can be known, with the reason.
    let missing reason =
        {
            ErrorBar = Error reason
            Criterion = Error reason
            Expansion = Error reason
            AssumptionError = Error reason
            Verdict = WidthVerdict.Undecided
            Witness = Witness.NoSlope
        }

    /// The error bars of saddle points of one theory on one study and a test set, where its order parameters scale one kernel. Posteriors that
    /// differ in their widths alone share the passes over the test kernel.
    let errorBars test =
        let losses = Dictionary<Network * float, ScaleLoss>()

        let lossOf (mixture: ScaleMixture) =
            let saddle = mixture.Saddle
            let key = Network.withWidth 1 saddle.Network, saddle.Temperature

            match losses.TryGetValue key with
            | true, loss -> loss
            | _ ->
                let loss = ScaleLoss(saddle, test)
                losses.Add(key, loss)
                loss

        fun (posterior: Posterior) ->
            let symbols = posterior.Model.OrderParameters

            match symbols, Kernel.normalForm symbols posterior.Model.Kernel with
            | [], _ -> Error noWidth
            | _, NormalForm.Scaled _ ->
                Failures.catch (fun () ->
                    ScaleMixture.solve posterior.Network posterior.Temperature posterior.Study
                    |> Result.map (fun mixture -> ScaleMixture.errorBarBy (lossOf mixture) mixture))
            | _ ->
                Error(
                    Unsupported
                        "The order parameters do not scale one kernel: no integral over them is known that the saddle point could be compared with."
                )

    let private ofParts errorBar (criterion: Result<Criterion, Failure>) expansion (posterior: Posterior) =
        let verdict, witness = WidthVerdict.ofSlopes expansion criterion

        {
            ErrorBar = errorBar
            Criterion = criterion
            Expansion = expansion
            AssumptionError =
                result {
                    let! expansion = expansion
                    let! criterion = criterion
                    return! AssumptionError.atWidth criterion.Slope (List.last posterior.Network.Widths) expansion
                }
            Verdict = verdict
            Witness = witness
        }

    // r is infinite where K is singular; the slope is a number, or unknown.
    let private finite (criterion: Criterion) =
        if Double.IsFinite criterion.Slope then
            Ok criterion
        else
            Error Failures.beyondDoubles

    // A property of infinite width, where only the ratios of the widths count.
    let private criteria test =
        let known = Dictionary<Network * float list * float, Result<Criterion, Failure>>()

        fun (posterior: Posterior) ->
            let network = posterior.Network
            let last = float (List.last network.Widths)
            let ratios = [ for width in network.Widths -> float width / last ]
            let key = Network.withWidth 1 network, ratios, posterior.Temperature

            match known.TryGetValue key with
            | true, criterion -> criterion
            | _ ->
                let criterion =
                    Failures.catch (fun () -> finite (Criterion.evaluate test posterior))

                known.Add(key, criterion)
                criterion

    /// What assesses the posteriors of one theory on one study and a test set, with their error bars and with what finds the expansion
    /// (`WidthExpansion.solver`, or `WidthExpansion.leftOut`). What posteriors of different widths share is computed once.
    let solver expand test =
        let criterion = criteria test

        fun errorBar (posterior: Posterior) ->
            let expansion =
                if posterior.Model.OrderParameters.IsEmpty then
                    Error noWidth
                else
                    Failures.catch (fun () -> expand posterior.Network posterior.Temperature)

            ofParts errorBar (criterion posterior) expansion posterior

    /// The assessment of one posterior.
    let evaluate test (posterior: Posterior) =
        let expand = WidthExpansion.solver test posterior.Study
        solver expand test (errorBars test posterior) posterior
