// Classification for C#: members as in Fluent.fs.
namespace FiniteWidth

open System
open System.Runtime.CompilerServices
open FiniteWidth.Numerics

/// Softmax classifications solved, posteriors asked.
[<Extension; AbstractClass; Sealed>]
type ClassificationFluent =

    /// Solves a theory for a network whose logits have a softmax likelihood at beta, on the study's training set, whose targets are labels; a
    /// FailureException where there is no answer.
    [<Extension>]
    static member SolveClassification(study: Study, theory: Func<Network, Model>, network, beta) =
        Classification.solve theory.Invoke network (Likelihood.Categorical beta) study
        |> Result.orFail

    /// The same under the Wishart ansatz, which for one hidden layer is the proportional limit.
    [<Extension>]
    static member SolveClassification(study: Study, network, beta) =
        Classification.solve Theory.wishart network (Likelihood.Categorical beta) study
        |> Result.orFail

    /// Logits and class probabilities at the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) = Classification.predict inputs posterior

    /// Accuracy, negative log likelihood, Brier score and calibration on a test set; a FailureException where its targets are no labels of
    /// the training set's classes.
    [<Extension>]
    static member Score(posterior, test: DataSet) =
        Classification.score test posterior |> Result.orFail

    /// log p(labels|X).
    [<Extension>]
    static member LogEvidence posterior = Classification.logEvidence posterior

/// The calibration curve of class probabilities.
[<Extension; AbstractClass; Sealed>]
type ClassScoreFluent =

    /// The bins of the calibration curve that hold points, by increasing confidence.
    [<Extension>]
    static member CalibrationBins(score: ClassScore) : System.Collections.Generic.IReadOnlyList<CalibrationBin> =
        score.Calibration
