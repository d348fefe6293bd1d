namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// What some units see of the others, whose readouts are integrated out: where the some contribute u to the outputs,
///
/// l(u) = -(1/2) (y - u)^T G (y - u) + const., G = (T I + r^2 Phi Phi^T)^(-1) = (I - V^T V)/T, V = L^(-1) r Phi^T, L L^T = T I + r^2 Phi^T Phi
///
/// with the others' features Phi, fewer than examples. One output; its work space serves one chain.
[<Sealed>]
type internal UnitBath(posterior: NetworkPosterior) =

    let algebra = LinearAlgebra.Default
    let examples = int posterior.Data.Targets.Rows
    let temperature = posterior.Temperature
    let targets = Array.init examples (fun p -> posterior.Data.Targets[nativeint p, 0n])
    let misfit: float[] = Array.zeroCreate examples
    let mutable whitened = Matrix.Zeros(0, 0)
    let mutable explained: float[] = [||]
    // The same in single precision, for forces.
    let mutable guide: float32[] = [||]
    let mutable guideExplained: float32[] = [||]
    let guideMisfit: float32[] = Array.zeroCreate examples
    let guideForce: float32[] = Array.zeroCreate examples

    // misfit and explained := y - u and V (y - u); returns l.
    let compare (contribution: float[]) =
        for p in 0 .. examples - 1 do
            misfit[p] <- targets[p] - contribution[p]

        let mutable square = VectorArithmetic.Dot(ReadOnlySpan misfit, ReadOnlySpan misfit)

        if explained.Length > 0 then
            algebra.Multiply(1.0, whitened, false, ReadOnlySpan misfit, 0.0, Span explained)
            square <- square - VectorArithmetic.Dot(ReadOnlySpan explained, ReadOnlySpan explained)

        -0.5 * square / temperature

    /// y.
    member _.Targets = targets

    /// Takes the features of all units (P x N) and the numbers of the others; false where their Gram matrix is not finite.
    member _.Enter(features: Matrix, others: int[]) =
        let count = nativeint others.Length
        let scale = posterior.ReadoutScale

        whitened <- Matrix.Create(count, features.Rows, fun j p -> scale * features[p, nativeint others[int j]])

        explained <- Array.zeroCreate others.Length

        if count = 0n then
            true
        else
            use _ = algebra.SingleThreaded()
            let factor = Matrix.Uninitialized(count, count)
            algebra.GramLower(whitened, false, 1.0, factor)

            for j in 0n .. count - 1n do
                factor[j, j] <- factor[j, j] + temperature

            if algebra.Cholesky factor = 0n then
                algebra.SolveTriangular(factor, false, whitened)

                guide <-
                    Array.init (others.Length * examples) (fun i ->
                        float32 whitened[nativeint (i / examples), nativeint (i % examples)])

                guideExplained <- Array.zeroCreate others.Length
                true
            else
                false

    /// l(u).
    member _.LogLikelihood(contribution: float[]) = compare contribution

    /// Overwrites an array with dl/du = G (y - u), in single precision.
    member _.Force(contribution: float[], force: float[]) =
        for p in 0 .. examples - 1 do
            guideMisfit[p] <- float32 (targets[p] - contribution[p])

        if explained.Length = 0 then
            // Of no others.
            Array.Clear guideForce
        else
            let rows = guideExplained.Length
            let matrix = MatrixSpan<float32>(Span guide, rows, examples)
            let misfits = MatrixSpan<float32>(Span guideMisfit, examples, 1)
            let products = MatrixSpan<float32>(Span guideExplained, rows, 1)
            algebra.Multiply(1.0, matrix, false, misfits, false, 0.0, products)
            algebra.Multiply(1.0, matrix, true, products, false, 0.0, MatrixSpan<float32>(Span guideForce, examples, 1))

        for p in 0 .. examples - 1 do
            force[p] <- float (guideMisfit[p] - guideForce[p]) / temperature
