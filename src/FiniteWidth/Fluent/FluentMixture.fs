namespace FiniteWidth

open System.Runtime.CompilerServices
open FiniteWidth.Numerics

/// Mixtures of several outputs, expansions in 1/N, Student-t processes, depth profiles and the hidden Gram matrix, for C#.
[<Extension; AbstractClass; Sealed>]
type MixtureFluent =

    /// Integrates over the order parameter of a network with two or three outputs.
    [<Extension>]
    static member SolveOutputMixture(study, network, temperature) =
        OutputMixture.solve network temperature study |> Result.orFail

    /// Integrates over the order parameter of a network with two or three outputs, to an accuracy and at a cost of one's own.
    [<Extension>]
    static member SolveOutputMixture(study, network, temperature, integration: Integration) =
        OutputMixture.solveWith integration network temperature study |> Result.orFail

    /// How far the loss of a posterior is to be trusted, and whether finite width helps.
    [<Extension>]
    static member Assess(posterior, test) = Assessment.evaluate test posterior

    /// Bias, variance and loss of one hidden layer to first order in 1/N, with the hidden units as they are.
    [<Extension>]
    static member ExpandInWidth(study, network, temperature, test) =
        WidthExpansion.solve network temperature test study |> Result.orFail

    /// The same from random hidden units of a number and a seed of one's own.
    [<Extension>]
    static member ExpandInWidth(study, network, temperature, test, sampling) =
        WidthExpansion.solveWith sampling network temperature test study
        |> Result.orFail

    /// The Student-t process with the network's infinite-width kernel.
    [<Extension>]
    static member SolveStudentT(study, degreesOfFreedom, network, temperature) =
        StudentT.solve degreesOfFreedom network temperature study |> Result.orFail

    /// The degrees of freedom whose scale has the mean and variance of the network's.
    [<Extension>]
    static member DegreesOfFreedom network = StudentT.degreesOfFreedom network

    /// The predictive mean and output-output covariance of f at the rows of `inputs`.
    [<Extension>]
    static member Predict(mixture: OutputMixture, inputs: Matrix) = OutputMixture.predict inputs mixture

    /// The predictive mean and variance of f at the rows of `inputs`.
    [<Extension>]
    static member Predict(posterior: StudentT, inputs: Matrix) = StudentT.predict inputs posterior

    /// The predictive distribution of every output of f at each row of `inputs`, points x D.
    [<Extension>]
    static member Distributions(mixture: OutputMixture, inputs: Matrix) =
        OutputMixture.distributions inputs mixture

    /// The predictive distribution of f at each row of `inputs`.
    [<Extension>]
    static member Distributions(posterior: StudentT, inputs: Matrix) = StudentT.distributions inputs posterior

    /// The value that f is below with probability p.
    [<Extension>]
    static member Quantile(distribution: StudentTMarginal, p) =
        StudentTMarginal.quantile p distribution

    /// Bias, variance and loss on a test set, averaged over points and outputs.
    [<Extension>]
    static member Score(mixture: OutputMixture, test) = OutputMixture.score test mixture

    /// Bias, variance and loss on a test set.
    [<Extension>]
    static member Score(posterior: StudentT, test) = StudentT.score test posterior

    /// The loss less that of the saddle point.
    [<Extension>]
    static member ErrorBar(mixture: OutputMixture, test) = OutputMixture.errorBar test mixture

    /// The posterior-mean Gram matrix of the hidden layer on the training set, to first order in 1/N_1.
    [<Extension>]
    static member HiddenGram(posterior: Posterior) =
        HiddenGram.atSaddle posterior |> Result.orFail

    /// The posterior-mean Gram matrix of the hidden layer on the training set: exact for linear networks.
    [<Extension>]
    static member HiddenGram(mixture: ScaleMixture) =
        HiddenGram.ofMixture mixture |> Result.orFail

    /// The criterion of the first L hidden layers of a network for every L up to its depth.
    [<Extension>]
    static member DepthProfile(split, network, temperature) =
        CriticalDepth.profile temperature split network |> Result.orFail
