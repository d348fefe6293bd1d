namespace FiniteWidth.Calibration

open System
open System.Diagnostics
open FiniteWidth
open FiniteWidth.Experiment

/// An answer beside the truth.
[<NoComparison; NoEquality>]
type Trial =
    {
        Problem: RandomProblem
        Answer: AutoPoint
        Truth: Estimate
        /// What the answer took.
        Seconds: float
    }

    /// How far the truth lies from the answer, in error bars of both.
    member this.Distance =
        let loss = this.Answer.Certificate.Score.Loss

        abs (loss.Value - this.Truth.Value)
        / sqrt (loss.Error * loss.Error + this.Truth.Error * this.Truth.Error)

    /// Relative to the truth.
    member this.Deviation =
        this.Answer.Certificate.Score.Loss.Value / this.Truth.Value - 1.0

[<RequireQualifiedAccess>]
module Trial =

    /// Answers a problem as if linear networks had no exact answer, and finds the truth.
    let run (settings: AutoSettings) truthSeconds (problem: RandomProblem) =
        result {
            let clock = Stopwatch.StartNew()

            let! answer =
                Auto.solverWithoutExact
                    { settings with Seed = problem.Seed }
                    problem.Split
                    (problem.Network, problem.Temperature)

            let seconds = clock.Elapsed.TotalSeconds
            let! truth = Truth.loss truthSeconds problem

            return
                {
                    Problem = problem
                    Answer = answer
                    Truth = truth
                    Seconds = seconds
                }
        }

    // Widths of a curve.
    let private widths = LearningCurve.logSpaced 3 1000 12

    /// Answers the problem at many widths by one curve, as if linear networks had no exact answer, and finds the truth at each.
    let curve (settings: AutoSettings) truthSeconds (problem: RandomProblem) =
        result {
            let clock = Stopwatch.StartNew()

            let! curve =
                CertifiedCurve.solveWithoutExact
                    { settings with Seed = problem.Seed }
                    problem.Network
                    problem.Temperature
                    problem.Split
                    widths

            let seconds = clock.Elapsed.TotalSeconds

            return!
                curve.Points
                |> Result.traverse (fun point ->
                    let problem = { problem with Network = point.Network }

                    Truth.loss truthSeconds problem
                    |> Result.map (fun truth ->
                        {
                            Problem = problem
                            Answer = point
                            Truth = truth
                            Seconds = seconds
                        }))
        }
