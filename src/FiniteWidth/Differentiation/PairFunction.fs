namespace FiniteWidth.Differentiation

open System
open FiniteWidth.Numerics

/// A function kappa(c11, c12, c22) of the covariance of a Gaussian pair, for example a kernel map
/// E[sigma(z1) sigma(z2)], with its partial derivatives, which are again such functions: it can be differentiated to any
/// order. The three arguments count as independent.
type PairFunction =
    {
        /// Entry (i, j) of the result is kappa(c11_i, c12_ij, c22_j), from c11 (n), c12 (n x m) and c22 (m).
        /// The result is a new matrix, and the arguments are not written to.
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

/// Functions of two numbers with their derivatives, applied entry by entry.
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

    /// The function that is k everywhere.
    let rec constant (k: float) =
        let zero = lazy (constant 0.0)
        create (fun _ _ _ -> k) zero zero zero

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

    /// K_ij = kappa(v_i, c_ij, v_(n+j)) for an n x m matrix c: the variances of both sets of points are one vector.
    let rec private applyJoined (f: PairFunction) (variances: DV) (c: DM) : DM =
        let rows (v: DV) (c: DM) =
            VectorRules.slice 0 (int c.Value.Rows) v

        let columns (v: DV) (c: DM) =
            VectorRules.slice (int c.Value.Rows) (int c.Value.Columns) v

        let inVariances v c _ =
            let d11 () = applyJoined f.D11.Value v c
            let d22 () = applyJoined f.D22.Value v c

            let push t =
                (d11 () |> MatrixRules.consume (MatrixRules.scaleRows (rows t c)))
                + (d22 () |> MatrixRules.consume (MatrixRules.scaleColumns (columns t c)))

            let pull k =
                VectorRules.concat
                    [|
                        d11 () |> MatrixRules.consume (MatrixRules.rowInner k)
                        d22 () |> MatrixRules.consume (MatrixRules.columnInner k)
                    |]

            { Push = push; Pull = pull }

        let inCovariances v c _ =
            let multiply t =
                applyJoined f.D12.Value v c |> MatrixRules.consume (Elementwise.times t)

            { Push = multiply; Pull = multiply }

        Trace.lift2
            (fun v c -> DM(f.Map (rows v c).Value c.Value (columns v c).Value))
            inVariances
            inCovariances
            variances
            c

    /// K_ij = kappa(c11_i, c12_ij, c22_j), for the covariances c12 (n x m) of two sets of points with the variances
    /// c11 (n) and c22 (m).
    let applyBetween (f: PairFunction) (c11: DV) (c22: DV) (c12: DM) : DM =
        if c11.Length <> c12.Rows || c22.Length <> c12.Columns then
            invalidArg
                (nameof c12)
                $"Covariances of {c12.Rows} x {c12.Columns} points were given with {c11.Length} and {c22.Length} variances."

        applyJoined f (VectorRules.concat [| c11; c22 |]) c12

    /// K_ij = kappa(C_ii, C_ij, C_jj) off the diagonal, K_ii = g(C_ii) on it.
    /// The partial derivatives are not used on the diagonal, where they may be singular: there dK_ii = g'(C_ii) dC_ii.
    let rec private applyWith (g: ScalarFunction) (f: PairFunction) (c: DM) : DM =
        let value (c: DM) =
            Dense.requireSquare c.Value
            let variances = c.Value.Diagonal()
            let k = f.Map variances c.Value variances
            variances |> Array.iteri (fun i variance -> k[i, i] <- g.Value variance)
            DM k

        let rule c _ =
            let d11 () =
                applyWith (ScalarFunction.constant 0.0) f.D11.Value c

            let d22 () =
                applyWith (ScalarFunction.constant 0.0) f.D22.Value c

            let d12 () =
                applyWith g.Derivative.Value f.D12.Value c

            let push t =
                let variances = MatrixRules.diagonal t

                (d12 () |> MatrixRules.consume (Elementwise.times t))
                + (d11 () |> MatrixRules.consume (MatrixRules.scaleRows variances))
                + (d22 () |> MatrixRules.consume (MatrixRules.scaleColumns variances))

            let pull k =
                let variances =
                    (d11 () |> MatrixRules.consume (MatrixRules.rowInner k))
                    + (d22 () |> MatrixRules.consume (MatrixRules.columnInner k))

                d12 ()
                |> MatrixRules.consume (Elementwise.times k)
                |> MatrixRules.consume (MatrixRules.addDiagonal variances)

            { Push = push; Pull = pull }

        Trace.lift1 value rule c

    /// K_ij = kappa(C_ii, C_ij, C_jj) for a covariance matrix C. A diagonal entry moves all three arguments at once:
    /// dK_ii/dC_ii = D11 + D12 + D22 = d kappa(c, c, c)/dc, which is taken from the function's `Diagonal`.
    let apply (f: PairFunction) (c: DM) : DM = applyWith f.Diagonal f c
