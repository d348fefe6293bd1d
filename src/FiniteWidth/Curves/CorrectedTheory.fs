namespace FiniteWidth

open System

/// A theory's score at a width, moved by the exact first order in 1/N:
///
/// score(N) + (slope - theory's slope)/N,
///
/// right to first order whatever the theory is. The standard error covers the slope's own and an estimate of the second order.
type CorrectedTheory =
    {
        Score: MeasuredScore
        /// (|slope of the bias| + |slope of the variance|)/N over the loss at infinite width: what the expansion needs to be small.
        FirstOrder: float
    }

[<RequireQualifiedAccess>]
module CorrectedTheory =

    /// The largest first order that an answer rests on, as a share of the loss at infinite width.
    let largest = 0.3

    // The second order in units of the estimate below, chosen by tests/FiniteWidth.Calibration.
    let private secondOrder = 1.0

    // Where a theory's difference from infinite width over 1/N is its slope to a part in 10^4 and to rounding.
    let private wide (study: Study) = 10_000 * study.Train.Count

    let private combine f (a: Score) (b: Score) : Score =
        {
            Loss = f a.Loss b.Loss
            Bias = f a.Bias b.Bias
            Variance = f a.Variance b.Variance
        }

    // What a theory has beyond infinite width and its own first order.
    let private remainder theory network temperature test study (infinite: Score) =
        let score network =
            Posterior.solve theory network temperature study
            |> Result.map (Posterior.score test)

        result {
            let! here = score network
            let far = Network.withWidth (wide study) network
            let! there = score far
            let ratio = float (wide study) / float network.Widths.Head
            let first = combine (fun a b -> (a - b) * ratio) there infinite
            return combine (-) (combine (-) here infinite) first
        }

    /// The theory at the width of a network of one hidden layer, corrected by the expansion on the same training and test set. A theory without
    /// a solution there leaves infinite width corrected.
    let solve theory (network: Network) temperature test study (expansion: WidthExpansion) =
        let infinite = expansion.InfiniteWidth
        let width = float network.Widths.Head

        let beyond =
            match remainder theory network temperature test study infinite with
            | Ok score -> score
            | Error _ ->
                {
                    Loss = 0.0
                    Bias = 0.0
                    Variance = 0.0
                }

        let first =
            (abs expansion.Slope.Bias + abs expansion.Slope.Variance)
            / (width * infinite.Loss)

        let second = secondOrder * (first * first * infinite.Loss + abs beyond.Loss)

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
        }
