namespace FiniteWidth.Experiment

open FiniteWidth

/// What chains have shown of a network, in numbers that can be kept.
[<NoComparison>]
type SampledScore =
    {
        /// Loss, bias and variance with standard errors.
        Score: MeasuredScore
        /// The fraction of test points classified rightly, where labels are +-1 or one-hot.
        Accuracy: Measured option
        /// Whether the chains have converged.
        Verdict: Verdict
        /// Chains side by side.
        Chains: int
        /// Of each chain.
        Draws: int
        /// The fewest of any traced quantity.
        EffectiveDraws: float
        /// The largest of any traced quantity, and that of the test loss.
        RHat: float
        /// R-hat of the test loss.
        LossRHat: float
        /// The time taken.
        Seconds: float
    }

    /// The standard error of the loss as a share of it.
    member this.RelativeError = this.Score.Loss.Error / this.Score.Loss.Value

    /// Whether the verdict is that they have.
    member this.HasConverged = this.Verdict = Verdict.Converged

    /// How good the chains are, in a clause.
    member internal this.Description =
        $"{this.EffectiveDraws:F0} effective draws, a standard error of {Share.text this.RelativeError} and R-hat {this.RHat:F3}"

/// Losses from chains.
[<RequireQualifiedAccess>]
module SampledScore =

    // Chains that disagree by more than this say little of the posterior.
    let private largestRHat = 1.1

    /// Whether chains agree so far that their loss is worth a number, converged or not.
    let internal isTelling sampled = sampled.LossRHat < largestRHat

    /// What a measurement has shown; one that has too few draws for a diagnosis shows nothing.
    let ofMeasurement (measurement: Measurement) =
        let measured (estimate: Estimate) : Measured =
            {
                Value = estimate.Value
                Error = estimate.Error
            }

        let diagnoses = measurement.Diagnoses

        {
            Score =
                {
                    Loss = measured measurement.Loss
                    Bias = measured measurement.Bias
                    Variance = measured measurement.Variance
                }
            Accuracy = measurement.Accuracy |> Option.map measured
            Verdict = measurement.Verdict
            Chains = measurement.Run.States.Length
            Draws = measurement.Run.Length
            EffectiveDraws = diagnoses |> List.map Diagnosis.size |> List.min
            RHat = diagnoses |> List.map _.RHat |> List.max
            LossRHat = (diagnoses |> List.find (fun d -> d.Name = LossObservables.TestLoss)).RHat
            Seconds = measurement.Run.Elapsed.TotalSeconds
        }
