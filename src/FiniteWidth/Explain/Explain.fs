namespace FiniteWidth

open ExplainNotation

/// A network under a theory, explained: the kernel recursion, the renormalised kernel, the action, the saddle-point equations
/// differentiated symbolically, and the algorithm that solves them with its cost.
///
/// Everything is read off the model, so that a theory of one's own is explained like those that ship.
[<RequireQualifiedAccess>]
module Explain =

    let private titleOf (network: Network) =
        let layers =
            if network.Depth = 1 then
                "one hidden layer"
            else
                $"{network.Depth} hidden layers"

        $"{network.Activation} {network.Kind}, {layers}"

    /// A model of a network at temperature T, for a problem of some size.
    let ofModel size temperature (network: Network) (model: Model) =
        {
            Title = titleOf network
            Sections =
                ExplainModel.sections size temperature network model
                @ [ algorithm (Workload.ofModel size model) ]
        }

    /// A theory of a network with D outputs: one hidden layer in the proportional limit, several of one width under the Wishart ansatz.
    let ofSeveralOutputs size temperature (network: Network) =
        SeveralOutputs.requireSequential network |> Result.orFail

        {
            Title = $"{titleOf network}, {size.Outputs} outputs"
            Sections =
                ExplainMatrix.severalOutputs size temperature network
                @ [ algorithm (Workload.ofSeveralOutputs size) ]
        }

    /// The theory of a convolutional network.
    let ofConvolution size temperature (network: ConvolutionalNetwork) =
        {
            Title = $"{network.Activation} convolutional network"
            Sections =
                ExplainMatrix.convolution size temperature network
                @ [ algorithm (Workload.ofConvolution size network) ]
        }

    /// The theory of a network of several convolutional layers.
    let ofImageNetwork size temperature (network: ImageNetwork) =
        {
            Title = $"{network.Activation} network of {network.Layers.Length} convolutional layers"
            Sections =
                ExplainMatrix.images size temperature network
                @ [ algorithm (Workload.ofImageNetwork size network) ]
        }

    /// The cavity theory of a network of one hidden layer.
    let ofCavity size temperature (network: Network) =
        {
            Title = $"{titleOf network}, unit by unit"
            Sections = ExplainCavity.sections size temperature
        }

    /// The scale mixture of a network, and the saddle point that it is compared with.
    let ofMixture size temperature (network: Network) =
        let model = Theory.wishart network

        {
            Title = $"{titleOf network}, integrated over its scale"
            Sections =
                ExplainMixture.section temperature model
                :: ExplainModel.sections size temperature network model
                @ [ algorithm (Workload.ofModel size model) ]
        }
