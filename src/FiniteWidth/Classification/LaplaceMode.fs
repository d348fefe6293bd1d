namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics

/// The maximum of Psi(h) = l(h) - (1/2) h^T K^(-1) h over latent functions h.
type internal LaplaceMode =
    {
        /// h.
        Latents: float[]
        /// The likelihood there, whose gradient is K^(-1) h.
        Point: SoftmaxPoint
        /// W, a block an example.
        Curvature: float[]
        /// The Cholesky factors of its blocks.
        Factors: float[]
        /// Psi.
        Height: float
        /// |dl/dh - K^(-1) h|, the largest, relative to beta.
        Residual: float
        /// Newton steps taken.
        Steps: int
    }

/// Newton's method for the mode without an inverse of K (Rasmussen & Williams 2006, section 3.4), h = K a:
///
/// (I + W K) da = dl/dh - a, W = L L^T, da = r - L y with (I + L^T K L) y = L^T K r.
///
/// The symmetric system, whose eigenvalues are 1 at least, is solved by its Cholesky factor where it is small, else by conjugate gradients: each
/// step is a product with K, O(P^2 n) for a shared kernel. Psi is concave and the step is shortened until Psi rises, so that it converges from anywhere.
[<RequireQualifiedAccess>]
module internal LaplaceMode =

    let private dot (x: float[]) (y: float[]) =
        VectorArithmetic.Dot(ReadOnlySpan x, ReadOnlySpan y)

    let private add (x: float[]) weight (y: float[]) =
        VectorArithmetic.AddScaled(ReadOnlySpan y, weight, Span x)

    let private largest (x: float[]) =
        x |> Array.fold (fun most v -> Math.Max(most, abs v)) 0.0

    /// Blocks times a field: (W x)_a = sum_b W_ab x_b at every example.
    let applyBlocks order (blocks: float[]) (x: float[]) =
        let points = x.Length / order

        Array.init x.Length (fun i ->
            let a, mu = i / points, i % points
            let row = mu * order * order + a * order
            let mutable sum = 0.0

            for b in 0 .. order - 1 do
                sum <- sum + blocks[row + b] * x[b * points + mu]

            sum)

    /// L x or L^T x.
    let private applyFactors order (factors: float[]) transpose (x: float[]) =
        let points = x.Length / order
        let result = Array.zeroCreate<float> x.Length

        for c in 0 .. order - 1 do
            for a in 0..c do
                let into, from = if transpose then a, c else c, a

                VectorArithmetic.AddProduct(
                    ReadOnlySpan(factors, (c * order + a) * points, points),
                    ReadOnlySpan(x, from * points, points),
                    1.0,
                    Span(result, into * points, points)
                )

        result

    // y with |B y - rhs| <= tolerance |rhs|, B symmetric with eigenvalues from 1.
    let private conjugateGradients tolerance (apply: float[] -> float[]) (rhs: float[]) =
        let y = Array.zeroCreate<float> rhs.Length
        let remainder = Array.copy rhs
        let direction = Array.copy rhs
        let goal = tolerance * sqrt (dot rhs rhs)
        let mutable along = dot remainder remainder
        let mutable step = 0

        while sqrt along > goal && step < 4 * rhs.Length + 50 do
            let image = apply direction
            let length = along / dot direction image
            add y length direction
            add remainder -length image
            let next = dot remainder remainder

            for i in 0 .. direction.Length - 1 do
                direction[i] <- remainder[i] + next / along * direction[i]

            along <- next
            step <- step + 1

        y

    /// B = I + L^T K L, its lower triangle: B_ab = delta_ab + sum_cd L_ca K_cd L_db.
    let assemble covariance (factors: float[]) =
        let order, points =
            LatentCovariance.order covariance, LatentCovariance.points covariance

        let n = nativeint order * nativeint points
        let b = Matrix.Uninitialized(n, n)
        let parts = LatentCovariance.nonZero covariance |> Array.ofList

        Parallel.For(
            0,
            int n,
            fun i ->
                let a, mu = i / points, i % points
                let row = b.Row(nativeint i)

                for e in 0..a do
                    let length = if e = a then mu + 1 else points
                    let target = row.Slice(e * points, length)
                    target.Clear()

                    for struct (c, d, k) in parts do
                        if c >= a && d >= e then
                            VectorArithmetic.AddProduct(
                                k.Row(nativeint mu).Slice(0, length),
                                ReadOnlySpan(factors, (d * order + e) * points, length),
                                factors[(c * order + a) * points + mu],
                                target
                            )

                row[i] <- row[i] + 1.0
        )
        |> ignore

        b

    // The same system by its Cholesky factor.
    let private direct covariance factors (rhs: float[]) =
        use b = assemble covariance factors
        let y = Array.copy rhs

        if LinearAlgebra.Default.Cholesky b = 0n then
            LinearAlgebra.Default.Solve(b, Span y)

        y

    // Up to this size a factor costs no more than iterations do.
    let private small = 1000

    // Residuals, relative to beta, below which a solution is rounding.
    let private exact = 1e-13
    let private good = 1e-9

    let private search factorised (term: Softmax) (covariance: LatentCovariance) (start: float[]) =
        let order = term.Order
        let multiply = LatentCovariance.multiply covariance
        let height (point: SoftmaxPoint) a h = point.LogLikelihood - 0.5 * dot a h

        let rec shorten (a: float[], h, before, slope) (da: float[]) (dh: float[]) factor =
            let a' = Array.map2 (fun x d -> x + factor * d) a da
            let h' = Array.map2 (fun x d -> x + factor * d) h dh
            let point = Softmax.at term h'
            let after = height point a' h'
            let rounding = 1e-14 * (1.0 + abs before)

            if after >= before + 1e-4 * factor * slope - rounding || factor < 1e-8 then
                a', h', point
            else
                shorten (a, h, before, slope) da dh (factor / 2.0)

        let rec iterate k previous a h (point: SoftmaxPoint) =
            let r = Array.map2 (-) point.Gradient a
            let residual = if term.Beta > 0.0 then largest r / term.Beta else 0.0

            let finished =
                residual <= exact
                || residual <= good && residual > 0.3 * previous
                || k = 200
                || not (Double.IsFinite residual)

            let curvature = Softmax.curvature term point
            let factors = Softmax.factors term curvature

            if finished then
                {
                    Latents = h
                    Point = point
                    Curvature = curvature
                    Factors = factors
                    Height = height point point.Gradient h
                    Residual = residual
                    Steps = k
                }
            else
                let apply x =
                    let image =
                        applyFactors order factors false x
                        |> multiply
                        |> applyFactors order factors true

                    add image 1.0 x
                    image

                let kr = multiply r
                let rhs = applyFactors order factors true kr

                let y =
                    if factorised then
                        direct covariance factors rhs
                    else
                        conjugateGradients (max 1e-13 (min 1e-4 (1e-3 * residual))) apply rhs

                let da = Array.copy r
                add da -1.0 (applyFactors order factors false y)
                let dh = multiply da
                let a, h, point = shorten (a, h, height point a h, dot r dh) da dh 1.0
                iterate (k + 1) residual a h point

        let h = multiply start
        iterate 0 infinity start h (Softmax.at term h)

    /// The mode, from a guess of dl/dh.
    let find (term: Softmax) (covariance: LatentCovariance) (start: float[]) =
        let factorised = start.Length <= small
        let first = search factorised term covariance start

        if first.Residual <= good then
            Some first
        elif factorised then
            None
        else
            // Large beta and weak priors: iterations lose the digits that a factor keeps.
            let second = search true term covariance first.Point.Gradient
            if second.Residual <= good then Some second else None
