namespace FiniteWidth.Experiment

open System
open FiniteWidth

/// What one theory says of a point.
[<NoComparison>]
type TheoryAnswer =
    {
        Name: string
        Score: Result<Score, Failure>
    }

/// How a network at a temperature generalises, as far as its accuracy and time allowed to find out, and what theories say of it.
[<NoComparison; NoEquality>]
type AutoPoint =
    {
        Network: Network
        Temperature: float
        Certificate: Certificate
        /// Exact, of the infinitely wide network.
        InfiniteWidth: Result<Score, Failure>
        /// The saddle point of the theory for the network's activation.
        SaddlePoint: TheoryAnswer
        /// The saddle point corrected to the exact first order in 1/N, of one hidden layer.
        FirstOrder: Result<CorrectedTheory, Failure>
        /// What was sampled, where that was needed.
        Measurement: Measurement option
        /// The seconds that an answer by sampling is estimated to take, where that was more than were allowed.
        SecondsNeeded: float option
    }

    /// Whether finite width generalises better than infinite width.
    member this.Effect =
        match this.InfiniteWidth with
        | Ok infinite -> Certificate.effect infinite this.Certificate
        | Error _ -> WidthEffect.Undecided

    /// How far the loss lies from that at infinite width.
    member this.Change =
        this.InfiniteWidth
        |> Result.toOption
        |> Option.map (fun infinite -> Certificate.change infinite this.Certificate)

/// The cheapest answer that real networks of a width have: a theory where the exact first order in 1/N bounds what it leaves out, otherwise
/// sampling.
[<RequireQualifiedAccess>]
module Auto =

    // Chains that disagree by more than this say little of the posterior.
    let private largestRHat = 1.1

    let private percent (share: float) =
        if share < 0.1 then
            $"{100.0 * share:G2}%%"
        else
            $"{100.0 * share:F0}%%"

    let private theoryFor (network: Network) =
        if network.Activation.Parity = Parity.Odd then
            "proportional", Theory.proportional
        else
            "non-odd", Theory.nonOdd

    let private measured (estimate: Estimate) : Measured =
        {
            Value = estimate.Value
            Error = estimate.Error
        }

    let private ofMeasurement (measurement: Measurement) : MeasuredScore =
        {
            Loss = measured measurement.Loss
            Bias = measured measurement.Bias
            Variance = measured measurement.Variance
        }

    let private withoutErrors (score: Score) : MeasuredScore =
        let unknown value : Measured = { Value = value; Error = nan }

        {
            Loss = unknown score.Loss
            Bias = unknown score.Bias
            Variance = unknown score.Variance
        }

    let private certified method score reason =
        {
            Score = score
            Method = method
            Certified = true
            Reason = reason
            Bracket = None
        }

    // Of sequential linear networks with one output.
    let private exact (network: Network) temperature (split: Split) study =
        if
            network.Activation = Activation.linear
            && network.Wiring = Wiring.Sequential
            && split.Train.Outputs = 1
        then
            ScaleMixture.solve network temperature study
            |> Result.toOption
            |> Option.map (fun mixture ->
                certified
                    Method.Exact
                    (Certificate.exact (ScaleMixture.score split.Test mixture))
                    "A linear network with one output is a mixture of Gaussian processes over one scale, and this is the integral.")
        else
            None

    let private byFirstOrder (settings: AutoSettings) (corrected: Result<CorrectedTheory, Failure>) =
        match corrected with
        | Ok corrected when
            corrected.IsSmall
            && corrected.Score.Loss.Error <= settings.Accuracy * corrected.Score.Loss.Value
            ->
            let share = corrected.Score.Loss.Error / corrected.Score.Loss.Value

            Some(
                certified
                    Method.FirstOrder
                    corrected.Score
                    $"The exact first order in 1/N is {percent corrected.FirstOrder} of the loss, and what it leaves out is estimated at {percent share}."
            )
        | _ -> None

    // Why the first order does not settle it.
    let private doubtOfFirstOrder (settings: AutoSettings) (corrected: Result<CorrectedTheory, Failure>) =
        match corrected with
        | Error failure -> failure.Message.TrimEnd '.'
        | Ok corrected when not corrected.IsSmall ->
            $"The first order in 1/N is {percent corrected.FirstOrder} of the loss, and the variance of the log evidence over random networks {corrected.EvidenceVariance:G2}"
        | Ok corrected ->
            let share = corrected.Score.Loss.Error / corrected.Score.Loss.Value

            $"What the first order in 1/N leaves out is estimated at {percent share} of the loss, more than {percent settings.Accuracy}"

    let private effectiveDraws (measurement: Measurement) =
        measurement.Diagnoses |> List.map Diagnosis.size |> List.min

    let private describe (measurement: Measurement) =
        let share = measurement.Loss.Error / measurement.Loss.Value

        $"{effectiveDraws measurement:F0} effective draws, a standard error of {percent share} and R-hat {measurement.Diagnoses |> List.map _.RHat |> List.max:F3}"

    let private bySampling (measurement: Measurement) =
        certified
            Method.Sampling
            (ofMeasurement measurement)
            $"HMC with the readout integrated out has converged: {describe measurement}."

    // A pilot that is worth a number.
    let private trusted (measurement: Measurement) =
        measurement.Diagnoses
        |> List.exists (fun d -> d.Name = LossObservables.TestLoss && d.RHat < largestRHat)

    // What first order and pilot leave open.
    let private bracket (corrected: Result<CorrectedTheory, Failure>) (measurement: Measurement option) =
        let around (loss: Measured) =
            [ -WidthVerdict.standardErrors; WidthVerdict.standardErrors ]
            |> List.map (fun k -> loss.Value + k * loss.Error)

        let ends =
            [
                match corrected with
                | Ok corrected when corrected.IsSmall -> yield! around corrected.Score.Loss
                | _ -> ()

                match measurement with
                | Some measurement -> yield! around (measured measurement.Loss)
                | None -> ()
            ]

        match ends with
        | [] -> None
        | _ -> Some(struct (max 0.0 (List.min ends), List.max ends))

    // What is nearest to the truth among what is known, and what to call it.
    let private nearest infinite saddle (corrected: Result<CorrectedTheory, Failure>) measurement =
        let candidates =
            [
                match corrected with
                | Ok corrected when corrected.IsSmall -> Method.FirstOrder, corrected.Score
                | _ -> ()

                match saddle with
                | { Name = name; Score = Ok score } -> Method.Theory name, withoutErrors score
                | _ -> ()

                match infinite with
                | Ok score -> Method.Theory "infinite-width", withoutErrors score
                | Error _ -> ()
            ]

        match measurement with
        | Some measurement when trusted measurement -> Some(Method.Sampling, ofMeasurement measurement)
        | Some(measurement: Measurement) when not candidates.IsEmpty ->
            candidates
            |> List.minBy (fun (_, score) -> abs (score.Loss.Value - measurement.Loss.Value))
            |> Some
        | _ -> List.tryHead candidates

    let private scoreOf name theory split =
        let predict = (ComparedTheory.ofTheory name theory).Predict split
        fun architecture temperature -> predict architecture temperature |> Result.map _.Score

    let private solverWith exact (settings: AutoSettings) (split: Split) =
        let study = Study split.Train
        let expand = WidthExpansion.solver split.Test study

        let score = scoreOf "infinite-width" Theory.infiniteWidth split

        let saddles = System.Collections.Generic.Dictionary<string, _>()

        let saddleOf (network: Network) =
            let name, theory = theoryFor network

            match saddles.TryGetValue name with
            | true, score -> name, score
            | _ ->
                let score = scoreOf name theory split
                saddles.Add(name, score)
                name, score

        // Of several outputs the order parameter is a matrix, and only infinite width is corrected.
        let corrected (network: Network) temperature =
            let theory =
                if split.Train.Outputs = 1 then
                    snd (theoryFor network)
                else
                    Theory.infiniteWidth

            Failures.catch (fun () ->
                expand network temperature
                |> Result.map (CorrectedTheory.solve theory network temperature split.Test study))

        let sampled network temperature =
            if temperature > 0.0 then
                CertifiedSampling.run settings network temperature split
            else
                Error(Unsupported "T = 0 cannot be sampled.")

        let answer network temperature infinite saddle corrected =
            match exact network temperature split study with
            | Some certificate -> Ok(certificate, None, None)
            | None ->
                match byFirstOrder settings corrected with
                | Some certificate -> Ok(certificate, None, None)
                | None ->
                    let doubt = doubtOfFirstOrder settings corrected

                    settings.Progress(
                        AutoProgress.Decided $"{doubt}: chains are tried for {settings.Seconds:G4} s at most."
                    )

                    let outcome = sampled network temperature

                    let measurement = outcome |> Result.toOption |> Option.bind _.Measurement

                    let needed =
                        outcome |> Result.toOption |> Option.bind _.Needed |> Option.map _.TotalSeconds

                    let converged (measurement: Measurement) = measurement.Verdict = Verdict.Converged

                    match outcome with
                    | Ok {
                             End = SamplingEnd.Settled
                             Measurement = Some measurement
                         } when converged measurement -> Ok(bySampling measurement, Some measurement, None)
                    | _ ->
                        let why =
                            match outcome, measurement with
                            | Error failure, _ -> failure.Message
                            | Ok { End = SamplingEnd.Cancelled }, None ->
                                "Sampling was stopped before there were draws."
                            | Ok { End = SamplingEnd.Cancelled }, Some m -> $"Sampling was stopped at {describe m}."
                            | Ok { End = SamplingEnd.Settled }, Some m -> $"{m.Verdict}"
                            | Ok { End = SamplingEnd.OutOfReach }, Some m ->
                                $"Sampling was ended by its pilot: {describe m}."
                            | Ok _, Some m -> $"The time was over at {describe m}."
                            | Ok _, None -> "Sampling needs more than its time for its warm-up."

                        match nearest infinite saddle corrected measurement with
                        | None ->
                            match outcome, infinite with
                            | Error failure, _
                            | _, Error failure -> Error failure
                            | _ -> Error(Unsupported why)
                        | Some(method, score) ->
                            Ok(
                                {
                                    Score = score
                                    Method = method
                                    Certified = false
                                    Reason = $"{doubt}. {why}"
                                    Bracket = bracket corrected measurement
                                },
                                measurement,
                                needed
                            )

        fun (network: Network, temperature: float) ->
            result {
                do! AutoSettings.check settings
                let architecture = Architecture.FullyConnected network
                let infinite = Failures.catch (fun () -> score architecture temperature)
                let name, saddle = saddleOf network

                let saddle =
                    {
                        Name = name
                        Score = Failures.catch (fun () -> saddle architecture temperature)
                    }

                let corrected = corrected network temperature

                let! certificate, measurement, needed =
                    answer network temperature infinite saddle corrected

                return
                    {
                        Network = network
                        Temperature = temperature
                        Certificate = certificate
                        InfiniteWidth = infinite
                        SaddlePoint = saddle
                        FirstOrder = corrected
                        Measurement = measurement
                        SecondsNeeded = needed
                    }
            }

    /// What answers for one network and temperature after the other on a split; calls share what they have in common. It fails where not even a
    /// theory has an answer.
    let solver settings split = solverWith exact settings split

    /// The same without the integral that is exact for linear networks: they tell then what other answers are worth.
    let internal solverWithoutExact settings split =
        solverWith (fun _ _ _ _ -> None) settings split

    /// The answer for one network at temperature T.
    let solve settings network temperature split =
        solver settings split (network, temperature)
