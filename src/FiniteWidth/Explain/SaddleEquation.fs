namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// What the data contribute to N_L dS/dtheta.
[<RequireQualifiedAccess>]
type DataSlope =
    /// (ds/dtheta) sum_i [ k_i/(T + s k_i) - k_i yhat_i^2/(T + s k_i)^2 ], k_i the eigenvalues of the constant kernel in K_R = s K, yhat_i
    /// the targets along its eigenvectors.
    | Spectral of scale: Scalar * constant: Kernel * scaleSlope: Scalar
    /// For K_R = a Sigma + b m m^T, with k_i the eigenvalues of Sigma, yhat_i and mhat_i the targets and the mean along its eigenvectors,
    ///
    /// (da/dtheta) sum_i [ k_i/(T + a k_i) - h k_i mhat_i^2/(T + a k_i)^2 - k_i v_i^2 ] + (db/dtheta) [ g/(1 + b g) - c^2/(1 + b g)^2 ],
    ///
    /// g = sum_i mhat_i^2/(T + a k_i), c = sum_i mhat_i yhat_i/(T + a k_i), h = b/(1 + b g), v_i = (yhat_i - h c mhat_i)/(T + a k_i).
    | Centred of
        covarianceScale: Scalar *
        meanScale: Scalar *
        Activation *
        preactivations: Kernel *
        covarianceSlope: Scalar *
        meanSlope: Scalar
    /// Tr(M dK_R/dtheta), M = A^(-1) - A^(-1) y y^T A^(-1), A = T I + K_R.
    | Trace of KernelDerivative

/// One saddle-point equation of a model, dS/dtheta = dEntropy/dtheta + (1/N_L) Data = 0, differentiated symbolically.
type SaddleEquation =
    {
        /// The order parameter in which the action is stationary.
        Variable: Symbol
        /// What the entropy contributes.
        Entropy: Scalar
        /// What the data contribute.
        Data: DataSlope
    }

/// The equations that a saddle point satisfies.
[<RequireQualifiedAccess>]
module SaddleEquation =

    let private dataSlope (model: Model) variable =
        match Kernel.normalForm model.OrderParameters model.Kernel with
        | NormalForm.Scaled(scale, constant) -> DataSlope.Spectral(scale, constant, Scalar.derivative variable scale)
        | NormalForm.Centred(a, t, activation, preactivations) ->
            DataSlope.Centred(
                a,
                t,
                activation,
                preactivations,
                Scalar.derivative variable a,
                Scalar.derivative variable t
            )
        | NormalForm.Nested kernel -> DataSlope.Trace(KernelDerivative.ofKernel variable kernel)

    /// The equations of a model, one an order parameter.
    let ofModel (model: Model) =
        model.OrderParameters
        |> List.map (fun variable ->
            {
                Variable = variable
                Entropy = Scalar.derivative variable model.Entropy
                Data = dataSlope model variable
            })

    // Plain matrices from here on: the equations as they stand, and none of the fast paths.

    let private matrix value gram kernel =
        (DifferentiableModel.kernel (value >> D) (DM gram) kernel).Value

    let private map2 f (a: Matrix) (b: Matrix) =
        Matrix.Create(a.Rows, a.Columns, (fun i j -> f a[i, j] b[i, j]))

    let private combine (terms: (float * Matrix) list) (size: nativeint) =
        Matrix.Create(size, size, (fun i j -> terms |> List.sumBy (fun (s, m) -> s * m[i, j])))

    let rec private derivativeMatrix value (gram: Matrix) derivative =
        match derivative with
        | KernelDerivative.Kernel kernel -> matrix value gram kernel
        | KernelDerivative.Scaled(scalar, inner) ->
            combine [ Scalar.evaluate value scalar, derivativeMatrix value gram inner ] gram.Rows
        | KernelDerivative.Sum terms ->
            combine (terms |> List.map (fun term -> 1.0, derivativeMatrix value gram term)) gram.Rows
        | KernelDerivative.Dual(activation, inner, along) ->
            let c = matrix value gram inner
            let dc = derivativeMatrix value gram along
            let variances, slopes = c.Diagonal(), dc.Diagonal()
            let kappa = PairExpectation.ofActivation activation
            let part (f: Lazy<PairFunction>) = f.Value.Map variances c variances
            let d11, d12, d22 = part kappa.D11, part kappa.D12, part kappa.D22
            // A point with itself moves all three arguments at once.
            let diagonal = kappa.Diagonal.Derivative.Value.Value

            Matrix.Create(
                c.Rows,
                c.Rows,
                fun i j ->
                    if i = j then
                        diagonal c[i, i] * dc[i, i]
                    else
                        d12[i, j] * dc[i, j] + d11[i, j] * slopes[int i] + d22[i, j] * slopes[int j]
            )
        | KernelDerivative.MeanOuter(activation, inner, along) ->
            let c = (matrix value gram inner).Diagonal()
            let dc = (derivativeMatrix value gram along).Diagonal()
            let m = c |> Array.map activation.Map.Mean
            let dm = Array.map2 (fun c dc -> activation.Map.MeanDerivative c * dc) c dc

            Matrix.Create(gram.Rows, gram.Rows, fun i j -> dm[int i] * m[int j] + m[int i] * dm[int j])

    // Eigenvalues, and the components of a vector along the eigenvectors.
    let private eigen (k: Matrix) =
        let vectors = k.Clone()
        let values = LinearAlgebra.Default.Eigen vectors

        let along (v: float[]) =
            Array.init values.Length (fun i ->
                Seq.init v.Length (fun mu -> vectors[nativeint i, nativeint mu] * v[mu])
                |> Seq.sum)

        values, along

    // M = A^(-1) - A^(-1) y y^T A^(-1).
    let private adjoint temperature (k: Matrix) (targets: float[]) =
        let a =
            Matrix.Create(k.Rows, k.Rows, (fun i j -> k[i, j] + (if i = j then temperature else 0.0)))

        LinearAlgebra.Default.Cholesky a |> ignore
        let v = Array.copy targets
        LinearAlgebra.Default.Solve(a, Span v)
        LinearAlgebra.Default.Invert a
        Matrix.Create(k.Rows, k.Rows, fun i j -> a[i, j] - v[int i] * v[int j])

    let private traceOf (m: Matrix) (k: Matrix) =
        let product = map2 (*) m k
        let mutable total = 0.0

        for i in 0n .. product.Rows - 1n do
            for x in product.Row i do
                total <- total + x

        total

    let private data value (posterior: Posterior) slope =
        let gram = posterior.Study.Gram
        let y = DataSet.target 0 posterior.Study.Train
        let temperature = posterior.Temperature
        let number = Scalar.evaluate value

        match slope with
        | DataSlope.Spectral(scale, constant, scaleSlope) ->
            let s = number scale
            let eigenvalues, along = eigen (matrix value gram constant)

            let term k yhat =
                let total = temperature + s * k
                k / total - k * yhat * yhat / (total * total)

            number scaleSlope * (Array.map2 term eigenvalues (along y) |> Array.sum)
        | DataSlope.Centred(a, b, activation, preactivations, aSlope, bSlope) ->
            let a, b = number a, number b
            let mean = matrix value gram (Kernel.meanOuter activation preactivations)

            let covariance =
                matrix value gram (Kernel.dual activation preactivations)
                |> fun k -> map2 (-) k mean

            let m =
                (matrix value gram preactivations).Diagonal() |> Array.map activation.Map.Mean

            let eigenvalues, along = eigen covariance
            let yhat, mhat = along y, along m
            let total i = temperature + a * eigenvalues[i]
            let sum term = Seq.init y.Length term |> Seq.sum
            let g = sum (fun i -> mhat[i] * mhat[i] / total i)
            let c = sum (fun i -> mhat[i] * yhat[i] / total i)
            let h = b / (1.0 + b * g)

            let covarianceTerm i =
                let k, d = eigenvalues[i], total i
                let v = (yhat[i] - h * c * mhat[i]) / d
                k / d - h * k * mhat[i] * mhat[i] / (d * d) - k * v * v

            let factor = 1.0 + b * g

            number aSlope * sum covarianceTerm
            + number bSlope * (g / factor - c * c / (factor * factor))
        | DataSlope.Trace derivative ->
            let m = adjoint temperature (matrix value gram posterior.Model.Kernel) y
            traceOf m (derivativeMatrix value gram derivative)

    /// dS/dtheta as an equation states it, at these order parameters on a posterior's data: with plain matrices, none of the fast paths
    /// that solve it.
    let evaluateAt (orderParameters: float[]) (posterior: Posterior) equation =
        let value =
            EffectiveAction.bind posterior.Network posterior.Model.OrderParameters orderParameters

        Scalar.evaluate value equation.Entropy
        + data value posterior equation.Data / float (List.last posterior.Network.Widths)

    /// dS/dtheta as an equation states it, at a posterior's saddle point, where it is zero.
    let evaluate (posterior: Posterior) equation =
        evaluateAt posterior.OrderParameters posterior equation
