namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// A posterior of latent functions by Laplace's method, whatever structure it was found by: what predictions and fits ask of it.
type internal ILatentPosterior =
    /// log Z.
    abstract LogEvidence: float
    /// The mode, whose slopes dl/dh are alpha.
    abstract Mode: LaplaceMode
    /// k^T M_ab k of every column k of a matrix of P rows: an n x n matrix a column.
    abstract Explained: cross: Matrix -> float[,][]
    /// sum_a Omega_aa, P x P: of functions that share a kernel K, d log Z = Tr(sum_a Omega_aa dK).
    abstract TotalAdjoint: unit -> Matrix

/// Laplace's approximation of Z = integral exp(l(h)) N(h; 0, K) dh at its mode, h being n latent functions at P points and l = -beta times the
/// cross-entropies of softmax(B h), and its derivatives in K:
///
/// log Z = Psi - (1/2) log det B,   B = I + L^T K L,   W = L L^T,
/// M = (K + W^(-1))^(-1) = L B^(-1) L^T,   J = (I + K W)^(-1) = I - K M,   Sigma = (K^(-1) + W)^(-1) = J K.
///
/// With alpha = dl/dh, s = -(1/2) d Tr(Sigma W)/dh at fixed Sigma and v = J^T s (what the change of the mode adds),
///
/// d log Z = Tr(Omega dK),   Omega = (1/2) alpha alpha^T + (1/2)(v alpha^T + alpha v^T) - (1/2) M.
///
/// No inverse of K is taken. With N = n P: N^3/3 operations for log Z, N^3 for M, 4 N^2 P for the gradient of a shared kernel, and
/// 2 N^2 P + 6 N^2 n^2 for its second derivative, of which each direction then costs 3 N^2 n; a matrix of N x N numbers for log Z, four of them
/// for the second derivative.
[<Sealed>]
type LaplaceEvidence private (term: Softmax, covariance: LatentCovariance, mode: LaplaceMode, b: Matrix) =

    let algebra = LinearAlgebra.Default
    let order = term.Order
    let points = term.Points
    let p = nativeint points
    let logDeterminant = algebra.LogDeterminant b

    let root c a =
        ReadOnlySpan(mode.Factors, (c * order + a) * points, points)

    let multiply = LatentCovariance.multiply covariance

    // The rows of example mu become those of L B^(-1) L^T: later functions first, which need the earlier ones as they were.
    let sandwich (m: Matrix) mu =
        for a in order - 1 .. -1 .. 0 do
            let row = m.Row(nativeint a * p + nativeint mu)
            VectorArithmetic.Scale(mode.Factors[(a * order + a) * points + mu], row)

            for c in 0 .. a - 1 do
                let weight = mode.Factors[(a * order + c) * points + mu]
                VectorArithmetic.AddScaled(m.Row(nativeint c * p + nativeint mu), weight, row)

        for a in 0 .. order - 1 do
            let row = m.Row(nativeint a * p + nativeint mu)

            for e in order - 1 .. -1 .. 0 do
                let target = row.Slice(e * points, points)
                VectorArithmetic.Multiply(root e e, target)

                for d in 0 .. e - 1 do
                    VectorArithmetic.AddProduct(row.Slice(d * points, points), root e d, 1.0, target)

    // The factor of B is used up.
    let m =
        lazy
            (algebra.Invert b
             Parallel.For(0, points, (fun mu -> sandwich b mu)) |> ignore
             b)

    let y = lazy (LatentCovariance.multiplyMatrix covariance m.Value)

    let times (matrix: Matrix) transpose (x: float[]) =
        let result = Array.zeroCreate<float> x.Length
        algebra.Multiply(1.0, matrix, transpose, ReadOnlySpan x, 0.0, Span result)
        result

    // J^T x = x - M K x.
    let adjointJ x =
        Array.map2 (-) x (times m.Value false (multiply x))

    // J x = x - K M x.
    let forwardJ x =
        Array.map2 (-) x (multiply (times m.Value false x))

    let field (x: float[]) a = ReadOnlySpan(x, a * points, points)

    // The blocks of Sigma = K - K M K that belong to one example each.
    let variances =
        lazy
            (let blocks = Array.zeroCreate (points * order * order)
             let y = y.Value
             let parts = LatentCovariance.nonZero covariance

             Parallel.For(
                 0,
                 points,
                 fun mu ->
                     let start = mu * order * order

                     for struct (c, d, k) in parts do
                         let column = k.Row(nativeint mu)
                         blocks[start + c * order + d] <- blocks[start + c * order + d] + column[mu]

                         // (Y K)_ad = sum_c Y_ac K_cd, and row mu of K_dc is column mu of K_cd.
                         for a in 0 .. order - 1 do
                             let row = y.Row(nativeint a * p + nativeint mu).Slice(d * points, points)

                             blocks[start + a * order + c] <-
                                 blocks[start + a * order + c] - VectorArithmetic.Dot(row, column)
             )
             |> ignore

             blocks)

    let pulled = lazy (Softmax.pull term mode.Point variances.Value)
    let v = lazy (adjointJ pulled.Value)

    let symmetric (g: float[,]) =
        Array2D.init order order (fun a b -> 0.5 * (g[a, b] + g[b, a]))

    // u_a . w_b.
    let overlaps (u: float[]) (w: float[]) =
        Array2D.init order order (fun a b -> VectorArithmetic.Dot(field u a, field w b))

    // Tr M_ab K = Tr Y_ab.
    let traces =
        lazy
            (let y = y.Value

             Array2D.init order order (fun a b ->
                 let mutable sum = 0.0

                 for mu in 0n .. p - 1n do
                     sum <- sum + y[nativeint a * p + mu, nativeint b * p + mu]

                 sum))

    let gradient =
        lazy
            (let h = mode.Latents
             let fit, shift = overlaps mode.Point.Gradient h, overlaps v.Value h
             let trace = traces.Value
             symmetric (Array2D.init order order (fun a b -> 0.5 * fit[a, b] + shift[a, b] - 0.5 * trace[a, b])))

    let transposed (a: Matrix) =
        Matrix.Create(a.Columns, a.Rows, (fun i j -> a[j, i]))

    let subtract (a: Matrix) (from: Matrix) =
        for i in 0n .. a.Rows - 1n do
            VectorArithmetic.AddScaled(a.Row i, -1.0, from.Row i)

    // J = I - K M.
    let j =
        lazy
            (let j = y.Value.Clone()

             for i in 0n .. j.Rows - 1n do
                 VectorArithmetic.Scale(-1.0, j.Row i)
                 j[i, i] <- j[i, i] + 1.0

             j)

    // J K = K - Y K = K - K Y^T.
    let sigma =
        lazy
            (let sigma = Matrix.Zeros(m.Value.Rows, m.Value.Columns)

             for struct (a, b, k) in LatentCovariance.nonZero covariance do
                 k.CopyTo(sigma.View(nativeint a * p, nativeint b * p, p, p))

             use explained = LatentCovariance.multiplyMatrix covariance (transposed y.Value)
             subtract explained sigma
             sigma)

    // dW X for the rows of J: a block an example.
    let bend (dw: float[]) =
        let x = j.Value
        let bent = Matrix.Zeros(x.Rows, x.Columns)

        Parallel.For(
            0,
            int x.Rows,
            fun row ->
                let c, mu = row / points, row % points
                let target = bent.Row(nativeint row)

                for d in 0 .. order - 1 do
                    VectorArithmetic.AddScaled(
                        x.Row(nativeint d * p + nativeint mu),
                        dw[mu * order * order + c * order + d],
                        target
                    )
        )
        |> ignore

        bent

    // The blocks of J dK J^T - Sigma dW Sigma that belong to one example each, from J dK.
    let varianceChange (pushed: Matrix) (dw: float[]) =
        let blocks = Array.zeroCreate (points * order * order)
        let sigma, j = sigma.Value, j.Value

        Parallel.For(
            0,
            points,
            fun mu ->
                for c in 0 .. order - 1 do
                    let row = nativeint c * p + nativeint mu
                    let bent = Array.zeroCreate<float>(order * points)

                    for nu in 0 .. points - 1 do
                        for e in 0 .. order - 1 do
                            let mutable sum = 0.0

                            for d in 0 .. order - 1 do
                                sum <-
                                    sum
                                    + sigma[row, nativeint (d * points + nu)] * dw[nu * order * order + d * order + e]

                            bent[e * points + nu] <- sum

                    for d in 0 .. order - 1 do
                        let other = nativeint d * p + nativeint mu

                        blocks[mu * order * order + c * order + d] <-
                            VectorArithmetic.Dot(pushed.Row row, j.Row other)
                            - VectorArithmetic.Dot(ReadOnlySpan bent, sigma.Row other)
        )
        |> ignore

        blocks

    let second = lazy (LaplaceCurvature.create term mode m.Value y.Value covariance)

    /// log Z.
    member _.LogEvidence = mode.Height - 0.5 * logDeterminant

    /// The mode h, n x P: a row a latent function.
    member _.Latents =
        Array2D.init order points (fun a mu -> mode.Latents[a * points + mu])

    /// |dl/dh - K^(-1) h| at the mode, the largest, relative to beta.
    member _.Residual = mode.Residual

    /// The Newton steps to the mode.
    member _.NewtonSteps = mode.Steps

    /// The mode.
    member internal _.Mode = mode

    /// Omega_ab = d log Z/dK_ab for a block of the covariance, P x P.
    member _.Adjoint(a: int, b: int) =
        let block = m.Value.View(nativeint a * p, nativeint b * p, p, p).Clone()
        let alpha, v = mode.Point.Gradient, v.Value

        Parallel.For(
            0,
            points,
            fun mu ->
                let row = block.Row(nativeint mu)
                VectorArithmetic.Scale(-0.5, row)

                VectorArithmetic.AddScaled(field alpha b, 0.5 * (alpha[a * points + mu] + v[a * points + mu]), row)

                VectorArithmetic.AddScaled(field v b, 0.5 * alpha[a * points + mu], row)
        )
        |> ignore

        block

    /// Omega, n P x n P.
    member internal _.JointAdjoint() =
        let omega = m.Value.Clone()

        for i in 0n .. omega.Rows - 1n do
            VectorArithmetic.Scale(-0.5, omega.Row i)

        KernelSum.subtractOuter -0.25 mode.Point.Gradient mode.Point.Gradient omega
        KernelSum.subtractOuter -0.5 v.Value mode.Point.Gradient omega
        omega

    /// What Omega changes by along a symmetric dK, n P x n P: with dh = J dK alpha, dalpha = -W dh and
    ///
    /// dM = J^T dW J - M dK M,   dSigma = J dK J^T - Sigma dW Sigma,   dv = J^T (ds - dW Sigma s) - M dK v.
    ///
    /// Four products of N x N matrices.
    member _.AdjointChange(dk: Matrix) =
        let alpha = mode.Point.Gradient

        let product (a: Matrix) (b: Matrix) =
            let c = Matrix.Uninitialized(a.Rows, b.Columns)
            algebra.Multiply(1.0, a, false, b, false, 0.0, c)
            c

        let dh = forwardJ (times dk false alpha)
        let dalpha = LaplaceMode.applyBlocks order mode.Curvature dh |> Array.map (~-)
        let dw = Softmax.curvatureChange term mode.Point dh
        use driven = product dk m.Value
        // J dK = dK - K (dK M)^T.
        use pushed = dk.Clone()
        use screened = LatentCovariance.multiplyMatrix covariance (transposed driven)
        subtract screened pushed
        let dvariances = varianceChange pushed dw
        let ds = Softmax.pullChange term mode.Point variances.Value dvariances dh
        let bent = LaplaceMode.applyBlocks order dw (multiply v.Value)

        let dv =
            Array.map2 (-) (adjointJ (Array.map2 (-) ds bent)) (times m.Value false (times dk false v.Value))

        // -dM/2.
        let change = product m.Value driven
        use bentRows = bend dw
        algebra.Multiply(-0.5, j.Value, true, bentRows, false, 0.5, change)
        KernelSum.subtractOuter -0.5 alpha dalpha change
        KernelSum.subtractOuter -0.5 dv alpha change
        KernelSum.subtractOuter -0.5 v.Value dalpha change
        change

    /// M X.
    member internal _.Screen(x: Matrix) =
        let screened = Matrix.Uninitialized(x.Rows, x.Columns)
        algebra.Multiply(1.0, m.Value, false, x, false, 0.0, screened)
        screened

    interface ILatentPosterior with
        member this.LogEvidence = this.LogEvidence
        member _.Mode = mode

        member _.Explained cross =
            let explained =
                Array.init (int cross.Columns) (fun _ -> Array2D.zeroCreate order order)

            use product = Matrix.Uninitialized(cross.Rows, cross.Columns)

            for a in 0 .. order - 1 do
                for b in 0..a do
                    let block = m.Value.View(nativeint a * p, nativeint b * p, p, p)
                    algebra.Multiply(1.0, block, false, cross, false, 0.0, product)
                    let sums = Array.zeroCreate<float>(int cross.Columns)

                    for mu in 0n .. p - 1n do
                        VectorArithmetic.AddProduct(cross.Row mu, product.Row mu, 1.0, Span sums)

                    for t in 0 .. sums.Length - 1 do
                        explained[t].[a, b] <- sums[t]
                        explained[t].[b, a] <- sums[t]

            explained

        member this.TotalAdjoint() =
            let total = this.Adjoint(0, 0)

            for a in 1 .. order - 1 do
                use block = this.Adjoint(a, a)

                for mu in 0n .. p - 1n do
                    VectorArithmetic.AddScaled(block.Row mu, 1.0, total.Row mu)

            total

    /// d log Z/dX at X = 0, n x n, for the covariance (I + X) (x) K: of functions that share a kernel K.
    member _.Gradient = gradient.Value

    /// The second derivative for such a covariance: what the gradient, n x n, changes by along a symmetric X.
    member _.Curvature(x: float[,]) =
        let h, alpha = mode.Latents, mode.Point.Gradient

        // (x field)_a = sum_b X_ab field_b.
        let mix (u: float[]) =
            let result = Array.zeroCreate<float> u.Length

            for a in 0 .. order - 1 do
                for b in 0 .. order - 1 do
                    VectorArithmetic.AddScaled(field u b, x[a, b], Span(result, a * points, points))

            result

        let dh = forwardJ (mix h)

        let dalpha = LaplaceMode.applyBlocks order mode.Curvature dh |> Array.map (~-)

        let dw = Softmax.curvatureChange term mode.Point dh
        let kv = multiply v.Value
        let second = second.Value
        let dvariances = second.VarianceChange(x, dw)

        let ds = Softmax.pullChange term mode.Point variances.Value dvariances dh

        let bent = LaplaceMode.applyBlocks order dw kv

        let dv =
            Array.map2 (-) (adjointJ (Array.map2 (-) ds bent)) (times m.Value false (mix kv))

        let fit = overlaps h dalpha
        let shift, drag = overlaps dv h, overlaps kv dalpha
        let trace = second.TraceChange(x, dw, traces.Value)

        symmetric (Array2D.init order order (fun a b -> fit[a, b] + shift[a, b] + drag[a, b] - 0.5 * trace[a, b]))

    /// At the mode that Newton's method finds from a guess of dl/dh; none where that fails.
    static member internal TryCreate(term: Softmax, covariance: LatentCovariance, start: float[]) =
        match LaplaceMode.find term covariance start with
        | None -> None
        | Some mode ->
            let b = LaplaceMode.assemble covariance mode.Factors

            if LinearAlgebra.Default.Cholesky b = 0n then
                Some(LaplaceEvidence(term, covariance, mode, b))
            else
                None

/// Laplace's method for labels of classes under any Gaussian prior of latent functions.
[<RequireQualifiedAccess>]
module Laplace =

    let internal noMode =
        NoSaddle
            "Newton's method did not find the mode of the softmax posterior to a relative residual of 1e-9: lower beta, or take stronger priors."

    let private create (labels: int[]) (basis: float[,]) beta covariance start =
        let classes, order = Array2D.length1 basis, Array2D.length2 basis

        if LatentCovariance.points covariance <> labels.Length then
            Error(
                BadData
                    $"There are {labels.Length} labels, and the covariance is that of {LatentCovariance.points covariance} points."
            )
        elif LatentCovariance.order covariance <> order then
            Error(
                BadData
                    $"The logits are made of {order} latent functions, and the covariance is that of {LatentCovariance.order covariance}."
            )
        else
            match labels |> Array.tryFind (fun label -> label < 0 || label >= classes) with
            | Some label -> Error(BadData $"A label is {label}: labels of {classes} classes are 0 to {classes - 1}.")
            | None ->
                let term: Softmax =
                    {
                        Labels = labels
                        Basis = basis
                        Beta = beta
                    }

                Likelihood.check (Likelihood.Categorical beta)
                |> Result.bind (fun () ->
                    match LaplaceEvidence.TryCreate(term, covariance, start) with
                    | Some laplace -> Ok laplace
                    | None -> Error noMode)

    /// Of labels 0 .. D-1 (P), logits f = B h (B: D x n) at beta and independent functions h of one kernel (P x P), Newton's method starting from
    /// dl/dh = `slopes` (n x P, a row a function).
    let ofKernelFrom (slopes: float[,]) (labels: int[]) (basis: float[,]) beta (kernel: Matrix) =
        let order = Array2D.length2 basis

        create
            labels
            basis
            beta
            (LatentCovariance.Shared(order, kernel))
            (Array.init (order * labels.Length) (fun i -> slopes[i / labels.Length, i % labels.Length]))

    /// The same from dl/dh = 0.
    let ofKernel (labels: int[]) basis beta kernel =
        ofKernelFrom (Array2D.zeroCreate (Array2D.length2 basis) labels.Length) labels basis beta kernel

    /// The same of functions with any joint covariance, n P x n P, Cov(h_a, h_b) in its block (a, b).
    let ofJoint (labels: int[]) (basis: float[,]) beta (covariance: Matrix) =
        let order = Array2D.length2 basis
        let size = nativeint (order * labels.Length)

        if covariance.Rows = size && covariance.Columns = size then
            create labels basis beta (LatentCovariance.Joint(order, covariance)) (Array.zeroCreate (int size))
        else
            Error(
                BadData
                    $"The covariance is {covariance.Rows} x {covariance.Columns}, and that of {order} functions at {labels.Length} points is {size} x {size}."
            )
