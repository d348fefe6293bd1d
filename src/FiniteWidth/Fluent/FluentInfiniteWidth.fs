// Infinite width for C#: its gradient flow, and what depth does to signals.
namespace FiniteWidth

open System
open System.Runtime.CompilerServices
open FiniteWidth.Numerics

/// Networks of infinite width trained by gradient flow, and asked at any time.
[<Extension; AbstractClass; Sealed>]
type GradientFlowFluent =

    /// All layers trained on a data set; a FailureException where the activation jumps or a kernel cannot be computed.
    [<Extension>]
    static member TrainedOn(network, data) =
        GradientFlow.train data network |> Result.orFail

    /// The readout alone trained on a data set.
    [<Extension>]
    static member ReadoutTrainedOn(network, data) =
        GradientFlow.trainReadout data network |> Result.orFail

    /// The neural tangent kernel on the rows of X, P x P.
    [<Extension>]
    static member TangentKernel(network, inputs) =
        NeuralTangent.kernel inputs network |> Result.orFail

    /// Mean and variance of f over the initialisations at a time, which may be `double.PositiveInfinity`.
    [<Extension>]
    static member Predict(flow, inputs: Matrix, time) = GradientFlow.predict time inputs flow

    /// Bias, variance and loss on a test set at a time.
    [<Extension>]
    static member Score(flow, test, time) = GradientFlow.score time test flow

    /// Bias, variance and loss on the training set at a time.
    [<Extension>]
    static member TrainScore(flow, time) = GradientFlow.trainScore time flow

/// What layers of random weights do to lengths and correlations.
[<Extension; AbstractClass; Sealed>]
type SignalPropagationFluent =

    /// Propagation through layers of this activation with sigma_w^2 > 0 and sigma_b^2 >= 0, from a squared length of 1.
    [<Extension>]
    static member Propagate(activation, weightVariance, biasVariance) =
        SignalPropagation.create activation weightVariance biasVariance |> Result.orFail

    /// c -> sigma_w^2 E[sigma(z)^2] + sigma_b^2, z of variance c.
    [<Extension>]
    static member LengthMap(propagation, c) =
        SignalPropagation.lengthMap c propagation

    /// rho -> (sigma_w^2 E[sigma(z1) sigma(z2)] + sigma_b^2)/c*; a FailureException where lengths do not settle.
    [<Extension>]
    static member CorrelationMap(propagation, rho) =
        SignalPropagation.correlationMap rho propagation |> Result.orFail

    /// A pair of inputs through the layers: as it enters, then after each of `depth` layers.
    [<Extension>]
    static member Trajectory(propagation, start, depth) =
        SignalPropagation.trajectory depth start propagation
        |> Result.orFail
        |> Array.ofList

    /// The phases over a grid: entry [i, j] is at the ith weight variance and the jth bias variance.
    [<Extension>]
    static member PhaseDiagram(activation, weightVariances, biasVariances) =
        SignalPropagation.phaseDiagram weightVariances biasVariances activation
        |> Result.orFail

    /// The points of the edge of chaos at a bias variance; empty where there is none.
    [<Extension>]
    static member EdgeOfChaos(activation, biasVariance) =
        EdgeOfChaos.at biasVariance activation |> Result.orFail |> Array.ofList
