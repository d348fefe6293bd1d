namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A theory's model of a network on the examples of a study at temperature T.
[<NoComparison; NoEquality>]
type internal ModelOnData =
    {
        Study: Study
        Network: Network
        Temperature: float
        Model: Model
    }

    /// The symbols' values with theta for the order parameters.
    member this.Bind theta =
        EffectiveAction.bind this.Network this.Model.OrderParameters theta

    /// A scalar at theta.
    member this.Evaluate theta scalar =
        Scalar.evaluate (this.Bind theta) scalar

    /// theta at infinite width.
    member this.AtInfiniteWidth =
        EffectiveAction.atInfiniteWidth this.Model.OrderParameters

/// One scalar times a kernel free of order parameters, decomposed.
[<NoComparison; NoEquality>]
type internal ScaledKernel =
    {
        Scale: Scalar
        Program: KernelProgram
        Spectrum: Spectrum
    }

/// What a posterior asks of a model on data, whatever the normal form of its kernel: each form makes one, in a file of its own. Every theta is
/// one of the model's order parameters.
[<NoComparison; NoEquality>]
type internal ConditionedModel =
    {
        Action: EffectiveAction
        /// What stands against a search: a kernel singular at T = 0.
        Check: unit -> Result<unit, Failure>
        /// Why no saddle point was found, where the kernel is the likely reason; else what the search says.
        Explain: Failure -> Failure
        /// Whether what was found at theta is more than rounding.
        CheckAt: float[] -> Result<unit, Failure>
        /// Mean and variance of f at inputs.
        PredictAt: float[] -> Matrix -> Prediction
        /// Tr Y^T K(theta)^(-1) Y; infinite where K is singular.
        QuadraticFormAt: float[] -> float
        /// Tr(M dK/dh) for each of the symbols h, and Tr M, with M = D A^(-1) - A^(-1) Y Y^T A^(-1), A = T I + K(theta).
        SlopesAt: float[] -> Symbol list -> Map<Symbol, float> * float
        /// The kernel as one scalar times a constant one, where it is.
        Scaled: ScaledKernel option
    }

/// What the forms have in common.
[<RequireQualifiedAccess>]
module internal ConditionedModel =

    /// A table of derivatives in symbols.
    let table symbols derivative =
        symbols |> List.map (fun symbol -> symbol, derivative symbol) |> Map.ofList

    /// Whether none of the symbols is in the kernel.
    let isFreeOf symbols kernel =
        Set.isEmpty (Set.intersect (Set.ofList symbols) (Kernel.symbols kernel))

    /// Whether `scale` times a decomposed kernel can be solved with.
    let check (on: ModelOnData) scale spectrum =
        KernelChecks.checkRank on.Temperature on.Study.Train spectrum
        |> Result.bind (fun () -> KernelChecks.checkNoise on.Temperature scale spectrum)

    /// What a decomposed kernel, `scale` times it at infinite width, has against a search that failed; else the failure itself.
    let reason on scale spectrum failure =
        match check on scale spectrum with
        | Ok() -> failure
        | Error reason -> reason

    /// A symbol's number in the network, or the symbol.
    let number network symbol =
        match Network.tryValue symbol network with
        | Some value -> Scalar.number value
        | None -> Scalar.symbol symbol

    /// A factor of a study's kernel that is not positive.
    let singular (on: ModelOnData) (minor: nativeint) =
        FailureException(Failures.singular on.Temperature (int minor - 1) on.Study.Train.Count)
