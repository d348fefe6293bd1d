namespace FiniteWidth

open System

/// How accurately and how far to look for the hyperparameters of largest evidence.
type EvidenceSearch =
    {
        /// Largest |d log p/d log h| that counts as zero, relative to half the number of targets, the size of the terms that cancel in it.
        Tolerance: float
        /// No hyperparameter leaves the interval between its start divided and multiplied by this.
        Reach: float
        /// Most steps to take.
        Steps: int
    }

/// What a fit says of a hyperparameter that has no inner maximum.
[<RequireQualifiedAccess>]
type FitRemark =
    /// The evidence still grows at the end of the interval that was searched.
    | AtBound of Hyperparameter * value: float * isUpper: bool
    /// From its fitted value to the end of the interval the log evidence changes by less than the given amount.
    | RanAway of Hyperparameter * value: float * bound: float * change: float

    /// The remark as one sentence.
    member this.Sentence =
        match this with
        | AtBound(Hyperparameter.Temperature, value, false) ->
            $"T fell to {value:G4}, the end of its range, and the evidence still grows as T goes to 0: the network needs no noise to explain the targets."
        | AtBound(h, value, isUpper) ->
            let direction = if isUpper then "rose" else "fell"
            $"{h} {direction} to {value:G4}, the end of its range, and the evidence still grows that way."
        | RanAway(h, value, bound, change) ->
            $"{h} ran away to {value:G4}: from there to {bound:G4} the log evidence changes by {change:G2} only."

    override this.ToString() = this.Sentence

/// Hyperparameters fitted by the evidence.
type EvidenceFit<'Posterior> =
    {
        /// What was fitted, in the order of the values.
        Hyperparameters: Hyperparameter list
        /// The posterior that the search began at.
        Start: 'Posterior
        /// The posterior of largest evidence that was found.
        Optimum: 'Posterior
        /// log p(y|X) at the start.
        StartLogEvidence: float
        /// log p(y|X) at the optimum.
        LogEvidence: float
        /// The hyperparameters' values at the optimum, in their order.
        Values: float list
        /// d log p/d log h at the optimum, in the order of the hyperparameters.
        Gradient: float[]
        /// The largest component of the gradient that no bound stops, relative to half the number of targets.
        GradientNorm: float
        /// Steps taken.
        Iterations: int
        /// Saddle points solved.
        Evaluations: int
        /// Why the search ended.
        End: SearchEnd
        /// What there is to say of those without an inner maximum.
        Remarks: FitRemark list
    }

/// Networks compared by their evidence.
type EvidenceChoice =
    {
        /// One fit a candidate, in the candidates' order.
        Fits: EvidenceFit<Posterior> list
        /// The fit of largest evidence.
        Best: EvidenceFit<Posterior>
    }

/// A family of posteriors over its hyperparameters: how one is solved, its evidence and the evidence's gradient.
type internal EvidenceFamily<'Posterior> =
    {
        Hyperparameters: Hyperparameter list
        Start: float list
        /// The number of targets, P D.
        Targets: float
        Solve: float list -> Result<'Posterior, Failure>
        LogEvidence: 'Posterior -> float
        /// d log p/dh, in the order of the hyperparameters.
        Gradient: 'Posterior -> float[]
    }

/// The evidence log p(y|X) at the saddle point as a guide to hyperparameters, depth and width.
[<RequireQualifiedAccess>]
module Evidence =

    /// Gradients to 1e-7, hyperparameters within a factor of a million of their start, at most 200 steps.
    let defaults =
        {
            Tolerance = 1e-7
            Reach = 1e6
            Steps = 200
        }

    // A prior that moved by this factor may be on its way to infinity or zero.
    let private far = 100.0
    // A log evidence that changes by less is flat.
    let private flat = 0.01

    /// The derivatives d log p(y|X)/dh at the saddle point:
    ///
    /// -(N_L/2) dEntropy/dh - (1/2) Tr(M dK_R/dh), and -(1/2) Tr M in T, M = A^(-1) - A^(-1) y y^T A^(-1), A = T I + K_R.
    ///
    /// O(P) where the kernel is decomposed and h stands in front of it, else one factorisation and one reverse sweep. An error
    /// where the network has no such hyperparameter.
    let gradient (hyperparameters: Hyperparameter seq) (posterior: Posterior) =
        let hyperparameters = List.ofSeq hyperparameters

        Failures.catch (fun () ->
            hyperparameters
            |> Result.traverse (Hyperparameter.value posterior.Network posterior.Temperature)
            |> Result.map (fun _ -> EvidenceGradient.ofPosterior hyperparameters posterior))

    let private interval search start =
        start / search.Reach, start * search.Reach

    // What lies between an optimum and the far end of a hyperparameter's interval.
    let private remark search logEvidenceAt logEvidence (hyperparameter, start, optimum) =
        let lower, upper = interval search start
        // Searched in logarithms, a bound is reached but for rounding.
        let reaches bound = abs (log (optimum / bound)) < 1e-9

        if reaches upper then
            Some(FitRemark.AtBound(hyperparameter, optimum, true))
        elif reaches lower then
            Some(FitRemark.AtBound(hyperparameter, optimum, false))
        elif abs (log (optimum / start)) < log far then
            None
        else
            let bound = if optimum > start then upper else lower

            logEvidenceAt hyperparameter bound
            |> Option.map (fun there -> abs (there - logEvidence))
            |> Option.filter (fun change -> change < flat)
            |> Option.map (fun change -> FitRemark.RanAway(hyperparameter, optimum, bound, change))

    /// The maximum of the evidence over a family of posteriors.
    let internal maximise search (family: EvidenceFamily<'Posterior>) =
        let mutable evaluations = 0

        let evaluate values =
            evaluations <- evaluations + 1

            family.Solve values
            |> Result.map (fun posterior -> family.LogEvidence posterior, (posterior, values))

        let logGradient (posterior, values) =
            List.toArray values
            |> Array.map2 (fun slope value -> value * slope) (family.Gradient posterior)

        let bounds = family.Start |> List.map (interval search)

        let objective: QuasiNewton.Objective<'Posterior * float list> =
            {
                Evaluate =
                    fun u ->
                        match evaluate [ for x in u -> exp x ] with
                        | Ok(value, state) when Double.IsFinite value -> Some(value, state)
                        | _ -> None
                Gradient = logGradient
                Lower = [| for lower, _ in bounds -> log lower |]
                Upper = [| for _, upper in bounds -> log upper |]
                Size = family.Targets / 2.0
            }

        evaluate family.Start
        |> Result.map (fun (startLogEvidence, (start, _) as known) ->
            let point, steps, ending =
                QuasiNewton.maximise
                    search.Tolerance
                    search.Steps
                    objective
                    [| for value in family.Start -> log value |]
                    known

            let optimum, values = point.State

            let logEvidenceAt hyperparameter bound =
                List.map2 (fun h value -> if h = hyperparameter then bound else value) family.Hyperparameters values
                |> evaluate
                |> Result.toOption
                |> Option.map fst

            let remarks =
                List.zip3 family.Hyperparameters family.Start values
                |> List.choose (remark search logEvidenceAt point.Value)

            {
                Hyperparameters = family.Hyperparameters
                Start = start
                Optimum = optimum
                StartLogEvidence = startLogEvidence
                LogEvidence = point.Value
                Values = values
                Gradient = point.Gradient
                GradientNorm = QuasiNewton.residual objective point
                Iterations = steps
                Evaluations = evaluations
                End = ending
                Remarks = remarks
            })

    /// The values of hyperparameters that a search may start at, `value` telling what they are.
    let internal start value temperature hyperparameters =
        result {
            let! values = hyperparameters |> Result.traverse value

            match hyperparameters |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
            | Some(repeated, count) ->
                return! Error(BadNetwork $"{repeated} is to be fitted {count} times: name it once.")
            | None when temperature = 0.0 && List.contains Hyperparameter.Temperature hyperparameters ->
                return! Error(BadNetwork "T is to be fitted and starts at 0, which it cannot leave: start above 0.")
            | None -> return values
        }

    /// The network and temperature with these values of the hyperparameters.
    let internal setting network temperature hyperparameters values =
        List.zip hyperparameters values
        |> List.fold
            (fun setting (h, value) -> setting |> Result.bind (fun known -> Hyperparameter.set known h value))
            (Ok(network, temperature))

    /// Maximises the evidence over hyperparameters, with a search of one's own.
    let fitWith search (theory: Theory) hyperparameters (network: Network) temperature (study: Study) =
        result {
            let hyperparameters = List.ofSeq hyperparameters

            let! start =
                start (Hyperparameter.value network temperature) temperature hyperparameters

            let solve values =
                setting network temperature hyperparameters values
                |> Result.bind (fun (network, temperature) -> Posterior.solve theory network temperature study)

            return!
                maximise
                    search
                    {
                        Hyperparameters = hyperparameters
                        Start = start
                        Targets = float (study.Train.Count * study.Train.Outputs)
                        Solve = solve
                        LogEvidence = Posterior.logEvidence
                        Gradient = EvidenceGradient.ofPosterior hyperparameters
                    }
        }

    /// Maximises log p(y|X) over some hyperparameters in their logarithms, from the network's own values and T; the others stay.
    ///
    /// A quasi-Newton method with the exact gradient. Each evaluation is a saddle point: O(P) where the hyperparameters stand in front
    /// of a decomposed kernel, else a decomposition or factorisations. The maximum is a local one.
    let fit theory hyperparameters network temperature study =
        fitWith defaults theory hyperparameters network temperature study

    /// The evidence of several networks, of any depths and widths, on one training set, each with the hyperparameters fitted that
    /// `hyperparameters` names for it (`fun _ -> []` for none).
    let choose theory (hyperparameters: Network -> Hyperparameter list) (candidates: Network seq) temperature study =
        result {
            let! fits =
                candidates
                |> Result.traverse (fun network -> fit theory (hyperparameters network) network temperature study)

            match fits with
            | [] -> return! Error(BadNetwork "There is no network to choose from: name at least one.")
            | fits ->
                return
                    {
                        Fits = fits
                        Best = fits |> List.maxBy _.LogEvidence
                    }
        }
