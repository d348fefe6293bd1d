namespace FiniteWidth

open System

/// Test points of similar confidence: how sure a prediction is of its class, and how often it is right.
type CalibrationBin =
    {
        /// The confidences that belong to the bin, the probability of the most probable class: above Low, at most High.
        Low: float
        /// The upper end.
        High: float
        /// How many test points.
        Count: int
        /// Their mean confidence.
        Confidence: float
        /// The fraction of them whose most probable class is their label.
        Accuracy: float
    }

/// What class probabilities are worth on a test set with labels.
type ClassScore =
    {
        /// The fraction of points whose most probable class is their label.
        Accuracy: float
        /// The mean of -log p(label), in nats.
        NegativeLogLikelihood: float
        /// The mean of sum_c (p_c - [c = label])^2, from 0 to 2.
        Brier: float
        /// The mean of |accuracy - confidence| over the bins, each by its points.
        CalibrationError: float
        /// The calibration curve, bins that hold points.
        Calibration: CalibrationBin list
    }

/// What is predicted of one point.
type private Guess =
    {
        Confidence: float
        Right: bool
        Row: float[]
    }

/// Scores of class probabilities.
[<RequireQualifiedAccess>]
module ClassScore =

    /// The bins of the calibration curve.
    let bins = 10

    let private mostProbable (row: float[]) =
        let mutable best = 0

        for c in 1 .. row.Length - 1 do
            if row[c] > row[best] then
                best <- c

        best

    /// Of probabilities (points x D) and labels 0 .. D-1.
    let ofProbabilities (labels: int[]) (probabilities: float[,]) =
        let points = labels.Length

        let guesses: Guess[] =
            Array.init points (fun t ->
                let row = probabilities[t, *]
                let best = mostProbable row

                {
                    Confidence = row[best]
                    Right = (best = labels[t])
                    Row = row
                })

        let rightOf (some: Guess[]) =
            some |> Array.averageBy (fun g -> if g.Right then 1.0 else 0.0)

        let calibration =
            guesses
            |> Array.groupBy (fun g -> Math.Clamp(int (ceil (g.Confidence * float bins)) - 1, 0, bins - 1))
            |> Array.sortBy fst
            |> Array.map (fun (bin, inside) ->
                {
                    Low = float bin / float bins
                    High = float (bin + 1) / float bins
                    Count = inside.Length
                    Confidence = inside |> Array.averageBy _.Confidence
                    Accuracy = rightOf inside
                })
            |> List.ofArray

        let brier t (row: float[]) =
            row
            |> Array.mapi (fun c p -> if c = labels[t] then (p - 1.0) * (p - 1.0) else p * p)
            |> Array.sum

        {
            Accuracy = rightOf guesses
            NegativeLogLikelihood =
                guesses
                |> Array.mapi (fun t g -> -log(max g.Row[labels[t]] Double.Epsilon))
                |> Array.average
            Brier = guesses |> Array.mapi (fun t g -> brier t g.Row) |> Array.average
            CalibrationError =
                calibration
                |> List.sumBy (fun bin -> float bin.Count / float points * abs (bin.Accuracy - bin.Confidence))
            Calibration = calibration
        }
