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

/// Networks on images with several outputs or classes.
[<Extension; AbstractClass; Sealed>]
type ImageOutputsFluent =

    /// Solves the product form for a network whose D outputs have the columns of the targets, at temperature T on the study's training set; a
    /// FailureException where there is no answer.
    [<Extension>]
    static member SolveOutputs(study: ImageStudy, network, temperature) =
        ImageOutputs.solve network temperature study |> Result.orFail

    /// Means and covariances of the outputs at the images in the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) = ImageOutputs.predict inputs posterior

    /// Bias, variance and loss on a test set, averaged over points and outputs.
    [<Extension>]
    static member Score(posterior, test: DataSet) = ImageOutputs.score test posterior

    /// The fraction of a test set whose largest predicted output is that of the largest target.
    [<Extension>]
    static member Accuracy(posterior, test: DataSet) = ImageOutputs.accuracy test posterior

    /// log p(Y|X).
    [<Extension>]
    static member LogEvidence(posterior: ImageOutputs) = ImageOutputs.logEvidence posterior

    /// Solves the product form for a network whose logits have a softmax likelihood at beta, on the study's training set, whose targets are labels; a
    /// FailureException where there is no answer.
    [<Extension>]
    static member SolveClassification(study: ImageStudy, network, beta) =
        ImageClassification.solve network (Likelihood.Categorical beta) study
        |> Result.orFail

    /// Logits and class probabilities at the images in the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) =
        ImageClassification.predict inputs posterior

    /// Accuracy, negative log likelihood, Brier score and calibration on a test set; a FailureException where its targets are no labels of
    /// the training set's classes.
    [<Extension>]
    static member Score(posterior, test: DataSet) =
        ImageClassification.score test posterior |> Result.orFail

    /// log p(labels|X).
    [<Extension>]
    static member LogEvidence(posterior: ImageClassification) =
        ImageClassification.logEvidence posterior

/// The calibration curve of class probabilities.
[<Extension; AbstractClass; Sealed>]
type ClassScoreFluent =

    /// The bins of the calibration curve that hold points, by increasing confidence.
    [<Extension>]
    static member CalibrationBins(score: ClassScore) : System.Collections.Generic.IReadOnlyList<CalibrationBin> =
        score.Calibration
