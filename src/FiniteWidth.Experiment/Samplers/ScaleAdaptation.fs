namespace FiniteWidth.Experiment

/// How the scales s of a metric are found in the warm-up, where coordinates move with velocity s r: over each window something is
/// averaged, and at its end the scales are made of it.
type internal ScaleAdaptation =
    {
        /// The iterations at which windows open, and those after which they close.
        Windows: (int * int) list
        /// The state after an iteration counts.
        Observe: unit -> unit
        /// The window closes: the state has new scales.
        Adopt: unit -> unit
    }

[<RequireQualifiedAccess>]
module internal ScaleAdaptation =

    let none =
        {
            Windows = []
            Observe = ignore
            Adopt = ignore
        }

    /// A scale for each coordinate: its standard deviation.
    let ofVariances (state: ChainState) =
        let observe () =
            state.WindowCount <- state.WindowCount + 1L
            let weight = 1.0 / float state.WindowCount
            let position, mean, squares = state.Position, state.WindowMean, state.WindowSquares

            for i in 0 .. mean.Length - 1 do
                let away = position[i] - mean[i]
                mean[i] <- mean[i] + weight * away
                squares[i] <- squares[i] + away * (position[i] - mean[i])

        // Drawn a little towards a small variance as Stan does, so that few draws cannot give a wild metric.
        let adopt () =
            let n = float state.WindowCount

            for i in 0 .. state.Scale.Length - 1 do
                let variance = state.WindowSquares[i] / (n - 1.0)
                state.Scale[i] <- sqrt ((n * variance + 5.0 * 1e-3) / (n + 5.0))

        {
            Windows = WarmUp.windows state.WarmUp
            Observe = observe
            Adopt = adopt
        }

    // Where the posterior is hardly narrower than the prior, the prior's own motion is the best.
    let private narrow = 1.5

    /// A scale for each group of coordinates: 1/sqrt of their posterior's curvature, which is the mean of the squared derivative
    /// of the log posterior, E[(x_i - dl/dx_i)^2] = E[1 - d^2 l/dx_i^2]. A mean over a group needs few draws.
    let ofCurvatures (groups: int[]) (force: float[] -> float[] -> bool) (state: ChainState) =
        let gradient: float[] = Array.zeroCreate groups.Length
        let sums: float[] = Array.zeroCreate state.Scale.Length
        let counts = Array.zeroCreate<float> state.Scale.Length

        for group in groups do
            counts[group] <- counts[group] + 1.0

        let observe () =
            if force state.Position gradient then
                state.WindowCount <- state.WindowCount + 1L
                let weight = 1.0 / float state.WindowCount
                System.Array.Clear sums

                for i in 0 .. groups.Length - 1 do
                    let slope = state.Position[i] - gradient[i]
                    sums[groups[i]] <- sums[groups[i]] + slope * slope

                let mean = state.WindowMean

                for k in 0 .. mean.Length - 1 do
                    mean[k] <- mean[k] + weight * (sums[k] / counts[k] - mean[k])

        let adopt () =
            if state.WindowCount > 0L then
                for k in 0 .. state.Scale.Length - 1 do
                    let curvature = state.WindowMean[k]
                    state.Scale[k] <- if curvature > narrow then 1.0 / sqrt curvature else 1.0

        {
            Windows = WarmUp.briefWindows state.WarmUp
            Observe = observe
            Adopt = adopt
        }
