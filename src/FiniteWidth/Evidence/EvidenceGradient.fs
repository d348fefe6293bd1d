namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The derivatives of the evidence log p(y|X) in hyperparameters, at a stationary point of the action.
///
/// With M = D A^(-1) - A^(-1) Y Y^T A^(-1) and A = T I + K_R,
///
/// d log p/d lambda = -(N_L/2) dEntropy/d lambda - (1/2) Tr(M dK_R/d lambda), d log p/dT = -(1/2) Tr M:
///
/// the order parameters' own change drops out, because the action is stationary in them.
[<RequireQualifiedAccess>]
module internal EvidenceGradient =

    let private lastWidth (network: Network) = float (List.last network.Widths)

    /// d log p(y|X)/dh for each hyperparameter h, all of which the network has.
    let ofPosterior hyperparameters (posterior: Posterior) =
        let value =
            EffectiveAction.bind posterior.Network posterior.Model.OrderParameters posterior.OrderParameters

        let kernel, noise =
            hyperparameters
            |> List.choose Hyperparameter.symbol
            |> posterior.Conditioned.SlopesAt posterior.OrderParameters

        let derivative hyperparameter =
            match Hyperparameter.symbol hyperparameter with
            | None -> -0.5 * noise
            | Some symbol ->
                let entropy =
                    posterior.Model.Entropy |> Scalar.derivative symbol |> Scalar.evaluate value

                -0.5 * (lastWidth posterior.Network * entropy + kernel[symbol])

        hyperparameters |> List.map derivative |> Array.ofList
