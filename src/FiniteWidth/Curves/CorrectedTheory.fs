namespace FiniteWidth

open System

/// A theory's score at a width, moved by the exact first order in 1/N:
///
/// score(N) + (slope - theory's slope)/N,
///
/// right to first order whatever the theory is. The standard error covers the slope's own and an estimate of the second order.
type CorrectedTheory =
    {
        /// Loss, bias and variance with their standard errors.
        Score: MeasuredScore
        /// (|slope of the bias| + |slope of the variance|)/N, summed over layers, over the loss at infinite width: what the expansion needs to be small.
        FirstOrder: float
        /// The variance of the log evidence over networks of this width with random hidden layers: where it is above 1 the second order may be
        /// as large as the first.
        EvidenceVariance: float
    }

    /// Whether an answer may rest on it: the first order is at most 30% of the loss, and the variance of the log evidence at most 30.
    member this.IsSmall = this.FirstOrder <= 0.3 && this.EvidenceVariance <= 30.0

/// A theory moved by what the exact first order in 1/N says that it leaves out.
[<RequireQualifiedAccess>]
module CorrectedTheory =

    // What the second order is taken for, as chosen by tests/FiniteWidth.Calibration: the first order times the variance of the log evidence
    // with that of the scale, a chi^2_N/N a layer, at most half of it; and a multiple of the square of the first order and of what the theory has beyond
    // its own first order, a larger one where there is no theory.
    let private mostOfFirst = 0.5
    let private besideTheory, private byItself = 0.6, 2.0

    // Where a theory's difference from infinite width over 1/N is its slope to a part in 10^4 and to rounding.
    let private wide (study: Study) = 10_000 * study.Train.Count

    let private combine f (a: Score) (b: Score) : Score =
        {
            Loss = f a.Loss b.Loss
            Bias = f a.Bias b.Bias
            Variance = f a.Variance b.Variance
        }

    // What a theory has beyond infinite width and its own first order; none where it has no solution, or knows no width.
    let private remainder (theory: Theory) network temperature test study (infinite: Score) =
        let score network =
            Posterior.solve theory network temperature study
            |> Result.map (Posterior.score test)

        if (theory network).OrderParameters.IsEmpty then
            None
        else
            let ratio = float (wide study) / float (List.last network.Widths)

            let wider =
                network
                |> Network.withWidths (network.Widths |> List.map (fun width -> int (Math.Round(ratio * float width))))

            match score network, score wider with
            | Ok here, Ok there ->
                let first = combine (fun a b -> (a - b) * ratio) there infinite
                Some(combine (-) (combine (-) here infinite) first)
            | _ -> None

    /// The theory at the widths of a network, corrected by the expansion on the same training and test set. A theory without
    /// a solution there leaves infinite width corrected.
    let solve theory (network: Network) temperature test study (expansion: WidthExpansion) =
        let infinite = expansion.InfiniteWidth
        let width = float (List.last network.Widths)

        let remainder = remainder theory network temperature test study infinite

        let beyond =
            remainder
            |> Option.defaultValue
                {
                    Loss = 0.0
                    Bias = 0.0
                    Variance = 0.0
                }

        // Layers whose slopes cancel are no smaller for that.
        let size =
            match expansion.Layers with
            | []
            | [ _ ] -> abs expansion.Slope.Bias + abs expansion.Slope.Variance
            | layers ->
                List.map2
                    (fun other (layer: LayerSlope) ->
                        width / float other * (abs layer.Slope.Bias + abs layer.Slope.Variance))
                    network.Widths
                    layers
                |> List.sum

        let first = size / (width * infinite.Loss)

        let constant = if remainder.IsSome then besideTheory else byItself
        let evidenceVariance = expansion.EvidenceVariance / width
        let scaleVariance = network.Widths |> List.sumBy (fun width -> 2.0 / float width)

        let second =
            first * min mostOfFirst (evidenceVariance + scaleVariance) * infinite.Loss
            + constant * (first * first * infinite.Loss + abs beyond.Loss)

        let part (value: Score -> float) : Measured =
            {
                Value = value infinite + value expansion.Slope / width + value beyond
                Error = sqrt ((value expansion.SlopeError / width) ** 2.0 + second * second)
            }

        {
            Score =
                {
                    Loss = part _.Loss
                    Bias = part _.Bias
                    Variance = part _.Variance
                }
            FirstOrder = first
            EvidenceVariance = evidenceVariance
        }
