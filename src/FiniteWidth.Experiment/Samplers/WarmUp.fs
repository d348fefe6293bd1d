namespace FiniteWidth.Experiment

/// The windows of a warm-up, as in Stan: a fast phase for the step, windows that double in length for the metric, and a last fast
/// phase for the step again.
[<RequireQualifiedAccess>]
module internal WarmUp =

    // Too short for a metric: only the step is adapted.
    let private shortest = 20

    let private plan first window last length =
        if length < shortest then
            []
        else
            let start, stop, size =
                if length < first + window + last then
                    let start = length * 15 / 100
                    let stop = length - length / 10
                    start, stop, stop - start
                else
                    first, length - last, window

            // A window that would leave too little for a next one, twice as long, takes the rest.
            let rec next opens size =
                let closes = opens + size

                if closes + 2 * size > stop then
                    [ opens, stop ]
                else
                    (opens, closes) :: next closes (2 * size)

            next start size

    /// The iterations at which a window of the metric opens, and those after which one closes (exclusive ends, ascending).
    let windows length = plan 75 25 50 length

    /// Windows for averages that a few draws are enough for.
    let briefWindows length = plan 5 15 30 length
