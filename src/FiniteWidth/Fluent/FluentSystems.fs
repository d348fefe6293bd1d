// The scale mixture, several outputs, convolution and transfer for C#: members as in Fluent.fs.
namespace FiniteWidth

open System
open System.Runtime.CompilerServices
open FiniteWidth.Numerics

/// The integral over the scale, and its predictive distributions.
[<Extension; AbstractClass; Sealed>]
type ScaleMixtureFluent =

    /// Integrates over the scale for a network at temperature T on the study's training set; a FailureException where there is no answer.
    [<Extension>]
    static member SolveMixture(study: Study, network, temperature) =
        ScaleMixture.solve network temperature study |> Result.orFail

    /// The predictive distribution of f at each row of `inputs`.
    [<Extension>]
    static member Distributions(mixture, inputs: Matrix) =
        ScaleMixture.distributions inputs mixture

    /// The predictive mean and variance of f at the rows of `inputs`.
    [<Extension>]
    static member Predict(mixture, inputs: Matrix) = ScaleMixture.predict inputs mixture

    /// Bias of the mixture's mean, variance and loss on a test set.
    [<Extension>]
    static member Score(mixture, test) = ScaleMixture.score test mixture

    /// The theory's own error bar on a test set: the loss of the mixture less that of its saddle point.
    [<Extension>]
    static member ErrorBar(mixture, test) = ScaleMixture.errorBar test mixture

    /// The mean of f.
    [<Extension>]
    static member Mean point = PredictiveMixture.mean point

    /// The variance of f.
    [<Extension>]
    static member Variance point = PredictiveMixture.variance point

    /// The density of f at a value.
    [<Extension>]
    static member Density(point, value) = PredictiveMixture.density value point

    /// The probability that f is at most a value.
    [<Extension>]
    static member Cumulative(point, value) =
        PredictiveMixture.cumulative value point

    /// The value that f is below with probability p, 0 < p < 1; a FailureException for any other p.
    [<Extension>]
    static member Quantile(point, p) = PredictiveMixture.quantile p point

/// Networks with several outputs solved, posteriors asked.
[<Extension; AbstractClass; Sealed>]
type SeveralOutputsFluent =

    /// Solves the theory of several outputs for a network at temperature T on the study's training set; a FailureException where there is no
    /// answer.
    [<Extension>]
    static member SolveSeveralOutputs(study: Study, network, temperature) =
        SeveralOutputs.solve network temperature study |> Result.orFail

    /// The predictive mean and output-output covariance at the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) = SeveralOutputs.predict inputs posterior

    /// Bias, variance and loss on a test set, averaged over points and outputs.
    [<Extension>]
    static member Score(posterior, test) = SeveralOutputs.score test posterior

    /// The fraction of a test set whose largest predicted output is that of the largest target.
    [<Extension>]
    static member Accuracy(posterior, test) = SeveralOutputs.accuracy test posterior

    /// log p(Y|X).
    [<Extension>]
    static member LogEvidence posterior = SeveralOutputs.logEvidence posterior

/// Convolutional networks built and solved, posteriors asked.
[<Extension; AbstractClass; Sealed>]
type ConvolutionFluent =

    /// The same layer with other precisions lambda_0 of the filters and lambda_1 of the readout; a FailureException unless both are positive.
    [<Extension>]
    static member WithPriors(network, filterPrior, readoutPrior) =
        ConvolutionalNetwork.withPriors (struct (filterPrior, readoutPrior)) network
        |> Result.orFail

    /// The same layer with another number of filters; a FailureException where it is below 1.
    [<Extension>]
    static member WithChannels(network: ConvolutionalNetwork, channels) =
        ConvolutionalNetwork.withReadout channels network.ReadoutPrior network
        |> Result.orFail

    /// Solves the theory for a convolutional network at temperature T on the study's training set; a FailureException where there is no
    /// answer.
    [<Extension>]
    static member Solve(study: ConvolutionStudy, network, temperature) =
        Convolution.solve network temperature study |> Result.orFail

    /// The predictive mean and variance of f at the images in the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) = Convolution.predict inputs posterior

    /// Bias, variance and loss on a test set.
    [<Extension>]
    static member Score(posterior, test) = Convolution.score test posterior

    /// log p(y|X).
    [<Extension>]
    static member LogEvidence posterior = Convolution.logEvidence posterior

/// Networks of several convolutional layers built and solved, posteriors asked.
[<Extension; AbstractClass; Sealed>]
type ImageNetworkFluent =

    /// The same network, its final positions averaged.
    [<Extension>]
    static member Pooled(network: ImageNetwork) = ImageNetwork.pooled network

    /// The same convolutional layers with fully connected layers behind them, all precisions 1, no biases; a FailureException where a width is below 1.
    [<Extension>]
    static member WithDense(network: ImageNetwork, [<ParamArray>] widths: int[]) =
        ImageNetwork.withDense (List.ofArray widths) network

    /// The same network with other precisions lambda_0 .. lambda_L; a FailureException unless they are one more than hidden layers, and positive.
    [<Extension>]
    static member WithPriors(network: ImageNetwork, [<ParamArray>] priors: float[]) =
        ImageNetwork.withPriors (List.ofArray priors) network

    /// The same network with N channels or units in every hidden layer; a FailureException where that is below 1.
    [<Extension>]
    static member WithWidth(network: ImageNetwork, width) =
        ImageNetwork.withWidth width network |> Result.orFail

    /// The kernel of f at infinite width on images in the rows of a matrix.
    [<Extension>]
    static member Kernel(network: ImageNetwork, inputs: Matrix) =
        ImageKernels.kernel inputs network |> Result.orFail

    /// The tangent kernel of f at infinite width; a FailureException where the activation jumps.
    [<Extension>]
    static member TangentKernel(network: ImageNetwork, inputs: Matrix) =
        ImageKernels.tangent inputs network |> Result.orFail

    /// Solves the product form for a network at temperature T on the study's training set; a FailureException where there is no answer.
    [<Extension>]
    static member Solve(study: ImageStudy, network, temperature) =
        DeepConvolution.solve network temperature study |> Result.orFail

    /// Solves the hierarchical form, with an order parameter a layer; a FailureException where there is no answer.
    [<Extension>]
    static member SolveLayerByLayer(study: ImageStudy, network, temperature) =
        HierarchicalConvolution.solve network temperature study |> Result.orFail

    /// The predictive mean and variance of f at the images in the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) =
        HierarchicalConvolution.predict inputs posterior

    /// Bias, variance and loss on a test set.
    [<Extension>]
    static member Score(posterior, test) =
        HierarchicalConvolution.score test posterior

    /// log p(y|X).
    [<Extension>]
    static member LogEvidence posterior =
        HierarchicalConvolution.logEvidence posterior

    /// The network at infinite width; a FailureException where there is no answer.
    [<Extension>]
    static member SolveInfiniteWidth(study: ImageStudy, network, temperature) =
        DeepConvolution.infiniteWidth network temperature study |> Result.orFail

    /// The predictive mean and variance of f at the images in the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) =
        DeepConvolution.predict inputs posterior

    /// Bias, variance and loss on a test set.
    [<Extension>]
    static member Score(posterior, test) = DeepConvolution.score test posterior

    /// log p(y|X).
    [<Extension>]
    static member LogEvidence posterior = DeepConvolution.logEvidence posterior

/// Coupled networks built and solved, posteriors asked.
[<Extension; AbstractClass; Sealed>]
type TransferFluent =

    /// Two of this network, their first-layer weights coupled by gamma; a FailureException unless |gamma| < 2 lambda_0 and the network is
    /// one plain hidden layer.
    [<Extension>]
    static member Coupled(network, gamma) =
        CoupledNetworks.create network gamma |> Result.orFail

    /// Solves the theory for two coupled networks at temperature T on their tasks; a FailureException where there is no answer.
    [<Extension>]
    static member Solve(tasks: TaskPair, networks, temperature) =
        Transfer.solve networks temperature tasks |> Result.orFail

    /// The predictive mean and variance of the first task's network at the rows of `inputs`.
    [<Extension>]
    static member PredictFirst(posterior, inputs) = Transfer.predictFirst inputs posterior

    /// The predictive mean and variance of the second task's network at the rows of `inputs`.
    [<Extension>]
    static member PredictSecond(posterior, inputs) = Transfer.predictSecond inputs posterior

    /// Bias, variance and loss of the first task's network on a test set.
    [<Extension>]
    static member ScoreFirst(posterior, test) = Transfer.scoreFirst test posterior

    /// Bias, variance and loss of the second task's network on a test set.
    [<Extension>]
    static member ScoreSecond(posterior, test) = Transfer.scoreSecond test posterior

    /// log p(y_1, y_2|X_1, X_2).
    [<Extension>]
    static member LogEvidence posterior = Transfer.logEvidence posterior
