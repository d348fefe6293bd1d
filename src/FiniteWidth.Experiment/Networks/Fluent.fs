// The networks for C#: functions of the modules as methods, failures as exceptions.
namespace FiniteWidth.Experiment

open System.Runtime.CompilerServices
open FiniteWidth
open FiniteWidth.Numerics

/// Posteriors of networks, and what samplers and observables need of them.
[<Extension; AbstractClass; Sealed>]
type NetworkPosteriorFluent =

    /// The posterior of a fully connected network at temperature T > 0; a FailureException where `NetworkPosterior.create` fails.
    [<Extension>]
    static member Posterior(network: Network, temperature: float, data: DataSet, options: NetworkOptions) =
        NetworkPosterior.create options (Architecture.FullyConnected network) temperature data
        |> Result.orFail

    /// The posterior of a fully connected network with the default options.
    [<Extension>]
    static member Posterior(network: Network, temperature: float, data: DataSet) =
        NetworkPosteriorFluent.Posterior(network, temperature, data, NetworkPosterior.defaults)

    /// The posterior of a convolutional network at temperature T > 0; a FailureException where `NetworkPosterior.create` fails.
    [<Extension>]
    static member Posterior(network: ConvolutionalNetwork, temperature: float, data: DataSet, options: NetworkOptions) =
        NetworkPosterior.create options (Architecture.Convolutional network) temperature data
        |> Result.orFail

    /// The posterior of a network of several convolutional layers at temperature T > 0; a FailureException where `NetworkPosterior.create` fails.
    [<Extension>]
    static member Posterior(network: ImageNetwork, temperature: float, data: DataSet, options: NetworkOptions) =
        NetworkPosterior.create options (Architecture.Image network) temperature data
        |> Result.orFail

    /// The posterior of a convolutional network with the default options.
    [<Extension>]
    static member Posterior(network: ConvolutionalNetwork, temperature: float, data: DataSet) =
        NetworkPosteriorFluent.Posterior(network, temperature, data, NetworkPosterior.defaults)

    /// The log likelihood of all weights, with work space for one chain.
    [<Extension>]
    static member FullTarget posterior : Target = FullTarget.create posterior ()

    /// The posterior of a fully connected network with an output a class over labelled examples, for `SoftmaxTarget`; a FailureException where
    /// the targets are no labels.
    [<Extension>]
    static member SoftmaxPosterior(network: Network, data: DataSet) =
        SoftmaxTarget.posterior NetworkPosterior.defaults (Architecture.FullyConnected network) data
        |> Result.orFail

    /// The log likelihood -beta sum CE(label, softmax f) of all weights, with work space for one chain.
    [<Extension>]
    static member SoftmaxTarget(posterior, beta) : Target = SoftmaxTarget.create beta posterior ()

    /// The log likelihood of the hidden layers with the readout integrated out, with work space for one chain.
    [<Extension>]
    static member MarginalTarget posterior : Target = MarginalTarget.create posterior ()

    /// The log likelihood at a position; overwrites `gradient` with its gradient.
    [<Extension>]
    static member Evaluate(target: Target, position: float[], gradient: float[]) =
        target.LogLikelihood position gradient

    /// The rate T lambda of each coordinate under discrete Langevin dynamics.
    [<Extension>]
    static member LangevinRates posterior =
        NetworkPosterior.langevinRates posterior

    /// Predictions at the rows of `inputs` given a position, with work space for one chain.
    [<Extension>]
    static member Predictor(posterior, inputs: Matrix) =
        NetworkPredictor.create inputs posterior ()

    /// The joint distribution of f over the rows of `inputs` given hidden coordinates, with work space for one chain.
    [<Extension>]
    static member OutputCovariance(posterior, inputs: Matrix) =
        OutputCovariance.create inputs posterior ()

    /// The overlaps of the first layer's weights at a position with a teacher's, N1 x K.
    [<Extension>]
    static member TeacherOverlap(posterior, teacher: Matrix, position: float[]) =
        HiddenLayers.teacherOverlap teacher posterior position
