namespace FiniteWidth

open System
open System.Runtime.CompilerServices
open System.Threading
open FiniteWidth.Numerics

/// The cavity theory for C#.
[<Extension; AbstractClass; Sealed>]
type CavityFluent =

    /// Solves the cavity theory for a network of one hidden layer at temperature T > 0, measured on a test set.
    [<Extension>]
    static member SolveCavity(study, network, temperature, test) =
        CavityTheory.solve network temperature test study |> Result.orFail

    /// The same with settings of one's own, telling how far it has come.
    [<Extension>]
    static member SolveCavity
        (study, network, temperature, test, settings, progress: Action<CavityProgress>, cancellation: CancellationToken)
        =
        CavityTheory.solveWith settings None cancellation progress.Invoke network temperature test study
        |> Result.orFail

    /// Bias, variance and loss on a test set, with standard errors.
    [<Extension>]
    static member Score(posterior: CavityPosterior, test: DataSet) = CavityPosterior.score test posterior

    /// The predictive mean and variance of f at the rows of `inputs`, with standard errors.
    [<Extension>]
    static member Predict(posterior: CavityPosterior, inputs: Matrix) =
        CavityPosterior.predict inputs posterior
