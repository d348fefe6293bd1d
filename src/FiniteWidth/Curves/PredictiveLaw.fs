namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The law of f at one input and output, given the training set. The noise of an observation, of variance T, is not in it.
[<RequireQualifiedAccess>]
type PredictiveLaw =
    /// A Gaussian law.
    | Gaussian of mean: float * deviation: float
    /// A mixture of Gaussian laws.
    | Mixture of PredictiveMixture
    /// A Student-t law.
    | StudentT of StudentTMarginal
    /// Of shift + scale f, scale above 0.
    | Rescaled of law: PredictiveLaw * shift: float * scale: float

    /// The mean of f.
    member this.Mean =
        match this with
        | Gaussian(mean, _) -> mean
        | Mixture mixture -> PredictiveMixture.mean mixture
        | StudentT marginal -> marginal.Mean
        | Rescaled(law, shift, scale) -> shift + scale * law.Mean

    /// The standard deviation of f.
    member this.Deviation =
        match this with
        | Gaussian(_, deviation) -> deviation
        | Mixture mixture -> sqrt (PredictiveMixture.variance mixture)
        | StudentT marginal -> sqrt marginal.Variance
        | Rescaled(law, _, scale) -> scale * law.Deviation

    /// The value that f is below with probability p, 0 < p < 1.
    member this.Quantile p =
        match this with
        | Gaussian(mean, 0.0) -> mean
        | Gaussian(mean, deviation) -> MathNet.Numerics.Distributions.Normal.InvCDF(mean, deviation, p)
        | Mixture mixture -> PredictiveMixture.quantile p mixture
        | StudentT marginal -> StudentTMarginal.quantile p marginal
        | Rescaled(law, shift, scale) -> shift + scale * law.Quantile p

    /// The probability that f exceeds a value: of labels -1 and +1 and the value 0, that of the second class.
    member this.Above(value: float) =
        match this with
        | Rescaled(law, shift, scale) -> law.Above((value - shift) / scale)
        | law when law.Deviation = 0.0 -> if law.Mean > value then 1.0 else 0.0
        | Gaussian(mean, deviation) ->
            0.5
            * MathNet.Numerics.SpecialFunctions.Erfc((value - mean) / (deviation * sqrt 2.0))
        | Mixture mixture -> 1.0 - PredictiveMixture.cumulative value mixture
        | StudentT marginal -> 1.0 - StudentTMarginal.cumulative value marginal

/// The laws of f at the rows of a set of inputs: points x outputs.
[<RequireQualifiedAccess>]
module PredictiveLaw =

    let private ofPrediction (prediction: Prediction) =
        Array2D.mapi (fun t d mean -> PredictiveLaw.Gaussian(mean, sqrt prediction.Variance[t, d])) prediction.Mean

    let private column (laws: PredictiveLaw[]) =
        Array2D.init laws.Length 1 (fun t _ -> laws[t])

    /// Of a saddle point, or of infinite width.
    let ofPosterior (inputs: Matrix) posterior =
        Posterior.predict inputs posterior |> ofPrediction

    /// Of the integral over the scale.
    let ofMixture inputs mixture =
        ScaleMixture.distributions inputs mixture
        |> Array.map PredictiveLaw.Mixture
        |> column

    /// Of a Student-t process.
    let ofStudentT inputs posterior =
        StudentT.distributions inputs posterior
        |> Array.map PredictiveLaw.StudentT
        |> column

    /// Of each of several outputs that are predicted together.
    let ofJoint (joint: JointPrediction) =
        ofPrediction
            {
                Mean = joint.Mean
                Variance = joint.Variance
            }

    /// Of each of several outputs.
    let ofSeveralOutputs inputs posterior =
        SeveralOutputs.predict inputs posterior |> ofJoint

    /// Of each of several outputs, integrated over their order parameter.
    let ofOutputMixture inputs mixture =
        OutputMixture.distributions inputs mixture |> Array2D.map PredictiveLaw.Mixture

    /// Of a network of convolutional layers, layer by layer.
    let ofHierarchicalConvolution inputs posterior =
        HierarchicalConvolution.predict inputs posterior |> ofPrediction

    /// Of a network of several convolutional layers.
    let ofDeepConvolution inputs posterior =
        DeepConvolution.predict inputs posterior |> ofPrediction

    /// Of a convolutional network.
    let ofConvolution inputs posterior =
        Convolution.predict inputs posterior |> ofPrediction
