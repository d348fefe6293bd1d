namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The test loss of one hidden layer to first order in its inverse width, with the hidden units as they are:
///
/// loss(N) = loss(infinity) + c/N + O(1/N^2).
///
/// Given the hidden layer f is a Gaussian process of kernel (1/N) sum_i phi_i phi_i^T/lambda_1, a mean over N independent units. With
/// D = phi phi^T/lambda_1 - K the deviation of one unit, g the loss of a Gaussian process on the test set and log L its evidence, both as functions of
/// the kernel,
///
/// c = E[ g''(D, D)/2 + g'(D) (log L)'(D) ],
///
/// which is averaged over random units: no unit is taken for Gaussian. A theory that takes them for Gaussian has a coefficient of its own,
/// and the difference over N is what that assumption costs, to first order.
type WidthExpansion =
    {
        /// The loss at infinite width.
        InfiniteWidth: float
        /// c.
        Coefficient: float
        /// The standard error of c: units are drawn at random.
        StandardError: float
    }

[<RequireQualifiedAccess>]
module WidthExpansion =

    /// How c is averaged.
    type Sampling =
        {
            /// The number of random hidden units.
            Units: int
            Seed: uint64
        }

    /// 20000 units.
    let sampling = { Units = 20000; Seed = 1UL }

    // Units that are drawn at a time: enough for matrix products at full speed.
    let private block = 1000

    let private multiply (a: Matrix) transposeA (b: Matrix) =
        let product =
            Matrix.Uninitialized((if transposeA then a.Columns else a.Rows), b.Columns)

        LinearAlgebra.Default.Multiply(1.0, a, transposeA, b, false, 0.0, product)
        product

    let private span (values: float[]) = ReadOnlySpan values

    /// sum_i a_ij b_ij for every column j.
    let private columnDots (a: Matrix) (b: Matrix) =
        let sums = Array.zeroCreate<float>(int a.Columns)

        for i in 0n .. a.Rows - 1n do
            let left = a.Row i
            let right = b.Row i

            for j in 0 .. sums.Length - 1 do
                sums[j] <- sums[j] + left[j] * right[j]

        sums

    let private dot (a: float[]) b =
        Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b

    let private solved (factor: Matrix) (b: Matrix) =
        let x = b.Clone()
        LinearAlgebra.Default.SolveTriangular(factor, false, x)
        LinearAlgebra.Default.SolveTriangular(factor, true, x)
        x

    /// What does not depend on the unit: A = T I + K, u = A^(-1) k(x) and so on, hidden-layer parts without the readout's bias.
    [<NoComparison; NoEquality>]
    type private Process =
        {
            Factor: Matrix
            /// A^(-1) Y, P x D.
            Representer: Matrix
            /// y0 - f(x), Ptest x D.
            Errors: Matrix
            /// A^(-1) k(x), P x Ptest.
            Weights: Matrix
            /// E[phi q], q = phi(x) - u.phi what the training points leave of a unit's value: P x Ptest.
            Residuals: Matrix
            /// E[q^2].
            Squares: float[]
            /// A^(-1) K_phi A^(-1) Y, P x D.
            Turned: Matrix
            /// tr A^(-1) K_phi.
            Trace: float
            /// E[(a.phi)^2], a = A^(-1) y, of each output.
            Projections: float[]
            Score: Score
        }

    let private constant (network: Network) symbol =
        match Network.tryValue symbol network with
        | Some value -> value
        | None -> invalidOp $"The kernel of infinite width holds the symbol {Latex.symbol symbol}."

    let private prepare (network: Network) temperature (train: DataSet) (test: DataSet) =
        let program = KernelProgram.compile (Theory.infiniteWidth network).Kernel
        let value = constant network
        let k = KernelProgram.symmetric value train.Inputs program
        let cross = KernelProgram.cross value train.Inputs test.Inputs program
        let diagonal = KernelProgram.diagonal value test.Inputs program

        let bias =
            match List.last network.Biases with
            | Some precision -> 1.0 / precision
            | None -> 0.0

        let factor = k.Clone()

        for i in 0n .. factor.Rows - 1n do
            factor[i, i] <- factor[i, i] + temperature

        let minor = LinearAlgebra.Default.Cholesky factor

        if minor <> 0n then
            Error(SingularKernel(int minor - 1, train.Count))
        else
            let hidden (matrix: Matrix) =
                Matrix.Create(matrix.Rows, matrix.Columns, (fun i j -> matrix[i, j] - bias))

            let kPhi, crossPhi = hidden k, hidden cross
            let representer = solved factor train.Targets
            let weights = solved factor cross
            let mean = multiply cross true representer

            let errors =
                Matrix.Create(mean.Rows, mean.Columns, (fun t d -> test.Targets[t, d] - mean[t, d]))

            let image = multiply kPhi false weights

            let residuals =
                Matrix.Create(cross.Rows, cross.Columns, (fun i t -> crossPhi[i, t] - image[i, t]))

            let explained = columnDots cross weights
            let linear = columnDots crossPhi weights
            let quadratic = columnDots weights image

            let prediction =
                {
                    Mean = mean.ToArray()
                    Variance =
                        Array2D.init (int mean.Rows) (int mean.Columns) (fun t _ ->
                            max 0.0 (diagonal[t] - explained[t]))
                }

            let product = solved factor kPhi
            let turned = solved factor (multiply kPhi false representer)

            Ok
                {
                    Factor = factor
                    Representer = representer
                    Errors = errors
                    Weights = weights
                    Residuals = residuals
                    Squares = Array.init diagonal.Length (fun t -> diagonal[t] - bias - 2.0 * linear[t] + quadratic[t])
                    Turned = turned
                    Trace = Seq.sum (seq { for i in 0n .. product.Rows - 1n -> product[i, i] })
                    Projections = columnDots train.Targets turned
                    Score = Prediction.score test.Targets prediction
                }

    let private column d (matrix: Matrix) =
        Array.init (int matrix.Rows) (fun i -> matrix[nativeint i, nativeint d])

    let private times (matrix: Matrix) transpose (x: float[]) =
        let y =
            Array.zeroCreate<float>(int (if transpose then matrix.Columns else matrix.Rows))

        LinearAlgebra.Default.Multiply(1.0, matrix, transpose, span x, 0.0, Span y)
        y

    /// g''(D, D)/2 + g'(D) (log L)'(D) of each unit, its features scaled by lambda_1^(-1/2): a column a unit.
    let private contributions (gp: Process) (train: Matrix) (test: Matrix) =
        let points, outputs = float gp.Errors.Rows, int gp.Errors.Columns

        // q = phi(x) - u.phi, Ptest x units.
        let q = test.Clone()
        LinearAlgebra.Default.Multiply(-1.0, gp.Weights, true, train, false, 1.0, q)
        let inverse = solved gp.Factor train
        let h = columnDots train inverse
        let qq = columnDots q q
        let rest = columnDots inverse (multiply gp.Residuals false q)

        let restConstant =
            columnDots gp.Residuals (solved gp.Factor gp.Residuals) |> Array.sum

        let squares = Array.sum gp.Squares
        let units = h.Length

        // log L'(D) and the derivatives of the loss, summed over outputs.
        let slope = Array.init units (fun b -> -0.5 * float outputs * (h[b] - gp.Trace))
        let first = Array.init units (fun b -> float outputs * (qq[b] - squares))

        let second =
            Array.init units (fun b -> -float outputs * (qq[b] * h[b] - 2.0 * rest[b] + restConstant))

        for d in 0 .. outputs - 1 do
            let a, e, z = column d gp.Representer, column d gp.Errors, column d gp.Turned

            let p, qe = times train true a, times q true e
            let rho = times gp.Residuals true a
            let qRho = times q true rho
            let rhoRho, eRho = dot rho rho, dot e rho
            let turned = times train true z
            let left = times gp.Residuals false e
            let leftSolved, leftTurned = times inverse true left, dot left z

            for b in 0 .. units - 1 do
                slope[b] <- slope[b] + 0.5 * (p[b] * p[b] - gp.Projections[d])
                first[b] <- first[b] - 2.0 * (p[b] * qe[b] - eRho)

                second[b] <-
                    second[b] + p[b] * p[b] * qq[b] - 2.0 * p[b] * qRho[b]
                    + rhoRho
                    + 2.0 * (qe[b] * (p[b] * h[b] - turned[b]) - (leftSolved[b] * p[b] - leftTurned))

        Array.init units (fun b -> (second[b] + first[b] * slope[b]) / (points * float outputs))

    let private requireOneLayer (network: Network) =
        Network.requireSequential "The expansion in 1/N" network
        |> Result.bind (fun () ->
            if network.Depth = 1 then
                Ok()
            else
                Error(
                    Unsupported
                        $"The network has {network.Depth} hidden layers: the expansion in 1/N is known for one."
                ))

    let private unitFeatures (network: Network) count =
        let scale = 1.0 / sqrt (List.last network.Priors)

        fun (inputs: Matrix) stream ->
            let features =
                RandomFeatures.draw stream (int inputs.Columns) (Network.withWidth count network)

            fun x ->
                let phi: Matrix = features x

                for i in 0n .. phi.Rows - 1n do
                    let row = phi.Row i

                    for j in 0 .. row.Length - 1 do
                        row[j] <- scale * row[j]

                phi

    let private attempt sampling (network: Network) temperature (test: DataSet) (train: DataSet) =
        result {
            do! requireOneLayer network
            do! Posterior.checkTemperature temperature

            if sampling.Units < 2 then
                return!
                    Error(BadData $"The number of random hidden units is {sampling.Units}: at least two are needed.")
            else
                let! gp = prepare network temperature train test
                let stream = RandomStream.FromSeed sampling.Seed

                let values =
                    [|
                        for start in 0..block .. sampling.Units - 1 do
                            let count = min block (sampling.Units - start)

                            let features =
                                unitFeatures network count train.Inputs (stream.Split(int64 (start / block)))

                            yield! contributions gp (features train.Inputs) (features test.Inputs)
                    |]

                let mean = Array.average values
                let spread = values |> Array.sumBy (fun c -> (c - mean) * (c - mean))
                let count = float values.Length

                return
                    {
                        InfiniteWidth = gp.Score.Loss
                        Coefficient = mean
                        StandardError = sqrt (spread / (count - 1.0) / count)
                    }
        }

    /// The expansion for a network of one hidden layer (its width is of no account) at temperature T, on a training and a test set.
    let solveWith sampling network temperature test train =
        try
            attempt sampling network temperature test train
        with
        | FailureException failure -> Error failure
        | :? InaccurateKernelException as error -> Error(Inaccurate error.Message)

    /// The expansion with the standard number of units.
    let solve network temperature test train =
        solveWith sampling network temperature test train
