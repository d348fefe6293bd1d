namespace FiniteWidth

open System

/// The mean-field scaling, in which hidden units learn features however many they are: f = (1/(gamma N)) sum_i u_i sigma(h_i) with u ~ N(0, 1) and a
/// likelihood that grows with N. In the package's terms the readout's prior and the temperature depend on the width,
///
/// lambda_L = N gamma^2,  T = 1/(beta N gamma^2),
///
/// with N the width of the last hidden layer. Small gamma is lazy: at gamma^2 = lambda_L/N -> 0 features keep their prior.
/// gamma and beta are positive and finite. Source: arXiv:2502.07998.
[<Sealed>]
type MeanFieldScaling private (gamma: float, beta: float) =

    /// gamma.
    member _.Gamma = gamma

    /// beta, the inverse temperature of a unit's share of the likelihood.
    member _.Beta = beta

    /// lambda_L = N gamma^2 of a last hidden layer of width N.
    member _.ReadoutPrior(width: int) = float width * gamma * gamma

    /// T = 1/(beta N gamma^2) of a last hidden layer of width N.
    member this.Temperature(width: int) = 1.0 / (beta * this.ReadoutPrior width)

    /// Scalings with equal gamma and beta are equal.
    override _.Equals other =
        match other with
        | :? MeanFieldScaling as that -> gamma = that.Gamma && beta = that.Beta
        | _ -> false

    override _.GetHashCode() = hash (gamma, beta)

    override _.ToString() =
        $"mean-field scaling, gamma = {gamma}, beta = {beta}"

    static member internal Unchecked(gamma, beta) = MeanFieldScaling(gamma, beta)

/// Mean-field scalings, made and applied.
[<RequireQualifiedAccess>]
module MeanFieldScaling =

    /// The scaling of this gamma and beta, both positive and finite.
    let create gamma beta =
        let isPositive (value: float) = Double.IsFinite value && value > 0.0

        if not (isPositive gamma) then
            Error(BadNetwork $"gamma is {gamma}: the scale of the mean-field scaling is positive and finite.")
        elif not (isPositive beta) then
            Error(
                BadNetwork $"beta is {beta}: the inverse temperature of the mean-field scaling is positive and finite."
            )
        else
            Ok(MeanFieldScaling.Unchecked(gamma, beta))

    /// The network with the readout's prior that the scaling gives it, whatever it had before, and its temperature.
    let apply (scaling: MeanFieldScaling) (network: Network) =
        let width = List.last network.Widths
        Network.withReadoutPrior (scaling.ReadoutPrior width) network, scaling.Temperature width

    /// The scaling that a network has at a temperature T > 0: gamma = sqrt(lambda_L/N), beta = 1/(T lambda_L).
    let ofNetwork (network: Network) temperature =
        let prior = List.last network.Priors

        if Double.IsFinite temperature && temperature > 0.0 then
            create (sqrt (prior / float (List.last network.Widths))) (1.0 / (temperature * prior))
        else
            Error(
                BadNetwork
                    $"T = {temperature}: beta of the mean-field scaling is 1/(T lambda_L), which needs a temperature above zero."
            )

type MeanFieldScaling with

    /// The scaling of this gamma and beta; a FailureException where one of them is not positive and finite.
    static member Create(gamma, beta) =
        MeanFieldScaling.create gamma beta |> Result.orFail
