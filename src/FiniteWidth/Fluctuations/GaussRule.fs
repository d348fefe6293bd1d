namespace FiniteWidth

open FiniteWidth.Numerics

/// Nodes and positive weights that sum to one.
type WeightedNodes =
    {
        /// The nodes.
        Nodes: float[]
        /// Their weights; they sum to 1.
        Weights: float[]
    }

[<RequireQualifiedAccess>]
module internal GaussRule =

    /// The Gauss rule of that order of a discrete measure: exact for polynomials up to degree 2 order - 1 (Stieltjes' procedure, then
    /// the eigenvalues of the Jacobi matrix).
    let ofMeasure order (measure: WeightedNodes) =
        let x, w = measure.Nodes, measure.Weights

        let dot (a: float[]) (b: float[]) =
            Array.fold2 (fun s u v -> s + u * v) 0.0 a b

        let diagonal, beside = ResizeArray<float>(), ResizeArray<float>()
        let basis = ResizeArray<float[]>()
        let mutable current = w |> Array.map sqrt
        let spread = Array.max x - Array.min x

        while diagonal.Count < order && current.Length > 0 do
            basis.Add current
            let next = Array.map2 (*) x current
            diagonal.Add(dot current next)

            // Orthogonal to all before it, not to the last two alone: rounding would let them drift.
            for _ in 1..2 do
                for known in basis do
                    let overlap = dot known next

                    for i in 0 .. next.Length - 1 do
                        next[i] <- next[i] - overlap * known[i]

            let norm = sqrt (dot next next)

            if norm > 1e-13 * spread && diagonal.Count < order then
                beside.Add norm
                current <- next |> Array.map (fun v -> v / norm)
            else
                current <- [||]

        // The weights are the squares of the first components of the eigenvectors: of the last, with the order reversed.
        let jacobi =
            TridiagonalMatrix(Array.rev (diagonal.ToArray()), Array.rev (beside.ToArray()))

        let struct (nodes, components) = jacobi.Spectrum()

        {
            Nodes = nodes
            Weights = components |> Array.map (fun c -> c * c)
        }
