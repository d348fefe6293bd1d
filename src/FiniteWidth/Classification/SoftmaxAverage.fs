namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// The average of the softmax of Gaussian logits: the probabilities of the classes.
[<RequireQualifiedAccess>]
module internal SoftmaxAverage =

    // One contrast: the trapezoidal rule, whose error falls exponentially with the distance of the softmax's poles.
    let private line =
        let step = 0.05
        let nodes = [| for i in -180 .. 180 -> step * float i |]
        let weights = nodes |> Array.map (fun z -> exp (-0.5 * z * z))
        let total = Array.sum weights
        Array.map (fun z -> [| z |]) nodes, weights |> Array.map (fun w -> w / total)

    // More: evenly spread points of equal weight.
    let private nodes order =
        if order = 1 then
            line
        else
            let points = ClassProbabilities.normals order
            points, Array.create points.Length (1.0 / float points.Length)

    // exp(f)/sum exp(f), averaged over the rows f of a matrix plus a centre.
    let private average (centre: float[]) (logits: Matrix) (weights: float[]) =
        let total = Array.zeroCreate<float> centre.Length

        for i in 0 .. weights.Length - 1 do
            let f = logits.Row(nativeint i)
            let mutable largest = -infinity

            for c in 0 .. f.Length - 1 do
                f[c] <- f[c] + centre[c]
                largest <- max largest f[c]

            let mutable sum = 0.0

            for c in 0 .. f.Length - 1 do
                f[c] <- exp (f[c] - largest)
                sum <- sum + f[c]

            VectorArithmetic.AddScaled(f, weights[i] / sum, Span total)

        total

    /// Of g ~ N(mean, covariance), a row and a matrix a point, and logits f = B g: points x D. Exact for one contrast, else by
    /// quasi-Monte-Carlo over 4096 points, to some parts in ten thousand.
    let ofContrasts (basis: float[,]) (mean: float[,]) (covariance: float[,][]) =
        let classes, order = Array2D.length1 basis, Array2D.length2 basis
        let nodes, weights = nodes order
        let probabilities = Array2D.zeroCreate covariance.Length classes

        use grid =
            Matrix.Create(nativeint nodes.Length, nativeint order, (fun i b -> nodes[int i][int b]))

        use _ = LinearAlgebra.Default.SingleThreaded()

        Parallel.For(
            0,
            covariance.Length,
            (fun () -> Matrix.Uninitialized(nativeint nodes.Length, nativeint classes)),
            (fun t _ (logits: Matrix) ->
                let root = ClassProbabilities.rootOf covariance[t]

                let sum count value =
                    let mutable total = 0.0

                    for a in 0 .. count - 1 do
                        total <- total + value a

                    total

                use spread =
                    Matrix.Create(
                        nativeint classes,
                        nativeint order,
                        fun c b -> sum order (fun a -> basis[int c, a] * root[a, int b])
                    )

                let centre =
                    Array.init classes (fun c -> sum order (fun a -> basis[c, a] * mean[t, a]))

                LinearAlgebra.Default.Multiply(1.0, grid, false, spread, true, 0.0, logits)

                average centre logits weights
                |> Array.iteri (fun c p -> probabilities[t, c] <- p)

                logits),
            (fun logits -> logits.Dispose())
        )
        |> ignore

        probabilities
