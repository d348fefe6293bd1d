namespace FiniteWidth

open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// What the last hidden layer leaves out at infinite width: its units' deviations are of rank one in the kernel.
[<RequireQualifiedAccess>]
module internal TopLayer =

    /// What does not depend on the unit: A = T I + K, a = A^(-1) Y and u = A^(-1) k(x). Of a unit's value phi(x) the training points leave
    /// q = phi(x) - u.phi, and E[phi q] = T u. With p = a.phi, h = phi^T A^(-1) phi and sums over test points x, the contribution of a unit is
    ///
    /// (2 + D) p.(e.q) h - p.(e.q) |p|^2 + (1 + D/2) q.q (|p|^2 - D h) + a quadratic form + a constant, over Ptest D,
    ///
    /// e = y0 - f(x) (D numbers a point). Second moments of phi are those of K: what a Gaussian phi gives is known exactly (`Gaussian`), and
    /// what is averaged over units is the quartic part with every contraction taken off, of mean zero for a Gaussian.
    ///
    /// Matrices are in the basis V of the kernel's spectrum but where noted.
    [<NoComparison; NoEquality>]
    type Process =
        {
            Temperature: float
            Spectrum: Spectrum
            Factor: FormFactor
            /// u, P x Ptest.
            Weights: Matrix
            /// e, Ptest x D.
            Errors: Matrix
            /// a and sum_x e u, in the coordinates of the examples, P x D.
            Representer: Matrix
            ErrorWeights: Matrix
            /// A^(-1) K a, P x D: E[p phi] = K a.
            Turned: Matrix
            /// A^(-1) E[(e.q) phi], P x D.
            Leaning: Matrix
            /// E[p q], Ptest x D.
            Overlap: Matrix
            /// E[p p'] and E[(e.q) p'] between outputs, D x D.
            Power: Matrix
            Mixed: Matrix
            /// E[h] = tr A^(-1) K.
            Trace: float
            /// E[q.q], summed over test points.
            Squares: float
            /// The sum of T^2 u.A^(-1) u over test points.
            WeightNorm: float
            /// The sum over outputs of E[(e.q) phi]^T A^(-1) E[p phi].
            Crossing: float
        }

        member this.Outputs = float this.Power.Rows
        member this.Count = float (this.Errors.Rows * this.Errors.Columns)
        member this.PowerTrace = Array.sum (this.Power.Diagonal())
        member this.MixedTrace = Array.sum (this.Mixed.Diagonal())

    let prepare temperature scale (program: KernelProgram) (spectrum: Spectrum) (study: Study) (test: DataSet) =
        spectrum.RequireEigenvectors "The exact first order in 1/N"

        match spectrum.Form.Factor(temperature, scale) with
        | null -> Error(Failures.singular temperature spectrum.Rank spectrum.Count)
        | factor ->
            let kernel = study.Projected(program, spectrum, None, test.Inputs)

            let solved (b: Matrix) =
                let x = b.Clone()
                factor.Solve x
                x

            let minus factor (a: Matrix) (b: Matrix) =
                Matrix.Create(a.Rows, a.Columns, (fun i j -> a[i, j] - factor * b[i, j]))

            let representer = solved spectrum.Targets
            // K = A - T I.
            let power = minus temperature spectrum.Targets representer
            let turned = solved power
            let mean = UnitAlgebra.product scale kernel.Cross true representer

            let errors =
                Matrix.Create(mean.Rows, mean.Columns, (fun t d -> test.Targets[t, d] - mean[t, d]))

            let weights = kernel.Cross.Clone()
            factor.Solve weights

            for i in 0n .. weights.Rows - 1n do
                let row = weights.Row i

                for t in 0 .. row.Length - 1 do
                    row[t] <- scale * row[t]

            let errorWeights = UnitAlgebra.product 1.0 weights false errors
            let lean = UnitAlgebra.product temperature weights false errors
            let explained = Dense.columnInner kernel.Cross weights |> Array.sum

            Ok
                {
                    Temperature = temperature
                    Spectrum = spectrum
                    Factor = factor
                    Weights = weights
                    Errors = errors
                    Representer = spectrum.RotateBack(representer.Clone())
                    ErrorWeights = spectrum.RotateBack errorWeights
                    Turned = turned
                    Leaning = solved lean
                    Overlap = UnitAlgebra.product temperature weights true representer
                    Power = UnitAlgebra.product 1.0 representer true power
                    Mixed = UnitAlgebra.product 1.0 lean true representer
                    Trace =
                        spectrum.Eigenvalues
                        |> Array.sumBy (fun k -> scale * k / (temperature + scale * k))
                    Squares =
                        scale * (Array.sum kernel.Diagonal - explained)
                        - temperature * Dense.inner weights weights
                    WeightNorm = temperature * temperature * Array.sum (factor.QuadraticForms weights)
                    Crossing = Dense.inner lean turned
                }

    /// The slopes of bias and variance for Gaussian units of the same second moments.
    let gaussian (gp: Process) =
        let d = gp.Outputs
        let overlap = Dense.inner gp.Overlap gp.Overlap

        let bias =
            2.0 * gp.Trace * gp.MixedTrace + 2.0 * (1.0 + d) * gp.Crossing
            - 2.0 * Dense.inner gp.Power gp.Mixed

        let variance =
            gp.Squares * (gp.PowerTrace - d * gp.Trace)
            + (1.0 + d) * (overlap - d * gp.WeightNorm)

        bias / gp.Count, variance / gp.Count

    /// p and e.q of every unit, D x units, from its features at training and test points.
    let projections scale (gp: Process) (train: Matrix) (test: Matrix) =
        let p = UnitAlgebra.product scale gp.Representer true train
        let eq = UnitAlgebra.product scale gp.Errors true test
        LinearAlgebra.Default.Multiply(-scale, gp.ErrorWeights, true, train, false, 1.0, eq)
        p, eq

    /// - p.(e.q) |p|^2 without its contractions, for every unit.
    let cubic (gp: Process) (p: Matrix) (eq: Matrix) =
        let products, squares = Dense.columnInner p eq, Dense.columnInner p p
        let straight = Dense.columnInner eq (UnitAlgebra.product 1.0 gp.Power false p)
        let crossed = Dense.columnInner p (UnitAlgebra.product 1.0 gp.Mixed false p)
        let mixed, power = gp.MixedTrace, gp.PowerTrace
        let constant = mixed * power + 2.0 * Dense.inner gp.Power gp.Mixed

        Array.init products.Length (fun i ->
            let quadratic =
                mixed * squares[i] + power * products[i] + 2.0 * straight[i] + 2.0 * crossed[i]

            -(products[i] * squares[i] - quadratic + constant) / gp.Count)

    /// (2 + D) p.(e.q) h and (1 + D/2) q.q (|p|^2 - D h) without their contractions, and (|p|^2 - D h)/2, the log evidence's derivative but for
    /// a constant, for the first `count` units.
    let full count scale (gp: Process) (p: Matrix) (eq: Matrix) (train: Matrix) (test: Matrix) =
        let phi = gp.Spectrum.Rotate(UnitAlgebra.scaled scale count train)
        let q = UnitAlgebra.scaled scale count test
        LinearAlgebra.Default.Multiply(-1.0, gp.Weights, true, phi, false, 1.0, q)

        let first (matrix: Matrix) =
            matrix.View(0n, 0n, matrix.Rows, nativeint count)

        let p, eq = first p, first eq
        let h, qq = gp.Factor.QuadraticForms phi, Dense.columnInner q q
        let products, squares = Dense.columnInner p eq, Dense.columnInner p p
        let turned = Dense.columnInner eq (UnitAlgebra.product 1.0 gp.Turned true phi)
        let leaning = Dense.columnInner p (UnitAlgebra.product 1.0 gp.Leaning true phi)
        let overlap = Dense.columnInner p (UnitAlgebra.product 1.0 gp.Overlap true q)
        let d, trace, s = gp.Outputs, gp.Trace, gp.Squares
        let mixed, power = gp.MixedTrace, gp.PowerTrace
        let overlaps = Dense.inner gp.Overlap gp.Overlap

        let bias i =
            products[i] * h[i]
            - trace * products[i]
            - mixed * h[i]
            - 2.0 * turned[i]
            - 2.0 * leaning[i]
            + trace * mixed
            + 2.0 * gp.Crossing

        let variance i =
            let signal =
                squares[i] * qq[i] - power * qq[i] - s * squares[i] - 4.0 * overlap[i]
                + power * s
                + 2.0 * overlaps

            // The contraction between q and phi is left in: it is small, and a product of P x Ptest.
            let noise =
                qq[i] * h[i] - trace * qq[i] - s * h[i] + s * trace - 2.0 * gp.WeightNorm

            signal - d * noise

        Array.init count (fun i -> (2.0 + d) * bias i / gp.Count),
        Array.init count (fun i -> (1.0 + 0.5 * d) * variance i / gp.Count),
        Array.init count (fun i -> 0.5 * (squares[i] - d * h[i]))
