namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The evidence of classifications by Laplace's method, differentiated and maximised.
///
/// At a stationary point Qbar the derivative in a prior is that of log Z at fixed Qbar, Tr(Omega dK) summed over the contrasts in the
/// coordinates where their covariance is I (x) K: the change of the mode is in Omega (`LaplaceEvidence`). beta is no hyperparameter: the
/// cross-entropy is positive, so that the evidence of the Gibbs measure falls with beta whatever the labels are.
[<RequireQualifiedAccess>]
module ClassificationEvidence =

    // Symbols in front of the constant kernel cost nothing; those inside need one sweep back through its maps.
    let private slopes symbols (posterior: Classification) =
        let network = posterior.Network
        let kernel = (Theory.infiniteWidth network).Kernel
        let value = EffectiveAction.bind network [] [||]

        match Kernel.normalForm [] kernel with
        | NormalForm.Scaled(scale, constant) when
            symbols |> List.forall (fun s -> not (Set.contains s (Kernel.symbols constant)))
            ->
            // Tr(Omega K).
            use omega = posterior.Laplace.TotalAdjoint()
            let k = posterior.Kernel

            let along =
                Seq.init (int k.Rows) (fun mu -> VectorArithmetic.Dot(k.Row(nativeint mu), omega.Row(nativeint mu)))
                |> Seq.sum

            fun symbol -> along * Scalar.evaluate value (Scalar.derivative symbol (log scale))
        | _ ->
            let program = KernelProgram.compile (Kernel.simplify kernel)
            use omega = posterior.Laplace.TotalAdjoint()

            let sensitivity =
                program.Pairs.Gradient(ReadOnlySpan(KernelProgram.weights value program), posterior.Study.Gram, omega)

            fun symbol ->
                Array.fold2
                    (fun sum s weight -> sum + s * Scalar.evaluate value (Scalar.derivative symbol weight))
                    0.0
                    sensitivity
                    program.Weights

    let private ofPosterior hyperparameters posterior =
        let symbols = hyperparameters |> List.choose Hyperparameter.symbol
        let slope = slopes symbols posterior
        symbols |> List.map slope |> Array.ofList

    let internal noTemperature =
        BadNetwork
            "T is to be fitted, and the softmax likelihood has none: its evidence chooses priors, and that of the readout scales the logits."

    let private check hyperparameters =
        if List.contains Hyperparameter.Temperature hyperparameters then
            Error noTemperature
        else
            Ok()

    /// The derivatives of the log evidence in priors and bias priors; an error where the network has no such hyperparameter.
    let gradient (hyperparameters: Hyperparameter seq) (posterior: Classification) =
        let hyperparameters = List.ofSeq hyperparameters

        Failures.catch (fun () ->
            result {
                do! check hyperparameters

                let! _ =
                    hyperparameters |> Result.traverse (Hyperparameter.value posterior.Network 1.0)

                return ofPosterior hyperparameters posterior
            })

    /// Maximises the log evidence over some priors in their logarithms, from the network's own values; the others and beta stay.
    let fit theory (hyperparameters: Hyperparameter seq) (network: Network) likelihood (study: Study) =
        result {
            let hyperparameters = List.ofSeq hyperparameters
            do! check hyperparameters
            let! start = Evidence.start (Hyperparameter.value network 1.0) 1.0 hyperparameters

            return!
                Evidence.maximise
                    // Through a saddle point, a mode and a factor.
                    { Evidence.defaults with
                        Tolerance = 1e-6
                    }
                    {
                        Hyperparameters = hyperparameters
                        Start = start
                        Targets = float study.Train.Count
                        Solve =
                            fun values ->
                                Evidence.setting network 1.0 hyperparameters values
                                |> Result.bind (fun (network, _) ->
                                    Classification.solve theory network likelihood study)
                        LogEvidence = Classification.logEvidence
                        Gradient = ofPosterior hyperparameters
                    }
        }
