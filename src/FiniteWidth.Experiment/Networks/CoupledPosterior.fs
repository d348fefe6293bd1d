namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// The posterior of two coupled networks given a training set each (theory section 9). The prior of their first-layer weights,
///
/// p(W_1, W_2) ~ exp(-(1/2) sum_ij [lambda_0 W_1ij^2 - gamma W_1ij W_2ij + lambda_0 W_2ij^2]),
///
/// has the precision Lambda = [[lambda_0, -gamma/2], [-gamma/2, lambda_0]] for each pair of weights; nothing else couples the two.
/// Coordinates whiten it: (W_1ij, W_2ij) = L (z_ij, z'_ij), L L^T = Lambda^(-1); first all z, then all z'. The readouts are integrated
/// out.
[<Sealed>]
type CoupledPosterior private (networks: CoupledNetworks, first: NetworkPosterior, second: NetworkPosterior) =

    // sqrt(lambda_0) L = [[own, 0], [shared, 1]] leads to the coordinates that whiten each network on its own; given the first network's
    // weights, those of the second have precision lambda_0 whatever gamma is.
    let own, shared =
        let covariance = networks.Covariance
        let lambda = networks.Network.Priors.Head
        let own = sqrt (lambda * covariance[0, 0])
        own, lambda * covariance[1, 0] / own

    let half = first.Layout.HiddenDimension

    /// sigma, N_1, the priors and gamma.
    member _.Networks = networks

    /// The first network on its own: its posterior at gamma = 0.
    member _.First = first

    /// The second network on its own: its posterior at gamma = 0.
    member _.Second = second

    /// The number of coordinates.
    member _.Dimension = 2 * half

    /// Overwrites two arrays with the hidden coordinates of each network at a position.
    member _.Separate(position: float[], first: float[], second: float[]) =
        let z = ReadOnlySpan(position, 0, half)
        Array.Clear first
        Array.Clear second
        VectorArithmetic.AddScaled(z, own, Span first)
        VectorArithmetic.AddScaled(z, shared, Span second)
        VectorArithmetic.AddScaled(ReadOnlySpan(position, half, half), 1.0, Span second)

    /// The transpose of `Separate`: overwrites a gradient in the position with what gradients in the networks' coordinates make it.
    member internal _.PullBack(first: float[], second: float[], gradient: float[]) =
        let z = Span(gradient, 0, half)
        z.Clear()
        VectorArithmetic.AddScaled(ReadOnlySpan first, own, z)
        VectorArithmetic.AddScaled(ReadOnlySpan second, shared, z)
        Array.blit second 0 gradient half half

    static member internal Unchecked(networks, first, second) =
        CoupledPosterior(networks, first, second)

/// The posterior of two networks that share a prior.
[<RequireQualifiedAccess>]
module CoupledPosterior =

    // What lies outside the span of one network's data is coupled to what lies inside that of the other's.
    let private options =
        { NetworkPosterior.defaults with
            FirstLayer = FirstLayer.Complete
        }

    /// The posterior at temperature T > 0, where the inputs of both tasks have the same features.
    let create (networks: CoupledNetworks) temperature (tasks: TaskPair) =
        let alone =
            NetworkPosterior.create options (Architecture.FullyConnected networks.Network) temperature

        result {
            if tasks.First.Features <> tasks.Second.Features then
                return!
                    Error(
                        BadData
                            $"The first task has {tasks.First.Features} features and the second {tasks.Second.Features}: they must have the same."
                    )
            else
                let! first = alone tasks.First
                let! second = alone tasks.Second
                return CoupledPosterior.Unchecked(networks, first, second)
        }

    /// Makes functions of a position that predict each network at the rows of `first` and `second`, the readouts averaged over; each has
    /// work space of its own.
    let predictors (first: Matrix) (second: Matrix) (posterior: CoupledPosterior) =
        let predictFirst = NetworkPredictor.create first posterior.First
        let predictSecond = NetworkPredictor.create second posterior.Second

        fun () ->
            let predictFirst, predictSecond = predictFirst (), predictSecond ()
            let x: float[] = Array.zeroCreate (posterior.Dimension / 2)
            let x': float[] = Array.zeroCreate (posterior.Dimension / 2)

            fun (position: float[]) (stream: RandomStream) ->
                posterior.Separate(position, x, x')
                struct (predictFirst.Marginal(x, stream), predictSecond.Marginal(x', stream))
