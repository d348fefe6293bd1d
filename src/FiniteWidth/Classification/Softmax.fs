namespace FiniteWidth

open System

/// -beta CE(label, softmax f) of every example, f = B h linear in n latent functions h, with what Laplace's method needs of it.
///
/// Fields over examples are arrays of P n numbers, h_a(x_mu) at a P + mu; blocks are P n x n matrices, one an example after the other.
type internal Softmax =
    {
        /// 0 .. D-1, one an example.
        Labels: int[]
        /// B, D x n.
        Basis: float[,]
        /// beta.
        Beta: float
    }

    /// P.
    member this.Points = this.Labels.Length
    /// n.
    member this.Order = Array2D.length2 this.Basis
    /// D.
    member this.Classes = Array2D.length1 this.Basis

/// The likelihood at one h.
type internal SoftmaxPoint =
    {
        /// pi, P x D row by row.
        Probabilities: float[]
        /// l = -beta sum CE.
        LogLikelihood: float
        /// dl/dh.
        Gradient: float[]
    }

[<RequireQualifiedAccess>]
module internal Softmax =

    /// Logits of example mu from a field over the examples.
    let private logits (term: Softmax) (field: float[]) mu (f: float[]) =
        let points = term.Points

        for c in 0 .. f.Length - 1 do
            let mutable sum = 0.0

            for a in 0 .. term.Order - 1 do
                sum <- sum + term.Basis[c, a] * field[a * points + mu]

            f[c] <- sum

    /// Writes B^T f of example mu into a field.
    let private pullBack (term: Softmax) (f: float[]) mu (field: float[]) =
        for a in 0 .. term.Order - 1 do
            let mutable sum = 0.0

            for c in 0 .. f.Length - 1 do
                sum <- sum + term.Basis[c, a] * f[c]

            field[a * term.Points + mu] <- sum

    /// exp(f)/sum exp(f) in place; log sum exp(f).
    let normalise (f: float[]) =
        let largest = Array.max f
        let mutable total = 0.0

        for c in 0 .. f.Length - 1 do
            f[c] <- exp (f[c] - largest)
            total <- total + f[c]

        for c in 0 .. f.Length - 1 do
            f[c] <- f[c] / total

        largest + log total

    /// The likelihood and its first derivative.
    let at (term: Softmax) (h: float[]) =
        let classes = term.Classes
        let probabilities = Array.zeroCreate (term.Points * classes)
        let gradient = Array.zeroCreate h.Length
        let f = Array.zeroCreate classes
        let mutable value = 0.0

        for mu in 0 .. term.Points - 1 do
            logits term h mu f
            let own = f[term.Labels[mu]]
            value <- value + term.Beta * (own - normalise f)
            Array.blit f 0 probabilities (mu * classes) classes

            for c in 0 .. classes - 1 do
                f[c] <- -term.Beta * f[c]

            f[term.Labels[mu]] <- f[term.Labels[mu]] + term.Beta
            pullBack term f mu gradient

        {
            Probabilities = probabilities
            LogLikelihood = value
            Gradient = gradient
        }

    // beta [ sum_c w_c b_c b_c^T - m p^T - p m^T ] with m = sum_c w_c b_c and p = sum_c pi_c b_c: the curvature for w = pi and half of m p^T,
    // its change for w = d pi.
    let private weighted (term: Softmax) (blocks: float[]) mu (w: float[]) (m: float[]) (p: float[]) half =
        let order = term.Order
        let start = mu * order * order

        for a in 0 .. order - 1 do
            for b in 0..a do
                let mutable sum = 0.0

                for c in 0 .. w.Length - 1 do
                    sum <- sum + w[c] * term.Basis[c, a] * term.Basis[c, b]

                let value = term.Beta * (sum - half * (m[a] * p[b] + p[a] * m[b]))
                blocks[start + a * order + b] <- value
                blocks[start + b * order + a] <- value

    let private mean (term: Softmax) (w: float[]) =
        Array.init term.Order (fun a ->
            let mutable sum = 0.0

            for c in 0 .. w.Length - 1 do
                sum <- sum + w[c] * term.Basis[c, a]

            sum)

    let private probabilitiesOf (term: Softmax) point mu =
        Array.sub point.Probabilities (mu * term.Classes) term.Classes

    /// W = -d2l/dh2: beta B^T (diag pi - pi pi^T) B, a block an example.
    let curvature (term: Softmax) point =
        let blocks = Array.zeroCreate (term.Points * term.Order * term.Order)

        for mu in 0 .. term.Points - 1 do
            let pi = probabilitiesOf term point mu
            let p = mean term pi
            weighted term blocks mu pi p p 0.5

        blocks

    // d pi = (diag pi - pi pi^T) B dh of example mu.
    let private change (term: Softmax) (pi: float[]) (dh: float[]) mu =
        let df = Array.zeroCreate term.Classes
        logits term dh mu df
        let average = Array.fold2 (fun sum p d -> sum + p * d) 0.0 pi df
        Array.map2 (fun p d -> p * (d - average)) pi df

    /// dW along dh.
    let curvatureChange (term: Softmax) point (dh: float[]) =
        let blocks = Array.zeroCreate (term.Points * term.Order * term.Order)

        for mu in 0 .. term.Points - 1 do
            let pi = probabilitiesOf term point mu
            let dpi = change term pi dh mu
            weighted term blocks mu dpi (mean term dpi) (mean term pi) 1.0

        blocks

    // B S B^T of a block, D x D.
    let private push (term: Softmax) (blocks: float[]) mu =
        let order, classes = term.Order, term.Classes
        let start = mu * order * order

        let half =
            Array2D.init classes order (fun c b ->
                let mutable sum = 0.0

                for a in 0 .. order - 1 do
                    sum <- sum + term.Basis[c, a] * blocks[start + a * order + b]

                sum)

        Array2D.init classes classes (fun c e ->
            let mutable sum = 0.0

            for b in 0 .. order - 1 do
                sum <- sum + half[c, b] * term.Basis[e, b]

            sum)

    let private times (s: float[,]) (x: float[]) =
        Array.init x.Length (fun c ->
            let mutable sum = 0.0

            for e in 0 .. x.Length - 1 do
                sum <- sum + s[c, e] * x[e]

            sum)

    let private dot (x: float[]) (y: float[]) =
        Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

    /// s = -(1/2) sum_mu d Tr(S_mu W_mu)/dh at fixed blocks S: with S in the logits, -(beta/2) pi_c [ (S_cc - pi.diag S) - 2 ((S pi)_c - pi^T S pi) ].
    let pull (term: Softmax) point (blocks: float[]) =
        let field = Array.zeroCreate (term.Points * term.Order)

        for mu in 0 .. term.Points - 1 do
            let pi = probabilitiesOf term point mu
            let s = push term blocks mu
            let diagonal = Array.init pi.Length (fun c -> s[c, c])
            let u = times s pi
            let average = dot pi diagonal - 2.0 * dot pi u

            let f =
                Array.init pi.Length (fun c -> -0.5 * term.Beta * pi[c] * (diagonal[c] - 2.0 * u[c] - average))

            pullBack term f mu field

        field

    /// ds along dh and dS.
    let pullChange (term: Softmax) point (blocks: float[]) (dblocks: float[]) (dh: float[]) =
        let field = Array.zeroCreate (term.Points * term.Order)

        for mu in 0 .. term.Points - 1 do
            let pi = probabilitiesOf term point mu
            let dpi = change term pi dh mu
            let s, ds = push term blocks mu, push term dblocks mu
            let u = times s pi
            let du = Array.map2 (+) (times ds pi) (times s dpi)
            let x = Array.init pi.Length (fun c -> s[c, c] - 2.0 * u[c])
            let dx = Array.init pi.Length (fun c -> ds[c, c] - 2.0 * du[c])
            let average = dot pi x
            let daverage = dot dpi x + dot pi dx

            let f =
                Array.init pi.Length (fun c ->
                    -0.5 * term.Beta * (dpi[c] * (x[c] - average) + pi[c] * (dx[c] - daverage)))

            pullBack term f mu field

        field

    /// The lower Cholesky factors of blocks, L_ca of example mu at (c n + a) P + mu; a direction without curvature has a column of zeros.
    let factors (term: Softmax) (blocks: float[]) =
        let order, points = term.Order, term.Points
        let root = Array.zeroCreate (order * order * points)

        for mu in 0 .. points - 1 do
            let start = mu * order * order
            let entry c a = (c * order + a) * points + mu
            let mutable largest = 0.0

            for a in 0 .. order - 1 do
                largest <- max largest blocks[start + a * order + a]

            for a in 0 .. order - 1 do
                let mutable pivot = blocks[start + a * order + a]

                for k in 0 .. a - 1 do
                    pivot <- pivot - root[entry a k] * root[entry a k]

                if pivot > 1e-16 * largest then
                    let diagonal = sqrt pivot
                    root[entry a a] <- diagonal

                    for c in a + 1 .. order - 1 do
                        let mutable sum = blocks[start + c * order + a]

                        for k in 0 .. a - 1 do
                            sum <- sum - root[entry c k] * root[entry a k]

                        root[entry c a] <- sum / diagonal

        root
