namespace FiniteWidth

/// The theories of several convolutional layers.
[<RequireQualifiedAccess>]
type ImageTheory =
    /// Of infinitely many channels.
    | InfiniteWidth
    /// `DeepConvolution`: the kernel behind all layers renormalised as a whole.
    | Product
    /// `HierarchicalConvolution`: layer by layer.
    | Hierarchical

/// Which theory of fully connected networks becomes which of convolutional ones.
[<RequireQualifiedAccess>]
module ImageTheory =

    /// Infinite width; `Theory.wishart` as the product form; `Theory.proportional`, which renormalises layer by layer, as the hierarchical form. With one hidden
    /// layer, and for homogeneous activations, the last two are the product form.
    let ofTheory (theory: Theory) (network: ImageNetwork) =
        let dense = ImageNetwork.fullyConnected network

        if (theory dense).OrderParameters.IsEmpty then
            Ok ImageTheory.InfiniteWidth
        elif SeveralOutputs.describes theory dense then
            Ok ImageTheory.Product
        elif Theory.isProportional theory then
            Ok ImageTheory.Hierarchical
        else
            Error(
                Unsupported
                    "A network of several convolutional layers takes the theory \"wishart\", which renormalises the kernel behind them as a whole, \"proportional\", layer by layer, or \"infinite-width\"."
            )
