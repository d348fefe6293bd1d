namespace FiniteWidth

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

    /// Of g ~ N(mean, covariance), a row and a matrix a point, and logits f = B g: points x D. Exact for one contrast, else by
    /// quasi-Monte-Carlo over 4096 points, to some parts in ten thousand.
    let ofContrasts (basis: float[,]) (mean: float[,]) (covariance: float[,][]) =
        let classes, order = Array2D.length1 basis, Array2D.length2 basis
        let nodes, weights = nodes order
        let probabilities = Array2D.zeroCreate covariance.Length classes

        Parallel.For(
            0,
            covariance.Length,
            fun t ->
                let root = ClassProbabilities.rootOf covariance[t]

                // B R and B mean: logits are sums over the coordinates of a node.
                let spread =
                    Array2D.init classes order (fun c b ->
                        let mutable sum = 0.0

                        for a in 0 .. order - 1 do
                            sum <- sum + basis[c, a] * root[a, b]

                        sum)

                let centre =
                    Array.init classes (fun c ->
                        let mutable sum = 0.0

                        for a in 0 .. order - 1 do
                            sum <- sum + basis[c, a] * mean[t, a]

                        sum)

                let f = Array.zeroCreate<float> classes

                for i in 0 .. nodes.Length - 1 do
                    for c in 0 .. classes - 1 do
                        let mutable sum = centre[c]

                        for b in 0 .. order - 1 do
                            sum <- sum + spread[c, b] * nodes[i][b]

                        f[c] <- sum

                    Softmax.normalise f |> ignore

                    for c in 0 .. classes - 1 do
                        probabilities[t, c] <- probabilities[t, c] + weights[i] * f[c]
        )
        |> ignore

        probabilities
