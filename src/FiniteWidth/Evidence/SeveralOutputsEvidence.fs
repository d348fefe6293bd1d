namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The evidence of networks with several outputs, differentiated and maximised.
///
/// In the eigenbasis of Qbar the outputs are independent Gaussian processes of kernels q_a K. With A_a = T I + q_a K and y_a the targets
/// there, the derivatives of log p(Y|X) are
///
/// -(1/2) sum_a q_a Tr[ (A_a^(-1) - A_a^(-1) y_a y_a^T A_a^(-1)) dK/d lambda ] and -(1/2) sum_a [ Tr A_a^(-1) - |A_a^(-1) y_a|^2 ] in T.
[<RequireQualifiedAccess>]
module SeveralOutputsEvidence =

    /// sum_a f(T + k_i q_a, yhat_ia) over eigenvectors and outputs.
    let private sum temperature (posterior: SeveralOutputs) (q: PositiveMatrix) f =
        let spectrum = posterior.Spectrum
        spectrum.RequireEigenvectors "The gradient of the evidence of several outputs"
        let components = spectrum.Components
        let turned = Matrix.Uninitialized(components.Rows, components.Columns)
        LinearAlgebra.Default.Multiply(1.0, components, false, q.Eigenvectors, true, 0.0, turned)
        let mutable total = 0.0

        for i in 0 .. spectrum.Count - 1 do
            for a in 0 .. q.Order - 1 do
                let scaled = posterior.Scale * spectrum.Eigenvalues[i] * q.Eigenvalues[a]
                total <- total + f (temperature + scaled) turned[nativeint i, nativeint a]

        total

    /// sum_a q_a (A_a^(-1) - A_a^(-1) y_a y_a^T A_a^(-1)) on the examples, for K = scale V F V^T.
    let private adjoint temperature (posterior: SeveralOutputs) (q: PositiveMatrix) =
        let algebra = LinearAlgebra.Default
        let spectrum = posterior.Spectrum
        spectrum.RequireEigenvectors "The gradient of the evidence of several outputs"
        let p = nativeint spectrum.Count

        let basis =
            spectrum.Rotate(Matrix.Create(p, p, (fun i j -> if i = j then 1.0 else 0.0)))

        let turned = Matrix.Uninitialized(p, nativeint q.Order)
        algebra.Multiply(1.0, spectrum.Targets, false, q.Eigenvectors, true, 0.0, turned)
        let inverse = Matrix.Zeros(p, p)
        let representers = Matrix.Zeros(p, nativeint q.Order)

        for a in 0 .. q.Order - 1 do
            match spectrum.Form.Factor(temperature, posterior.Scale * q.Eigenvalues[a]) with
            | null -> raise (FailureException(Failures.singular temperature spectrum.Rank spectrum.Count))
            | factor ->
                use solved = basis.Clone()
                factor.Solve solved
                let column = turned.View(0n, nativeint a, p, 1n).Clone()
                factor.Solve column

                for i in 0n .. p - 1n do
                    let from = solved.Row i
                    let into = inverse.Row i

                    for j in 0 .. from.Length - 1 do
                        into[j] <- into[j] + q.Eigenvalues[a] * from[j]

                    representers[i, nativeint a] <- sqrt q.Eigenvalues[a] * column[i, 0n]

        let w = Matrix.Uninitialized(p, nativeint q.Order)
        algebra.Multiply(1.0, basis, true, representers, false, 0.0, w)
        let m = Matrix.Uninitialized(p, p)
        algebra.Multiply(1.0, basis, true, inverse, false, 0.0, m)
        algebra.Multiply(-1.0, w, false, w, true, 1.0, m)
        m

    // Symbols inside the decomposed kernel need one sweep back through its maps; those in front of it are O(P D).
    let private kernelSlopes (posterior: SeveralOutputs) q symbols =
        let network, temperature = posterior.Network, posterior.Temperature
        let kernel = (Theory.infiniteWidth network).Kernel
        let value = EffectiveAction.bind network [] [||]

        match Kernel.normalForm [] kernel with
        | NormalForm.Scaled(scale, constant) when
            symbols |> List.forall (fun s -> not (Set.contains s (Kernel.symbols constant)))
            ->
            let along =
                sum temperature posterior q (fun total y -> (1.0 - temperature / total) * (1.0 - y * y / total))

            fun symbol -> along * Scalar.evaluate value (Scalar.derivative symbol (log scale))
        | _ ->
            let program = KernelProgram.compile (Kernel.simplify kernel)
            use m = adjoint temperature posterior q

            let sensitivity =
                program.Pairs.Gradient(ReadOnlySpan(KernelProgram.weights value program), posterior.Study.Gram, m)

            fun symbol ->
                Array.fold2
                    (fun sum s weight -> sum + s * Scalar.evaluate value (Scalar.derivative symbol weight))
                    0.0
                    sensitivity
                    program.Weights

    let private ofPosterior hyperparameters (posterior: SeveralOutputs) =
        let q = PositiveMatrix.Decompose(Matrix.FromArray posterior.OrderParameter)

        let slope =
            kernelSlopes posterior q (List.choose Hyperparameter.symbol hyperparameters)

        let derivative hyperparameter =
            match Hyperparameter.symbol hyperparameter with
            | Some symbol -> -0.5 * slope symbol
            | None ->
                -0.5
                * sum posterior.Temperature posterior q (fun total y -> (1.0 - y * y / total) / total)

        hyperparameters |> List.map derivative |> Array.ofList

    /// The derivatives d log p(Y|X)/dh at the saddle point; an error where the network has no such hyperparameter.
    let gradient (hyperparameters: Hyperparameter seq) (posterior: SeveralOutputs) =
        let hyperparameters = List.ofSeq hyperparameters

        hyperparameters
        |> Result.traverse (Hyperparameter.value posterior.Network posterior.Temperature)
        |> Result.map (fun _ -> ofPosterior hyperparameters posterior)

    /// Maximises log p(Y|X) over some hyperparameters in their logarithms, from the network's own values and T; the others stay.
    let fit (hyperparameters: Hyperparameter seq) (network: Network) temperature (study: Study) =
        result {
            let hyperparameters = List.ofSeq hyperparameters

            let! start =
                Evidence.start (Hyperparameter.value network temperature) temperature hyperparameters

            return!
                Evidence.maximise
                    Evidence.defaults
                    {
                        Hyperparameters = hyperparameters
                        Start = start
                        Targets = float (study.Train.Count * study.Train.Outputs)
                        Solve =
                            fun values ->
                                Evidence.setting network temperature hyperparameters values
                                |> Result.bind (fun (network, temperature) ->
                                    SeveralOutputs.solve network temperature study)
                        LogEvidence = SeveralOutputs.logEvidence
                        Gradient = ofPosterior hyperparameters
                    }
        }
