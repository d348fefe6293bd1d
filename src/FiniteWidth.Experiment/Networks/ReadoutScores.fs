namespace FiniteWidth.Experiment

/// What the data know of each whitened readout z given the hidden layers. A unit is specialised where E[z]^2/(2 Var z) exceeds a threshold,
/// and idle elsewhere.
type internal ReadoutScores =
    {
        /// E[z].
        Means: float[]
        /// Var z.
        Variances: float[]
        /// Numbers of the specialised units, ascending.
        Specialised: int[]
    }

    member this.Count = this.Specialised.Length

    /// Numbers of the idle units, ascending.
    member this.Idle = [| 0 .. this.Means.Length - 1 |] |> Array.except this.Specialised

[<RequireQualifiedAccess>]
module internal ReadoutScores =

    // Where no other unit is idle.
    let private anyDeviation = 0.3

    /// After `Condition`, of one output.
    let ofReadout threshold (readout: ConditionalReadout) =
        let means = (readout.Mean.Row 0n).ToArray()
        let variances = readout.WeightVariances()

        {
            Means = means
            Variances = variances
            Specialised =
                [|
                    for i in 0 .. means.Length - 1 do
                        if means[i] * means[i] > 2.0 * threshold * variances[i] then
                            i
                |]
        }

    /// The deviation of a unit's readout if it is idle: that of the other idle ones.
    let idleDeviation unit (scores: ReadoutScores) =
        match scores.Idle |> Array.except [ unit ] with
        | [||] -> anyDeviation
        | others -> others |> Array.averageBy (fun i -> scores.Variances[i]) |> sqrt

    /// An equal share of what the specialised units make, were there one more of them; none where there is no such unit.
    let share (scores: ReadoutScores) =
        if scores.Count = 0 then
            None
        else
            let whole = scores.Specialised |> Array.sumBy (fun i -> abs scores.Means[i])
            Some(whole / float (scores.Count + 1))
