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

    // Tr(M dK/dlambda) for each symbol, and Tr M, by one inverse and one sweep back through the kernel maps.
    let private sweep (posterior: Posterior) value symbols =
        let study = posterior.Study

        let program =
            match posterior.Form with
            | PosteriorForm.Nested program -> program
            | _ -> KernelProgram.compile (Kernel.simplify posterior.Model.Kernel)

        EffectiveAction.withFactor program value posterior.Temperature study.Solver study.Train.Targets (fun factor ->
            let gradient = factor.Gradient()

            let along symbol =
                Array.fold2
                    (fun sum s weight -> sum + s * Scalar.evaluate value (Scalar.derivative symbol weight))
                    0.0
                    gradient.Weights
                    program.Weights

            let kernel = symbols |> List.map (fun symbol -> symbol, along symbol) |> Map.ofList
            kernel, gradient.Temperature)
        |> Result.defaultWith (fun minor ->
            raise (FailureException(Failures.singular posterior.Temperature (int minor - 1) study.Train.Count)))

    /// Where the kernel's scalars hold every symbol that is asked for, their derivatives suffice: O(P).
    let private dataTerm (posterior: Posterior) value (symbols: Symbol list) =
        let temperature = posterior.Temperature

        let outside constant =
            List.forall (fun s -> not (Set.contains s (Kernel.symbols constant))) symbols

        let slope scalar symbol =
            Scalar.evaluate value (Scalar.derivative symbol scalar)

        let table derivative =
            symbols |> List.map (fun symbol -> symbol, derivative symbol) |> Map.ofList

        match posterior.Form, Kernel.normalForm posterior.Model.OrderParameters posterior.Model.Kernel with
        | PosteriorForm.Spectral(scale, _, spectrum), NormalForm.Scaled(_, constant) when outside constant ->
            let s = Scalar.evaluate value scale
            let along = (Spectrum.action temperature s spectrum).First
            table (fun symbol -> along * slope (log scale) symbol), Spectrum.noise temperature s spectrum
        | PosteriorForm.Centred(a, t, _, _, spectrum), NormalForm.Centred(_, _, _, preactivations) when
            outside preactivations
            ->
            let aValue, tValue = Scalar.evaluate value a, Scalar.evaluate value t
            let w = CentredSpectrum.action temperature aValue tValue spectrum

            table (fun symbol -> w.A * slope a symbol + w.T * slope t symbol),
            CentredSpectrum.noise temperature aValue tValue spectrum
        | _ -> sweep posterior value symbols

    /// d log p(y|X)/dh for each hyperparameter h, all of which the network has.
    let ofPosterior hyperparameters (posterior: Posterior) =
        let value =
            EffectiveAction.bind posterior.Network posterior.Model.OrderParameters posterior.OrderParameters

        let kernel, noise =
            dataTerm posterior value (hyperparameters |> List.choose Hyperparameter.symbol)

        let derivative hyperparameter =
            match Hyperparameter.symbol hyperparameter with
            | None -> -0.5 * noise
            | Some symbol ->
                let entropy =
                    posterior.Model.Entropy |> Scalar.derivative symbol |> Scalar.evaluate value

                -0.5 * (lastWidth posterior.Network * entropy + kernel[symbol])

        hyperparameters |> List.map derivative |> Array.ofList
