namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The Gram matrix of the hidden layer on the training set, sigma(h_mu) . sigma(h_nu)/N_1, averaged over the posterior:
///
/// K + (Qbar/(lambda_1 N_1)) K (A^(-1) y y^T A^(-1) - A^(-1)) K,   A = T I + Qbar K/lambda_1,   K = K o [C].
///
/// The hidden layer turns towards the targets: along y the Gram matrix grows, elsewhere it shrinks. It is an observable, not a kernel to
/// predict with: the prediction's kernel is Qbar K/lambda_1, which has this effect in Qbar already. One hidden layer, one output.
///
/// The fluctuations of the hidden layer are taken as those of Gaussian features of covariance K: true of linear networks, and of others what
/// a collective observable such as y^T G y sees; a single entry of a strongly nonlinear network also has its own fourth cumulant.
[<RequireQualifiedAccess>]
module HiddenGram =

    // The posterior average of (q/lambda_1) K (A^(-1) y y^T A^(-1) - A^(-1)) K over scales q, in the eigenbasis of K: with yhat the targets there,
    // (q/lambda_1) (a a^T - diag(k^2/(T + q k/lambda_1))), a_i = k_i yhat_i/(T + q k_i/lambda_1).
    let private change temperature prior (scales: WeightedNodes) (k: float[]) (targets: Matrix) =
        let count = nativeint k.Length
        let columns = nativeint scales.Nodes.Length
        let a = Matrix.Uninitialized(count, columns)
        let diagonal = Array.zeroCreate<float> k.Length

        for n in 0 .. scales.Nodes.Length - 1 do
            let s = scales.Nodes[n] / prior

            for i in 0 .. k.Length - 1 do
                let total = temperature + s * k[i]
                diagonal[i] <- diagonal[i] + scales.Weights[n] * s * k[i] * k[i] / total
                a[nativeint i, nativeint n] <- sqrt (scales.Weights[n] * s) * k[i] * targets[nativeint i, 0n] / total

        let result = Matrix.Uninitialized(count, count)
        LinearAlgebra.Default.Gram(a, 1.0, result)

        for i in 0 .. k.Length - 1 do
            let i' = nativeint i
            result[i', i'] <- result[i', i'] - diagonal[i]

        result

    /// U^T B U, symmetric to the bit.
    let private turnBack (u: Matrix) (b: Matrix) =
        let algebra = LinearAlgebra.Default
        let half = Matrix.Uninitialized(b.Rows, b.Columns)
        let result = Matrix.Uninitialized(b.Rows, b.Columns)
        algebra.Multiply(1.0, b, false, u, false, 0.0, half)
        algebra.Multiply(1.0, u, true, half, false, 0.0, result)

        for i in 0n .. result.Rows - 1n do
            for j in 0n .. i - 1n do
                let mean = (result[i, j] + result[j, i]) / 2.0
                result[i, j] <- mean
                result[j, i] <- mean

        result

    let private ofPosterior (posterior: Posterior) scales =
        let network = posterior.Network

        match posterior.Conditioned.Scaled with
        | Some { Scale = scale; Program = program } when network.Depth = 1 && posterior.Study.Train.Outputs = 1 ->
            let symbols = posterior.Model.OrderParameters

            let value =
                EffectiveAction.bind network symbols (EffectiveAction.atInfiniteWidth symbols)

            let prior = List.last network.Priors
            let train = posterior.Study.Train

            let constant symbol =
                invalidOp $"The constant kernel still holds the symbol {Latex.symbol symbol}."

            let kernel = KernelProgram.symmetric constant train.Inputs program
            let factor = prior * Scalar.evaluate value scale

            let kernel =
                Matrix.Create(kernel.Rows, kernel.Columns, (fun i j -> factor * kernel[i, j]))

            let u = kernel.Clone()
            let k = LinearAlgebra.Default.Eigen u |> Array.map (max 0.0)
            let targets = Matrix.Uninitialized(train.Targets.Rows, 1n)
            LinearAlgebra.Default.Multiply(1.0, u, false, train.Targets, false, 0.0, targets)

            let change = change posterior.Temperature prior scales k targets |> turnBack u

            let width = float network.Widths.Head
            Ok(Matrix.Create(kernel.Rows, kernel.Columns, (fun i j -> kernel[i, j] + change[i, j] / width)))
        | _ ->
            Error(
                Unsupported
                    "The hidden Gram matrix is known for one hidden layer with one output, in the proportional theory or as a mixture."
            )

    let private evaluate (posterior: Posterior) scales =
        Network.requireSequential "The hidden Gram matrix" posterior.Network
        |> Result.bind (fun () -> ofPosterior posterior scales)

    /// The posterior mean at the saddle point, to first order in 1/N_1 (P x P). Its sum rule: Tr K^(-1) G = P + Qbar - 1.
    let atSaddle (posterior: Posterior) =
        match posterior.OrderParameters with
        | [| qbar |] ->
            evaluate
                posterior
                {
                    Nodes = [| qbar |]
                    Weights = [| 1.0 |]
                }
        | _ ->
            Error(
                Unsupported
                    $"The theory has {posterior.OrderParameters.Length} order parameters: the hidden Gram matrix is that of one, Qbar of one hidden layer."
            )

    /// The posterior mean averaged over the posterior of Qbar (P x P): exact for linear networks at any width.
    let ofMixture (mixture: ScaleMixture) =
        evaluate
            mixture.Saddle
            { mixture.LogScale with
                Nodes = mixture.LogScale.Nodes |> Array.map exp
            }
