namespace FiniteWidth.Experiment

open System
open FiniteWidth

/// What theories expect of loss and parts at a width: positive at every width, and right to first order in 1/N where that is known.
[<NoComparison; NoEquality>]
type internal Expectation =
    {
        Loss: float
        /// Bias over variance.
        Ratio: float
        /// log N, with how far the logarithm of the loss may lie from the expectation; and the same of the ratio.
        LossPlace: CurvePlace
        RatioPlace: CurvePlace
    }

/// Loss and bias over variance as functions of the width: their logarithms are smooth in log N beside what theories expect.
[<RequireQualifiedAccess>]
module internal WidthCurve =

    // The logarithm of a number of which nothing is known but its order of magnitude.
    let private unknown = 1.0
    // Chains that agree and have not converged count for this many times their error.
    let private mistrust = 3.0

    // theory + difference, as a product that stays positive: theory (1 + d) or theory/(1 - d), d = difference over infinite width.
    let private moved infinite theory difference =
        let d = difference / infinite
        if d < 0.0 then theory / (1.0 - d) else theory * (1.0 + d)

    let private isUsable (score: Score) =
        score.Bias > 0.0 && score.Variance > 0.0 && Double.IsFinite score.Loss

    /// What theories expect at a width; nothing where none of them has a positive answer.
    let expectation (width: int) (theories: PointTheories) =
        let theory =
            match theories.SaddlePoint.Score, theories.InfiniteWidth with
            | Ok score, _
            | _, Ok score when isUsable score -> Some score
            | _ -> None

        // A doubt that saturates without a corner: one in the amplitude would be one in the curve.
        let place doubt =
            {
                X = log (float width)
                Amplitude = max 1e-6 (unknown / sqrt (1.0 + (unknown / doubt) ** 2.0))
            }

        match theory, theories.InfiniteWidth, theories.FirstOrder with
        | None, _, _ -> None
        | Some theory, Ok infinite, Ok corrected when isUsable infinite ->
            let value (part: Score -> float) (measured: Measured) =
                moved (part infinite) (part theory) (measured.Value - part theory)

            let score = corrected.Score
            let loss = value _.Loss score.Loss
            let bias = value _.Bias score.Bias
            let variance = value _.Variance score.Variance
            // What the first order leaves out, and what its form may change.
            let doubt expected (measured: Measured) =
                (measured.Error + abs (expected - measured.Value)) / expected


            Some
                {
                    Loss = loss
                    Ratio = bias / variance
                    LossPlace = place (doubt loss score.Loss)
                    RatioPlace = place (sqrt (doubt bias score.Bias ** 2.0 + doubt variance score.Variance ** 2.0))
                }
        | Some theory, _, _ ->
            Some
                {
                    Loss = theory.Loss
                    Ratio = theory.Bias / theory.Variance
                    LossPlace = place infinity
                    RatioPlace = place infinity
                }

    let private relative (measured: Measured) = measured.Error / measured.Value

    // What chains say beside what was expected.
    let private readings (points: (Expectation * SampledScore) list) =
        let usable =
            points |> List.filter (fun (_, sampled) -> SampledScore.isTelling sampled)

        let trust (sampled: SampledScore) error =
            if sampled.HasConverged then error else mistrust * error

        let losses =
            [|
                for expected, sampled in usable do
                    let loss = sampled.Score.Loss

                    {
                        Place = expected.LossPlace
                        Value = log (loss.Value / expected.Loss)
                        Error = trust sampled (relative loss)
                    }
            |]

        let ratios =
            [|
                for expected, sampled in usable do
                    let bias, variance = sampled.Score.Bias, sampled.Score.Variance

                    if bias.Value > 0.0 && variance.Value > 0.0 then
                        {
                            Place = expected.RatioPlace
                            Value = log (bias.Value / variance.Value / expected.Ratio)
                            Error = trust sampled (sqrt (relative bias ** 2.0 + relative variance ** 2.0))
                        }
            |]

        losses, ratios

    // L, and rho = bias/variance: bias = L rho/(1 + rho), variance = L/(1 + rho).
    let private score (expected: Expectation) struct (loss, lossError) struct (ratio, ratioError) : MeasuredScore =
        let loss = expected.Loss * exp loss
        let rho = expected.Ratio * exp ratio
        let share = rho / (1.0 + rho)

        let part share ofRatio : Measured =
            {
                Value = loss * share
                Error = loss * share * sqrt (lossError ** 2.0 + (ofRatio * ratioError) ** 2.0)
            }

        {
            Loss =
                {
                    Value = loss
                    Error = loss * lossError
                }
            Bias = part share (1.0 - share)
            Variance = part (1.0 - share) share
        }

    /// Loss, bias and variance with their standard errors at each width of which something is expected, from chains at some of them.
    let scores points (expected: Expectation[]) =
        let losses, ratios = readings points
        let loss = SmoothCurve.predict losses (expected |> Array.map _.LossPlace)
        let ratio = SmoothCurve.predict ratios (expected |> Array.map _.RatioPlace)
        Array.map3 score expected loss ratio

    /// By how much chains with this relative error at each width would lower the sum of the squared relative errors of those that count.
    let gains points (expected: Expectation[]) counts error =
        SmoothCurve.gains (fst (readings points)) (expected |> Array.map _.LossPlace) counts error
