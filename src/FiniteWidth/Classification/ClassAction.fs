namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A theory of classes solved over functions that share a kernel.
type internal SharedClasses =
    {
        SaddlePoint: MatrixSaddlePoint
        /// None at infinite width.
        Action: MatrixAction option
        /// Qbar.
        OrderParameter: PositiveMatrix
        Laplace: ILatentPosterior
    }

/// The action of classes, -(2/N) log Z for the data's part.
[<RequireQualifiedAccess>]
module internal ClassAction =

    // B R, D x n: logits of whitened contrasts.
    let private logitsOf (basis: float[,]) (root: Matrix) =
        Array2D.init (Array2D.length1 basis) (Array2D.length2 basis) (fun c a ->
            let mutable sum = 0.0

            for b in 0 .. Array2D.length2 basis - 1 do
                sum <- sum + basis[c, b] * root[nativeint b, nativeint a]

            sum)

    /// log Z at one Qbar over scale K, from what the last one found.
    let private evaluator (labels: int[]) classes beta (k: Matrix) =
        let basis = Contrasts.basis classes
        let order = classes - 1
        // dl/df of the last mode, by class: it stands for the same point whatever Qbar.
        let mutable last: float[] option = None

        fun (q: PositiveMatrix) ->
            let term: Softmax =
                {
                    Labels = labels
                    Basis = logitsOf basis q.Root
                    Beta = beta
                }

            let points = labels.Length

            let start =
                match last with
                | None -> Array.zeroCreate (order * points)
                | Some slopes ->
                    Array.init (order * points) (fun i ->
                        let a, mu = i / points, i % points
                        let mutable sum = 0.0

                        for c in 0 .. classes - 1 do
                            sum <- sum + term.Basis[c, a] * slopes[mu * classes + c]

                        sum)

            let found =
                LaplaceEvidence.TryCreate(term, LatentCovariance.Shared(order, k), start)

            match found with
            | Some laplace ->
                last <-
                    Some(
                        Array.init (points * classes) (fun i ->
                            let hit = if i % classes = labels[i / classes] then 1.0 else 0.0
                            beta * (hit - laplace.Mode.Point.Probabilities[i]))
                    )
            | None -> ()

            found

    let private matrixOf (entries: float[,]) factor =
        Matrix.Create(
            nativeint (Array2D.length1 entries),
            nativeint (Array2D.length2 entries),
            fun i j -> factor * entries[int i, int j]
        )

    let private expand (width: float) evaluate (q: PositiveMatrix) : MatrixExpansion option =
        evaluate q
        |> Option.map (fun (laplace: LaplaceEvidence) ->
            let factor = -2.0 / width

            {
                Value = factor * laplace.LogEvidence
                Gradient = lazy (matrixOf laplace.Gradient factor)
                Curvature = fun x -> matrixOf (laplace.Curvature(x.ToArray())) factor
            })
        |> Option.filter (fun expansion -> Double.IsFinite expansion.Value)

    // Up to here further starts cost little.
    let private small = 300

    // Where the search begins is the identity; the entropy alone says so.
    let entropy order layers =
        let depth = float layers
        let n = float order
        let power s = Math.Pow(s, 1.0 / depth)

        {
            OrderParameters = [ Symbol.Qbar 1 ]
            Value = fun s -> n * (depth * (power s[0] - 1.0) - log s[0])
            Gradient = fun s -> [| n * (power s[0] - 1.0) / s[0] |]
            Hessian = Some(fun s -> Array2D.create 1 1 (n * (power s[0] / depth - power s[0] + 1.0) / (s[0] * s[0])))
            Sizes = fun s -> [| n * (power s[0] + 1.0) |]
            Rounding = fun _ -> 0.0
            Range = struct (-1.0, 1.0)
            Cost = Cost.Small
            Scan = None
        }

    let private actionOf layers width classes points evaluate =
        let order = classes - 1

        {
            Order = order
            Layers = layers
            Expand = expand width evaluate
            Size = 1.0 + float points / width
            Symmetric = entropy order layers
            Cost = if order * points <= small then Cost.Small else Cost.Large
        }

    // Four matrices of N x N numbers of the point, and as many of the next.
    let private checkMemory points classes =
        let n = float (points * (classes - 1))
        let bytes = 8.0 * 8.0 * n * n
        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        let gibibytes value = value / 1024.0 ** 3.0

        if bytes > available then
            Error(
                Unsupported
                    $"Laplace's method with {classes} classes on {points} examples takes {gibibytes bytes:F1} GiB and {gibibytes available:F1} are available: use fewer examples or classes."
            )
        else
            Ok()

    let betaOf likelihood =
        match likelihood with
        | Likelihood.Categorical beta -> Likelihood.check likelihood |> Result.map (fun () -> beta)
        | Likelihood.Gaussian _ ->
            Error(Unsupported $"The {likelihood} is that of numbers: classes take Likelihood.Categorical.")

    // Tolerances of what is found through a mode and its Cholesky factor.
    let search =
        { SaddlePoint.defaults with
            Tolerance = 1e-9
        }

    /// Laplace's method with independent functions, as at infinite width.
    let independent (labels: int[]) classes beta (k: Matrix) =
        let order = classes - 1

        let term: Softmax =
            {
                Labels = labels
                Basis = Contrasts.basis classes
                Beta = beta
            }

        match IndependentLaplace.TryCreate(term, k, Array.zeroCreate (order * labels.Length)) with
        | Some laplace -> Ok laplace
        | None ->
            match evaluator labels classes beta k (PositiveMatrix.scalar order 1.0) with
            | Some laplace -> Ok laplace
            | None -> Error Laplace.noMode

    /// The action over functions that share the kernel K, P x P, of L layers of width N.
    let action layers (width: float) (labels: int[]) classes beta (k: Matrix) =
        actionOf layers width classes labels.Length (evaluator labels classes beta k)

    /// Solves a theory over functions that share the kernel K, P x P: `isInfinite`, or L layers of width N.
    let solve isInfinite layers (width: float) (labels: int[]) classes beta (k: Matrix) =
        result {
            let order = classes - 1

            if isInfinite then
                let! laplace = independent labels classes beta k

                return
                    {
                        SaddlePoint = MatrixSaddle.atIdentity order (fun _ -> -2.0 / width * laplace.LogEvidence)
                        Action = None
                        OrderParameter = PositiveMatrix.scalar order 1.0
                        Laplace = laplace
                    }
            else
                do! checkMemory labels.Length classes
                let evaluate = evaluator labels classes beta k
                let action = actionOf layers width classes labels.Length evaluate
                let! saddlePoint = MatrixSaddle.solve search action
                do! MatrixSaddle.requireFinite saddlePoint

                let q = PositiveMatrix.Decompose(Matrix.FromArray saddlePoint.Chosen.OrderParameter)

                match evaluate q with
                | Some laplace ->
                    return
                        {
                            SaddlePoint = saddlePoint
                            Action = Some action
                            OrderParameter = q
                            Laplace = laplace
                        }
                | None -> return! Error Laplace.noMode
        }

    /// Logits and probabilities at test points, for s times the kernel between training and test points (P x Ptest), and of the latter with themselves:
    /// the whitened contrasts have the means k.alpha_a and the covariances delta_ab k_xx - k^T M_ab k.
    let predict classes (q: PositiveMatrix) (laplace: ILatentPosterior) scale (cross: Matrix) (diagonal: float[]) =
        let p = int cross.Rows
        let points = diagonal.Length
        let order = classes - 1
        let alpha = laplace.Mode.Point.Gradient
        let mean = Array2D.zeroCreate points order

        for a in 0 .. order - 1 do
            let column = Array.zeroCreate<float> points
            LinearAlgebra.Default.Multiply(scale, cross, true, ReadOnlySpan(alpha, a * p, p), 0.0, Span column)

            for t in 0 .. points - 1 do
                mean[t, a] <- column[t]

        let covariance =
            laplace.Explained cross
            |> Array.mapi (fun t explained ->
                explained
                |> Array2D.mapi (fun a b value -> (if a = b then scale * diagonal[t] else 0.0) - scale * scale * value))

        Contrasts.predictRotated classes q.Root mean covariance
