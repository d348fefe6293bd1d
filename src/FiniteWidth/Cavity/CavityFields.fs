namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The field of the other units, g = -d log p(y)/dy and G = -d^2 log p(y)/dy^2, with the moments that it solves.
[<NoComparison; NoEquality>]
type internal CavityFields =
    {
        /// g.
        Linear: float[]
        /// G.
        Curvature: Matrix
        /// m = sqrt(N) E[f], the mean of a unit's v phi.
        Mean: float[]
        /// V, the covariance of a unit's v phi.
        Covariance: Matrix
    }

[<RequireQualifiedAccess>]
module internal CavityFields =

    let times (a: Matrix) transpose (x: float[]) =
        let y = Array.zeroCreate<float>(int (if transpose then a.Columns else a.Rows))
        LinearAlgebra.Default.Multiply(1.0, a, transpose, ReadOnlySpan x, 0.0, Span y)
        y

    let dot (x: float[]) (y: float[]) =
        VectorArithmetic.Dot(ReadOnlySpan x, ReadOnlySpan y)

    /// T/N, the weight of a unit's reaction on its own field; one unit has no others to react.
    let reaction width temperature =
        if width > 1.0 then temperature / width else 0.0

    /// The Cholesky factor of T I + A, or none where it is not positive.
    let private factor temperature (a: Matrix) =
        let copy = a.Clone()
        InPlace.addDiagonal temperature copy

        if LinearAlgebra.Default.Cholesky copy = 0n then
            Some copy
        else
            None

    /// (T I + K)^(-1) y, or none where noise has left that without an inverse.
    let ridge temperature (kernel: Matrix) (y: float[]) =
        factor temperature kernel
        |> Option.map (fun factor ->
            let x = Array.copy y
            LinearAlgebra.Default.Solve(factor, Span x)
            x)

    // The reaction is a share 1/N at most of what stands before it, so the iteration gains a factor N each time.
    let private iterate (start: float[]) next =
        let rec go count (x: float[]) =
            let y: float[] = next x
            let change = Array.map2 (fun p q -> abs (p - q)) x y |> Array.max
            let size = y |> Array.map abs |> Array.max

            if count = 0 || change <= 1e-12 * size then
                y
            else
                go (count - 1) y

        go 60 start

    /// (1 - (T/N) G)^(-1) x.
    let unreact reaction (curvature: Matrix) (x: float[]) =
        iterate x (fun z -> Array.map2 (fun x gz -> x + reaction * gz) x (times curvature false z))

    /// g with (T I + Khat - (T/N) G Khat) g = y.
    let private linear reaction (y: float[]) (curvature: Matrix) (kernel: Matrix) (factor: Matrix) =
        let solve (right: float[]) =
            let x = Array.copy right
            LinearAlgebra.Default.Solve(factor, Span x)
            x

        iterate (solve y) (fun g ->
            let reacted = times curvature false (times kernel false g)
            Array.map2 (fun y r -> y + reaction * r) y reacted |> solve)

    /// G with (T I + V - (T/N) G V) G = I, given G of the last call in the product: both commute with V where it is solved.
    let private curvature temperature reaction (previous: Matrix) (covariance: Matrix) =
        let a = covariance.Clone()

        if reaction > 0.0 then
            let product = Matrix.Uninitialized(a.Rows, a.Rows)
            LinearAlgebra.Default.Multiply(1.0, previous, false, covariance, false, 0.0, product)

            for i in 0n .. a.Rows - 1n do
                for j in 0n .. i do
                    a[i, j] <- a[i, j] - 0.5 * reaction * (product[i, j] + product[j, i])

        factor temperature a
        |> Option.map (fun factor ->
            LinearAlgebra.Default.Invert factor
            factor)

    let private covarianceOf width (kernel: Matrix) (second: Matrix) (excess: float[]) (g: float[]) =
        let mean =
            Array.map2 (fun x delta -> (x + delta) / sqrt width) (times kernel false g) excess

        let covariance = second.Clone()
        InPlace.addOuter -1.0 mean mean covariance
        mean, covariance

    /// One step towards the fields that averaged moments make self-consistent, from those of before, with y - (1 - (T/N) G) delta for y where units
    /// have an excess delta; none where noise has left the moments without an inverse.
    let step width temperature (y: float[]) (kernel: Matrix) (second: Matrix) (excess: float[]) (previous: Matrix) =
        let reaction = reaction width temperature

        factor temperature kernel
        |> Option.bind (fun factor ->
            let target =
                Array.map3 (fun y delta back -> y - delta + reaction * back) y excess (times previous false excess)

            let g = linear reaction target previous kernel factor
            let mean, covariance = covarianceOf width kernel second excess g

            curvature temperature reaction previous covariance
            |> Option.map (fun curvature ->
                {
                    Linear = g
                    Curvature = curvature
                    Mean = mean
                    Covariance = covariance
                }))

    /// The fields of averaged moments; the reaction's share shrinks by N in each of three steps.
    let solve width temperature y kernel second excess previous =
        ((Some previous, None), [ 1..3 ])
        ||> List.fold (fun (before, _) _ ->
            let next = before |> Option.bind (step width temperature y kernel second excess)
            next |> Option.map _.Curvature, next)
        |> snd
