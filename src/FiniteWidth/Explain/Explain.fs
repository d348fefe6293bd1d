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

    let private imageTitle (network: ImageNetwork) =
        match network.Layers.Length with
        | 1 -> $"{network.Activation} network of one convolutional layer"
        | count -> $"{network.Activation} network of {count} convolutional layers"

    /// The product form of a network of convolutional layers, of one output or several.
    let ofImageNetwork size temperature (network: ImageNetwork) =
        {
            Title =
                if size.Outputs = 1 then
                    imageTitle network
                else
                    $"{imageTitle network}, {size.Outputs} outputs"
            Sections =
                ExplainMatrix.images size temperature network
                @ [
                    algorithm (
                        if size.Outputs = 1 then
                            Workload.ofImageNetwork size network
                        else
                            Workload.ofJointImages size size.Outputs network
                    )
                ]
        }

    /// The hierarchical form of a network of convolutional layers, with an order parameter a layer.
    let ofHierarchicalConvolution size temperature (network: ImageNetwork) =
        {
            Title = $"{imageTitle network}, layer by layer"
            Sections =
                ExplainHierarchy.sections size temperature network
                @ [
                    algorithm (Workload.ofHierarchy size network (ExplainHierarchy.paths network).Head)
                ]
        }

    /// The classes of a dense network with a softmax likelihood at beta.
    let ofClassification size beta classes (network: Network) =
        {
            Title = $"{titleOf network}, {classes} classes"
            Sections =
                ExplainClasses.dense size beta classes network
                @ [ algorithm (Workload.ofClasses size classes) ]
        }

    /// The same of a network of convolutional layers.
    let ofImageClassification size beta classes (network: ImageNetwork) =
        {
            Title = $"{imageTitle network}, {classes} classes"
            Sections =
                ExplainClasses.images size beta classes network
                @ [ algorithm (Workload.ofJointImages size (classes - 1) network) ]
        }

    /// The cavity theory of a network: of several hidden layers the last one, over the infinite-width kernel of those below it.
    let ofCavity size temperature (network: Network) =
        {
            Title = $"{titleOf network}, unit by unit"
            Sections = ExplainCavity.sections size temperature network
        }

    /// One hidden layer of infinitely many units in the mean-field scaling.
    let ofMeanField size scaling (network: Network) =
        {
            Title = $"{network.Activation} network of infinitely many units in the mean-field scaling"
            Sections = ExplainMeanField.sections size scaling
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
