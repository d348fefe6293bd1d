// The package for C#. Here the functions of the modules are methods: a delegate stands where they take a function, an
// array where they give a list, and a FailureException is raised where they return an error. Whoever would rather look at a
// failure than catch it uses `TrySolve`, or `TryGet` on what any function of a module returns.
namespace FiniteWidth

open System
open System.Collections.Generic
open System.Diagnostics.CodeAnalysis
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open FiniteWidth.Numerics

/// What may have failed, in two ways that C# knows: an exception, or a bool with the value and the failure as `out` parameters.
[<Extension; AbstractClass; Sealed>]
type ResultFluent =

    /// The value; a FailureException with the failure's sentence where there is none.
    [<Extension>]
    static member OrThrow(result: Result<'T, Failure>) = Result.orFail result

    /// True with the value, or false with the failure.
    [<Extension>]
    static member TryGet
        (
            result: Result<'T, Failure>,
            [<Out; MaybeNullWhen false>] value: byref<'T>,
            [<Out; MaybeNullWhen true>] failure: byref<Failure>
        ) =
        match result with
        | Ok found ->
            value <- found
            true
        | Error found ->
            failure <- found
            false

/// The theories as methods: pass one by its name where a theory is wanted, or a method of your own from a network to a model.
[<AbstractClass; Sealed>]
type Theories =

    /// The neural-network Gaussian process, every N_l infinite.
    static member InfiniteWidth network = Theory.infiniteWidth network

    /// The proportional limit, K_l = (Qbar_l/lambda_l) K o [K_(l-1)].
    static member Proportional network = Theory.proportional network

    /// The equivalent Wishart ansatz, K = (prod_l Qbar_l) K_NNGP.
    static member Wishart network = Theory.wishart network

    /// Activations with a mean: its covariance renormalised by Qbar_l, its mean by 1/(1 + Q_l).
    static member NonOdd network = Theory.nonOdd network

    /// K_0 = X X^T/(lambda_0 N0) and K_l = renormalise(l, K o [K_(l-1)])/lambda_l, biases included: a kernel to build a theory on.
    static member Recursion(network, renormalise: Func<int, Kernel, Kernel>) =
        Theory.recursion (fun l kernel -> renormalise.Invoke(l, kernel)) network

    /// sum_l (N_l/N_L) (Qbar_l - 1 - log Qbar_l).
    static member LayerEntropy network = Theory.layerEntropy network

/// Widths to sweep over.
[<AbstractClass; Sealed>]
type Widths =

    /// Widths from `first` to `last`, evenly spaced in their logarithm, rounded, without repetition.
    static member LogSpaced(first, last, count) =
        LearningCurve.logSpaced first last count |> Array.ofList

/// Networks, changed one property at a time; each raises a FailureException where the value is outside its domain.
[<Extension; AbstractClass; Sealed>]
type NetworkFluent =

    /// The same network with other precisions lambda_0 .. lambda_L.
    [<Extension>]
    static member WithPriors(network, [<ParamArray>] priors: float[]) = Network.withPriors priors network

    /// The same network with other precisions lambda_0 .. lambda_L.
    [<Extension>]
    static member WithPriors(network, priors: float seq) = Network.withPriors priors network

    /// The same network with another precision lambda_L of the readout.
    [<Extension>]
    static member WithReadoutPrior(network, prior) = Network.withReadoutPrior prior network

    /// The same network with a bias of the same precision in every hidden layer.
    [<Extension>]
    static member WithBias(network, precision) = Network.withBias precision network

    /// The same network with other hidden widths, as many as before.
    [<Extension>]
    static member WithWidths(network, [<ParamArray>] widths: int[]) = Network.withWidths widths network

    /// The same network with other hidden widths, as many as before.
    [<Extension>]
    static member WithWidths(network, widths: int seq) = Network.withWidths widths network

    /// The same network with every hidden layer of width N.
    [<Extension>]
    static member WithWidth(network, n) = Network.withWidth n network

    /// The same layers connected in another way.
    [<Extension>]
    static member WithWiring(network, wiring) = Network.withWiring wiring network

    /// The network in the mean-field scaling, with the readout's prior lambda_L = N gamma^2, and its temperature T = 1/(beta N gamma^2).
    [<Extension>]
    static member InMeanFieldScaling(network, gamma, beta) =
        let scaled, temperature =
            MeanFieldScaling.apply (MeanFieldScaling.Create(gamma, beta)) network

        struct (scaled, temperature)

/// Activations, looked at and changed.
[<Extension; AbstractClass; Sealed>]
type ActivationFluent =

    /// sigma' as a function, compiled anew at each call: of the formula, or by differences where there is none.
    [<Extension>]
    static member Derivative activation =
        // Bound first: a delegate made of an expression would evaluate it at every call.
        let derivative = Activation.derivative activation
        Func<float, float> derivative

    /// sigma(z) as LaTeX.
    [<Extension>]
    static member Latex activation = Activation.latex activation

    /// The same activation under another name.
    [<Extension>]
    static member WithName(activation, name) = Activation.withName name activation

    /// The same activation with its series to another accuracy, relative to E[sigma^2] - E[sigma]^2.
    [<Extension>]
    static member WithAccuracy(activation, accuracy) =
        Activation.withAccuracy accuracy activation

/// Kernels as expressions, for theories of one's own.
[<Extension; AbstractClass; Sealed>]
type KernelFluent =

    /// K o [kernel]: the kernel of what an activation does to Gaussian preactivations of this one.
    [<Extension>]
    static member Through(kernel, activation) = Kernel.dual activation kernel

    /// m m^T, m the mean of an activation over preactivations of this kernel.
    [<Extension>]
    static member MeanThrough(kernel, activation) = Kernel.meanOuter activation kernel

    /// The kernel's matrix on the rows of X, P x P, with the network's widths and priors for its symbols.
    [<Extension>]
    static member On(kernel, inputs, network) =
        KernelProgram.compile kernel
        |> KernelProgram.symmetric (EffectiveAction.bind network [] [||]) inputs

/// Studies solved, posteriors asked.
[<Extension; AbstractClass; Sealed>]
type PosteriorFluent =

    /// Solves a theory for a network at temperature T on the study's training set; a FailureException where there is no answer.
    [<Extension>]
    static member Solve(study, theory: Func<Network, Model>, network, temperature) =
        Posterior.solve theory.Invoke network temperature study |> Result.orFail

    /// True with the posterior, or false with the reason why there is none.
    [<Extension>]
    static member TrySolve
        (
            study,
            theory: Func<Network, Model>,
            network,
            temperature,
            [<Out; MaybeNullWhen false>] posterior: byref<Posterior>,
            [<Out; MaybeNullWhen true>] failure: byref<Failure>
        ) =
        ResultFluent.TryGet(Posterior.solve theory.Invoke network temperature study, &posterior, &failure)

    /// The predictive mean and variance of f at the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: Matrix) = Posterior.predict inputs posterior

    /// The predictive mean and variance of f at the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior, inputs: float[,]) =
        Posterior.predict (Matrix.FromArray inputs) posterior

    /// Bias, variance and loss on a test set.
    [<Extension>]
    static member Score(posterior, test) = Posterior.score test posterior

    /// log p(y|X).
    [<Extension>]
    static member LogEvidence posterior = Posterior.logEvidence posterior

    /// Whether finite width has the smaller loss on a test set.
    [<Extension>]
    static member Criterion(posterior, test) = Criterion.evaluate test posterior

    /// The stationary points of an action: the chosen one and the others.
    [<Extension>]
    static member Solve action =
        SaddlePoint.solve SaddlePoint.defaults action |> Result.orFail

/// Learning curves over a split, which its points share their work on.
[<Extension; AbstractClass; Sealed>]
type LearningCurveFluent =

    /// The predictions for many networks at one temperature, in order.
    [<Extension>]
    static member LearningCurve(split, theory: Func<Network, Model>, networks: IEnumerable<Network>, temperature) =
        LearningCurve.ofNetworks theory.Invoke temperature split networks
        |> Result.orFail
        |> Array.ofList

    /// The predictions for a network at many widths, the same in every hidden layer.
    [<Extension>]
    static member LearningCurve(split, theory: Func<Network, Model>, network, temperature, widths: IEnumerable<int>) =
        LearningCurve.overWidths theory.Invoke temperature split widths network
        |> Result.orFail
        |> Array.ofList

    /// The same in the mean-field scaling: each width has a readout prior and a temperature of its own.
    [<Extension>]
    static member LearningCurve
        (split, theory: Func<Network, Model>, network, scaling: MeanFieldScaling, widths: IEnumerable<int>)
        =
        LearningCurve.overScaledWidths theory.Invoke scaling split widths network
        |> Result.orFail
        |> Array.ofList

    /// The curve as a table: width, order parameters, loss, bias and variance.
    [<Extension>]
    static member Display(points: IEnumerable<CurvePoint>) = LearningCurve.display points

/// Averages over training sets, and the last layers that are optimised on features.
[<Extension; AbstractClass; Sealed>]
type AverageFluent =

    /// The population that the study's examples were drawn from.
    [<Extension>]
    static member Population(study, theory: Func<Network, Model>, network) =
        Population.ofSample theory.Invoke network study |> Result.orFail

    /// A theory at temperature T, averaged over training sets of P examples.
    [<Extension>]
    static member Average(population, theory: Func<Network, Model>, network, temperature, examples) =
        AveragedCurve.point theory.Invoke temperature population examples network
        |> Result.orFail

    /// The map to the last hidden layer of the network with weights drawn from their prior, for inputs of N0 features.
    [<Extension>]
    static member RandomFeatures(network, stream, inputs) =
        Func<Matrix, Matrix>(RandomFeatures.draw stream inputs network)

    /// The readout of least training error, the data set's inputs being the features.
    [<Extension>]
    static member OptimiseLastLayer features =
        LastLayer.optimise features |> Result.orFail

    /// The mean squared error over a set of features and targets.
    [<Extension>]
    static member Error(layer, features) = LastLayer.error features layer

    /// The bound on the generalisation gap that the training residual gives.
    [<Extension>]
    static member GapBound layer = GapBound.ofLayer layer

/// The public laws, for activations of one's own.
[<Extension; AbstractClass; Sealed>]
type LawFluent =

    /// The laws that every activation's kernel map obeys, on data drawn from a stream.
    [<Extension>]
    static member Laws(activation, stream) =
        Laws.ofActivation stream activation |> Array.ofList

    /// The law holds to its bound.
    [<Extension>]
    static member Holds law = Law.holds law

/// The evidence as a guide.
[<Extension; AbstractClass; Sealed>]
type EvidenceFluent =

    /// d log p(y|X)/dh for some hyperparameters, in their order; a FailureException where the network lacks one.
    [<Extension>]
    static member EvidenceGradient(posterior, [<ParamArray>] hyperparameters: Hyperparameter[]) =
        Evidence.gradient hyperparameters posterior |> Result.orFail

    /// Maximises log p(y|X) over some hyperparameters, from the network's own values and T.
    [<Extension>]
    static member Fit
        (study, theory: Func<Network, Model>, network, temperature, [<ParamArray>] hyperparameters: Hyperparameter[])
        =
        Evidence.fit theory.Invoke hyperparameters network temperature study
        |> Result.orFail

    /// Networks compared by their evidence, each with the hyperparameters fitted that `hyperparameters` names for it.
    [<Extension>]
    static member Choose
        (
            study,
            theory: Func<Network, Model>,
            candidates: IEnumerable<Network>,
            temperature,
            hyperparameters: Func<Network, IEnumerable<Hyperparameter>>
        ) =
        Evidence.choose theory.Invoke (hyperparameters.Invoke >> List.ofSeq) candidates temperature study
        |> Result.orFail

/// Models explained.
[<Extension; AbstractClass; Sealed>]
type ExplanationFluent =

    /// The equations of a model of a network, and the algorithm that solves them for a problem of some size.
    [<Extension>]
    static member Explain(model, network, temperature, size) =
        Explain.ofModel size temperature network model

    /// The explanation as plain Unicode text.
    [<Extension>]
    static member Text explanation = Explanation.text explanation

    /// The explanation as LaTeX, a fragment for a document with amsmath.
    [<Extension>]
    static member Latex explanation = Explanation.latex explanation
