namespace FiniteWidth

open System.Runtime.CompilerServices
open FiniteWidth.Numerics

/// The laws of f at the rows of a set of inputs (points x outputs), for C#: `posterior.Laws(inputs)[0, 0].Quantile(0.95)`.
[<Extension; AbstractClass; Sealed>]
type PredictiveLawFluent =

    /// Of a saddle point, or of infinite width.
    [<Extension>]
    static member Laws(posterior: Posterior, inputs: Matrix) =
        PredictiveLaw.ofPosterior inputs posterior

    /// Of the integral over the scale.
    [<Extension>]
    static member Laws(mixture: ScaleMixture, inputs: Matrix) = PredictiveLaw.ofMixture inputs mixture

    /// Of a Student-t process.
    [<Extension>]
    static member Laws(posterior: StudentT, inputs: Matrix) =
        PredictiveLaw.ofStudentT inputs posterior

    /// Of each of several outputs.
    [<Extension>]
    static member Laws(posterior: SeveralOutputs, inputs: Matrix) =
        PredictiveLaw.ofSeveralOutputs inputs posterior

    /// Of each of several outputs, integrated over their order parameter.
    [<Extension>]
    static member Laws(mixture: OutputMixture, inputs: Matrix) =
        PredictiveLaw.ofOutputMixture inputs mixture

    /// Of a network of convolutional layers, layer by layer.
    [<Extension>]
    static member Laws(posterior: HierarchicalConvolution, inputs: Matrix) =
        PredictiveLaw.ofHierarchicalConvolution inputs posterior

    /// Of a network of several convolutional layers.
    [<Extension>]
    static member Laws(posterior: DeepConvolution, inputs: Matrix) =
        PredictiveLaw.ofDeepConvolution inputs posterior

    /// Of a convolutional network.
    [<Extension>]
    static member Laws(posterior: Convolution, inputs: Matrix) =
        PredictiveLaw.ofConvolution inputs posterior
