namespace FiniteWidth

open System
open System.Runtime.CompilerServices
open System.Threading
open FiniteWidth.Numerics

/// The mean-field limit for C#.
[<Extension; AbstractClass; Sealed>]
type MeanFieldFluent =

    /// Solves the limit of infinitely many units in the mean-field scaling for a network of one hidden layer, measured on a test set.
    [<Extension>]
    static member SolveMeanFieldLimit(study, network, scaling, test) =
        MeanFieldLimit.solve network scaling test study |> Result.orFail

    /// The same with settings of one's own, telling how far it has come.
    [<Extension>]
    static member SolveMeanFieldLimit
        (study, network, scaling, test, settings, progress: Action<CavityProgress>, cancellation: CancellationToken)
        =
        MeanFieldLimit.solveWith settings None cancellation progress.Invoke network scaling test study
        |> Result.orFail

    /// Bias and loss on a test set, with standard errors.
    [<Extension>]
    static member Score(posterior: MeanFieldPosterior, test: DataSet) = MeanFieldPosterior.score test posterior

    /// f at the rows of `inputs`, with standard errors.
    [<Extension>]
    static member Predict(posterior: MeanFieldPosterior, inputs: Matrix) =
        MeanFieldPosterior.predict inputs posterior
