namespace FiniteWidth.Differentiation

open System
open FiniteWidth.Numerics

/// A function kappa(c11, c12, c22) of the covariance of a Gaussian pair, for example a kernel map E[sigma(z1) sigma(z2)],
/// with its partial derivatives, which are again such functions: it can be differentiated to any order.
/// The three arguments count as independent.
type PairFunction =
    {
        /// Entry (i, j) of the result is kappa(c11_i, c12_ij, c22_j), from c11 (n), c12 (n x m) and c22 (m); none is written to.
        Map: float[] -> Matrix -> float[] -> Matrix
        /// d kappa/d c11.
        D11: Lazy<PairFunction>
        /// d kappa/d c12.
        D12: Lazy<PairFunction>
        /// d kappa/d c22.
        D22: Lazy<PairFunction>
        /// kappa(c, c, c), the case of a point with itself, with its total derivative.
        /// Where partial derivatives are singular at rho = 1, as second ones of ReLU are, this one can still be finite.
        Diagonal: ScalarFunction
    }

[<RequireQualifiedAccess>]
module PairFunction =

    /// kappa(c, c, c), whose derivative is D11 + D12 + D22 there.
    let private diagonalOf value (d11: Lazy<PairFunction>) (d12: Lazy<PairFunction>) (d22: Lazy<PairFunction>) =
        {
            Value = fun c -> value c c c
            Derivative = lazy (ScalarFunction.sum [ d11.Value.Diagonal; d12.Value.Diagonal; d22.Value.Diagonal ])
        }

    /// A function from its value kappa(c11, c12, c22) and its three partial derivatives.
    let create (value: float -> float -> float -> float) d11 d12 d22 =
        let entry = OptimizedClosures.FSharpFunc<_, _, _, _>.Adapt value

        let map (c11: float[]) (c12: Matrix) (c22: float[]) =
            let result = Matrix.Uninitialized(c12.Rows, c12.Columns)

            Dense.rows c12 (fun i ->
                let source = c12.Row i
                let target = result.Row i
                let variance = c11[int i]

                for j in 0 .. target.Length - 1 do
                    target[j] <- entry.Invoke(variance, source[j], c22[j]))

            result

        {
            Map = map
            D11 = d11
            D12 = d12
            D22 = d22
            Diagonal = diagonalOf value d11 d12 d22
        }

    /// s kappa.
    let rec scale (s: float) (f: PairFunction) =
        let rec scaled (g: ScalarFunction) =
            {
                Value = fun c -> s * g.Value c
                Derivative = lazy (scaled g.Derivative.Value)
            }

        {
            Map = fun c11 c12 c22 -> Dense.map (fun k -> s * k) (f.Map c11 c12 c22)
            D11 = lazy (scale s f.D11.Value)
            D12 = lazy (scale s f.D12.Value)
            D22 = lazy (scale s f.D22.Value)
            Diagonal = scaled f.Diagonal
        }

    /// E[sigma(z1) sigma(z2)] by Price's theorem from `moment k l`, the function E[sigma^(k)(z1) sigma^(l)(z2)]
    /// of c11, c12, c22, where sigma^(k) is the k-th derivative:
    /// d/dc12 E[f g] = E[f' g'], d/dc11 E[f g] = (1/2) E[f'' g], d/dc22 E[f g] = (1/2) E[f g''].
    let ofMoments (moment: int -> int -> float -> float -> float -> float) =
        let rec expectation k l factor =
            create
                (fun c11 c12 c22 -> factor * moment k l c11 c12 c22)
                (lazy (expectation (k + 2) l (0.5 * factor)))
                (lazy (expectation (k + 1) (l + 1) factor))
                (lazy (expectation k (l + 2) (0.5 * factor)))

        expectation 0 0 1.0

    /// The function of the covariances c12 of two sets of points with the variances c11 and c22; the entries that
    /// `clear` sets to zero do not depend on anything.
    let rec private map (clear: Matrix -> Matrix) (f: PairFunction) (c11: DV) (c12: DM) (c22: DV) : DM =
        let requireShape (c11: float[]) (c12: Matrix) (c22: float[]) =
            if nativeint c11.Length <> c12.Rows || nativeint c22.Length <> c12.Columns then
                invalidArg
                    (nameof c12)
                    $"Covariances of {c12.Rows} x {c12.Columns} points were given with {c11.Length} and {c22.Length} variances."

        let value (c11: DV) (c12: DM) (c22: DV) =
            requireShape c11.Value c12.Value c22.Value
            DM(f.Map c11.Value c12.Value c22.Value |> clear)

        Trace.lift3
            value
            (fun c11 c12 c22 ->
                let slopes = map clear f.D11.Value c11 c12 c22

                {
                    Push = fun t -> MatrixRules.scaleRows t slopes
                    Pull = MatrixRules.rowInner slopes
                })
            (fun c11 c12 c22 ->
                let slopes = map clear f.D12.Value c11 c12 c22

                {
                    Push = Elementwise.times slopes
                    Pull = Elementwise.times slopes
                })
            (fun c11 c12 c22 ->
                let slopes = map clear f.D22.Value c11 c12 c22

                {
                    Push = fun t -> MatrixRules.scaleColumns t slopes
                    Pull = MatrixRules.columnInner slopes
                })
            c11
            c12
            c22

    /// K_ij = kappa(c11_i, c12_ij, c22_j), for the covariances c12 (n x m) of two sets of points with variances c11 (n), c22 (m).
    let applyBetween (f: PairFunction) (c11: DV) (c22: DV) (c12: DM) : DM = map id f c11 c12 c22

    /// K_ij = kappa(C_ii, C_ij, C_jj) for a covariance matrix C. A diagonal entry moves all three arguments at once:
    /// dK_ii/dC_ii = D11 + D12 + D22 = d kappa(c, c, c)/dc, taken from the function's `Diagonal`.
    let apply (f: PairFunction) (c: DM) : DM =
        let variances = MatrixRules.diagonal c
        // The partial derivatives of the diagonal entries may be singular: they are cleared, never multiplied by zero.
        let clear (k: Matrix) =
            for i in 0n .. k.Rows - 1n do
                k[i, i] <- 0.0

            k

        map clear f variances c variances
        |> MatrixRules.withDiagonal (ScalarFunction.apply f.Diagonal variances)
