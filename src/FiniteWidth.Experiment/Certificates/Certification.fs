namespace FiniteWidth.Experiment

open FiniteWidth

/// The rules by which an answer is certified, and what is said of one that is not.
[<RequireQualifiedAccess>]
module internal Certification =

    let private certified method score reason =
        {
            Score = score
            Method = method
            Certified = true
            Reason = reason
            Bracket = None
        }

    /// The integral over the scale, where it is exact.
    let exact (theories: PointTheories) =
        theories.Exact
        |> Option.map (fun score ->
            certified
                Method.Exact
                (Certificate.exact score)
                "A linear network with one output is a mixture of Gaussian processes over one scale, and this is the integral.")

    let private share (corrected: CorrectedTheory) =
        corrected.Score.Loss.Error / corrected.Score.Loss.Value

    /// The theory to first order, where what that leaves out is within the accuracy.
    let byFirstOrder accuracy (theories: PointTheories) =
        match theories.FirstOrder with
        | Ok corrected when
            corrected.IsSmall
            && corrected.Score.Loss.Error <= accuracy * corrected.Score.Loss.Value
            ->
            Some(
                certified
                    Method.FirstOrder
                    corrected.Score
                    $"The exact first order in 1/N is {Share.text corrected.FirstOrder} of the loss, and what it leaves out is estimated at {Share.text (share corrected)}."
            )
        | _ -> None

    /// Why the first order does not settle it.
    let doubtOfFirstOrder accuracy (theories: PointTheories) =
        match theories.FirstOrder with
        | Error failure -> failure.Message.TrimEnd '.'
        | Ok corrected when not corrected.IsSmall ->
            $"The first order in 1/N is {Share.text corrected.FirstOrder} of the loss, and the variance of the log evidence over random networks {corrected.EvidenceVariance:G2}"
        | Ok corrected ->
            $"What the first order in 1/N leaves out is estimated at {Share.text (share corrected)} of the loss, more than {Share.text accuracy}"

    /// Chains that have converged.
    let bySampling (sampled: SampledScore) =
        certified
            Method.Sampling
            sampled.Score
            $"HMC with the readout integrated out has converged: {sampled.Description}."

    /// Two standard errors on either side of a loss.
    let around (loss: Measured) =
        [ -WidthVerdict.standardErrors; WidthVerdict.standardErrors ]
        |> List.map (fun k -> loss.Value + k * loss.Error)

    // What first order and pilot leave open.
    let private bracket (theories: PointTheories) (sampled: SampledScore option) =
        let ends =
            [
                match theories.FirstOrder with
                | Ok corrected when corrected.IsSmall -> yield! around corrected.Score.Loss
                | _ -> ()

                match sampled with
                | Some sampled -> yield! around sampled.Score.Loss
                | None -> ()
            ]

        match ends with
        | [] -> None
        | _ -> Some(struct (max 0.0 (List.min ends), List.max ends))

    let private withoutErrors (score: Score) : MeasuredScore =
        let unknown value : Measured = { Value = value; Error = nan }

        {
            Loss = unknown score.Loss
            Bias = unknown score.Bias
            Variance = unknown score.Variance
        }

    // What is nearest to the truth among what is known, and what to call it.
    let private nearest (theories: PointTheories) (sampled: SampledScore option) =
        let candidates =
            [
                match theories.FirstOrder with
                | Ok corrected when corrected.IsSmall -> Method.FirstOrder, corrected.Score
                | _ -> ()

                match theories.SaddlePoint with
                | { Name = name; Score = Ok score } -> Method.Theory name, withoutErrors score
                | _ -> ()

                match theories.InfiniteWidth with
                | Ok score -> Method.Theory "infinite-width", withoutErrors score
                | Error _ -> ()
            ]

        match sampled with
        | Some sampled when SampledScore.isTelling sampled -> Some(Method.Sampling, sampled.Score)
        | Some sampled when not candidates.IsEmpty ->
            candidates
            |> List.minBy (fun (_, score) -> abs (score.Loss.Value - sampled.Score.Loss.Value))
            |> Some
        | _ -> List.tryHead candidates

    /// The nearest answer that is known, which nothing certifies; none where there is not even a theory.
    let notCertified reason theories sampled =
        nearest theories sampled
        |> Option.map (fun (method, score) ->
            {
                Score = score
                Method = method
                Certified = false
                Reason = reason
                Bracket = bracket theories sampled
            })
