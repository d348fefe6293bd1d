namespace FiniteWidth.Experiment

open System

/// Dual averaging of a step's logarithm towards a mean acceptance (Nesterov 2009; Hoffman and Gelman 2014, section 3.2). It starts from a step
/// whose acceptance has been looked at, so it is not drawn to longer ones, and moves a quarter as far: a phase of thirty iterations ends where one
/// of hundreds does, not at a step a third too short.
[<Sealed>]
type internal StepAdaptation() =

    // Shrinkage, and iterations that count little: the first steps are far off.
    static let gamma = 0.2
    static let delay = 10.0
    static let forget = 0.75

    member val Count = 0.0 with get, set
    /// The log step that the iteration shrinks towards.
    member val Centre = 0.0 with get, set
    /// The averaged shortfall of the acceptance.
    member val Shortfall = 0.0 with get, set
    /// The averaged log step: what remains when the adaptation ends.
    member val LogMean = 0.0 with get, set

    /// Starts anew from a step of the right order.
    member this.Restart(step: float) =
        this.Count <- 0.0
        this.Centre <- log step
        this.Shortfall <- 0.0
        this.LogMean <- log step

    /// The step to try next, after one whose acceptance probability was `observed`.
    member this.Next(wanted: float, observed: float, longest: float) =
        this.Count <- this.Count + 1.0
        let weight = 1.0 / (this.Count + delay)

        this.Shortfall <- (1.0 - weight) * this.Shortfall + weight * (wanted - observed)

        let logStep =
            min (log longest) (this.Centre - sqrt this.Count / gamma * this.Shortfall)

        let share = Math.Pow(this.Count, -forget)
        this.LogMean <- share * logStep + (1.0 - share) * this.LogMean
        exp logStep
