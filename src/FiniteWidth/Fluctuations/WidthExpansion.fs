namespace FiniteWidth

open System
open System.Collections.Generic
open FiniteWidth.Numerics

/// The test loss of one hidden layer to first order in its inverse width, with the hidden units as they are:
///
/// loss(N) = loss(infinity) + slope/N + O(1/N^2).
///
/// Given the hidden layer f is a Gaussian process of kernel sum_i phi_i phi_i^T/(lambda_1 N), a mean over N independent units. With
/// D = phi phi^T/lambda_1 - K the deviation of one unit, g the loss of a Gaussian process on the test set and log L its evidence, both as
/// functions of the kernel,
///
/// slope = E[ g''(D, D)/2 + g'(D) (log L)'(D) ],
///
/// averaged over random units: none is taken for Gaussian. A theory that takes them for Gaussian has a slope of its own
/// (`Criterion.Slope`), and what that assumption costs is to first order the difference of the two over N.
type WidthExpansion =
    {
        /// Bias, variance and loss at infinite width.
        InfiniteWidth: Score
        /// Their derivatives with respect to 1/N at infinite width.
        Slope: Score
        /// The standard errors of the slopes: units are drawn at random.
        SlopeError: Score
    }

    /// The loss at a width to first order in its inverse; none where the first order is no longer small against the zeroth.
    member this.TryLoss(width: int) =
        let first = this.Slope.Loss / float width

        if abs first < 0.5 * this.InfiniteWidth.Loss then
            Some(this.InfiniteWidth.Loss + first)
        else
            None

    /// How far a theory of the given slope is off at a width, to first order in its inverse: |slope - exact slope|/N. The expansion holds
    /// where this is small against the loss; where it is not, neither is what the theory leaves out.
    member this.AssumptionError(slope: float, width: int) =
        abs (slope - this.Slope.Loss) / float width

    /// The width above which a theory of the given slope is off by at most a share of the loss, to first order.
    member this.WidthFor(slope: float, share: float) =
        abs (slope - this.Slope.Loss) / (share * this.InfiniteWidth.Loss)

[<RequireQualifiedAccess>]
module WidthExpansion =

    /// How the slope is averaged.
    type Sampling =
        {
            /// The number of random hidden units.
            Units: int
            Seed: uint64
        }

    // Operations that an answer in seconds may take.
    let private affordable = 1e11

    /// 20000 units, fewer (at least 1000) where there are so many examples that the answer would take more than seconds.
    let standard (test: DataSet) (train: DataSet) =
        let p, t, n = float train.Count, float test.Count, float train.Features
        let unit = 2.0 * p * p + 4.0 * p * t + 2.0 * n * (p + t)

        {
            Units = int (Math.Clamp(affordable / unit, 1000.0, 20000.0))
            Seed = 1UL
        }

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

    /// tr A^(-1) = |L^(-1)|^2 from the Cholesky factor of A.
    let private traceOfInverse (factor: Matrix) =
        let inverse =
            Matrix.Create(factor.Rows, factor.Rows, (fun i j -> if i = j then 1.0 else 0.0))

        LinearAlgebra.Default.SolveTriangular(factor, false, inverse)
        columnDots inverse inverse |> Array.sum

    /// What does not depend on the unit: A = T I + K and u = A^(-1) k(x). Of a unit's value phi(x) the training points leave q = phi(x) - u.phi,
    /// and E[phi q] = T u.
    [<NoComparison; NoEquality>]
    type private Process =
        {
            Temperature: float
            Factor: Matrix
            /// A^(-1) Y, P x D.
            Representer: Matrix
            /// y0 - f(x), Ptest x D.
            Errors: Matrix
            /// u, P x Ptest.
            Weights: Matrix
            /// The sum of u.A^(-1) u over test points.
            WeightNorm: float
            /// The sum of E[q^2] over test points.
            Squares: float
            /// A^(-1) K A^(-1) Y, P x D.
            Turned: Matrix
            /// tr A^(-1) K.
            Trace: float
            /// E[(a.phi)^2], a = A^(-1) y, of each output.
            Projections: float[]
        }

    let private prepare (network: Network) temperature (train: DataSet) (test: DataSet) =
        let program = KernelProgram.compile (Theory.infiniteWidth network).Kernel
        let value = EffectiveAction.bind network [] [||]
        let k = KernelProgram.symmetric value train.Inputs program
        let cross = KernelProgram.cross value train.Inputs test.Inputs program
        let diagonal = KernelProgram.diagonal value test.Inputs program

        for i in 0n .. k.Rows - 1n do
            k[i, i] <- k[i, i] + temperature

        let minor = LinearAlgebra.Default.Cholesky k
        let factor = k

        if minor <> 0n then
            Error(SingularKernel(int minor - 1, train.Count))
        else
            let representer = solved factor train.Targets
            let weights = solved factor cross
            let mean = multiply cross true representer
            let inner = columnDots weights weights |> Array.sum

            // K = A - T I: A^(-1) K = I - T A^(-1).
            let turned = representer.Clone()
            let twice = solved factor representer

            for i in 0n .. turned.Rows - 1n do
                for d in 0n .. turned.Columns - 1n do
                    turned[i, d] <- turned[i, d] - temperature * twice[i, d]

            Ok
                {
                    Temperature = temperature
                    Factor = factor
                    Representer = representer
                    Errors = Matrix.Create(mean.Rows, mean.Columns, (fun t d -> test.Targets[t, d] - mean[t, d]))
                    Weights = weights
                    WeightNorm = columnDots weights (solved factor weights) |> Array.sum
                    Squares = Array.sum diagonal - Array.sum (columnDots cross weights) - temperature * inner
                    Turned = turned
                    Trace =
                        if temperature = 0.0 then
                            float train.Count
                        else
                            float train.Count - temperature * traceOfInverse factor
                    Projections = columnDots train.Targets turned
                }

    let private column d (matrix: Matrix) =
        Array.init (int matrix.Rows) (fun i -> matrix[nativeint i, nativeint d])

    let private times (matrix: Matrix) transpose (x: float[]) =
        let y =
            Array.zeroCreate<float>(int (if transpose then matrix.Columns else matrix.Rows))

        LinearAlgebra.Default.Multiply(1.0, matrix, transpose, span x, 0.0, Span y)
        y

    /// g''(D, D)/2 + g'(D) (log L)'(D) of each unit for the bias and for the variance, its features scaled by lambda_1^(-1/2): a column a unit.
    let private contributions (gp: Process) (train: Matrix) (test: Matrix) =
        let points, outputs = float gp.Errors.Rows, int gp.Errors.Columns

        // q = phi(x) - u.phi, Ptest x units.
        let q = test.Clone()
        LinearAlgebra.Default.Multiply(-1.0, gp.Weights, true, train, false, 1.0, q)
        let inverse = solved gp.Factor train
        let h = columnDots train inverse
        let qq = columnDots q q
        let rest = columnDots inverse (multiply gp.Weights false q)
        let temperature = gp.Temperature
        let units = h.Length

        // (log L)'(D), and of the variance and the bias, summed over test points and outputs, first derivatives and halves of second ones.
        let slope = Array.init units (fun b -> -0.5 * float outputs * (h[b] - gp.Trace))
        let variance = Array.init units (fun b -> float outputs * (qq[b] - gp.Squares))

        let varianceSecond =
            Array.init units (fun b ->
                -float outputs
                * (qq[b] * h[b] - 2.0 * temperature * rest[b]
                   + temperature * temperature * gp.WeightNorm))

        let bias, biasSecond = Array.zeroCreate<float> units, Array.zeroCreate<float> units

        for d in 0 .. outputs - 1 do
            let a, e, z = column d gp.Representer, column d gp.Errors, column d gp.Turned

            let p, qe = times train true a, times q true e
            let rho = times gp.Weights true a |> Array.map (fun x -> temperature * x)
            let qRho = times q true rho
            let rhoRho, eRho = dot rho rho, dot e rho
            let turned = times train true z
            let left = times gp.Weights false e |> Array.map (fun x -> temperature * x)
            let leftSolved, leftTurned = times inverse true left, dot left z

            for b in 0 .. units - 1 do
                slope[b] <- slope[b] + 0.5 * (p[b] * p[b] - gp.Projections[d])
                bias[b] <- bias[b] - 2.0 * (p[b] * qe[b] - eRho)

                biasSecond[b] <-
                    biasSecond[b]
                    + 2.0 * (qe[b] * (p[b] * h[b] - turned[b]) - (leftSolved[b] * p[b] - leftTurned))

                // The mean of f given the hidden layer fluctuates with it: variance of f, not bias.
                varianceSecond[b] <- varianceSecond[b] + p[b] * p[b] * qq[b] - 2.0 * p[b] * qRho[b] + rhoRho

        let perPoint (first: float[]) (second: float[]) =
            Array.init units (fun b -> (second[b] + first[b] * slope[b]) / (points * float outputs))

        perPoint bias biasSecond, perPoint variance varianceSecond

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

    let private standardError (values: float[]) =
        let mean = Array.average values
        let count = float values.Length

        sqrt (
            (values |> Array.sumBy (fun x -> (x - mean) * (x - mean)))
            / (count - 1.0)
            / count
        )

    let private attempt sampling (network: Network) temperature (test: DataSet) (study: Study) =
        result {
            do! requireOneLayer network
            // It refuses what no Gaussian process is: a temperature below zero, a kernel that is singular at T = 0.
            let! infinite = Posterior.solve Theory.infiniteWidth network temperature study
            let train = study.Train

            if sampling.Units < 2 then
                return!
                    Error(BadData $"The number of random hidden units is {sampling.Units}: at least two are needed.")
            else
                let! gp = prepare network temperature train test
                let stream = RandomStream.FromSeed sampling.Seed

                let blocks =
                    [|
                        for start in 0..block .. sampling.Units - 1 do
                            let count = min block (sampling.Units - start)

                            let features =
                                unitFeatures network count train.Inputs (stream.Split(int64 (start / block)))

                            contributions gp (features train.Inputs) (features test.Inputs)
                    |]

                let bias, variance = Array.collect fst blocks, Array.collect snd blocks

                let each f =
                    f (Array.map2 (+) bias variance), f bias, f variance

                let score (loss, bias, variance) =
                    {
                        Loss = loss
                        Bias = bias
                        Variance = variance
                    }

                return
                    {
                        InfiniteWidth = Posterior.score test infinite
                        Slope = score (each Array.average)
                        SlopeError = score (each standardError)
                    }
        }

    /// The expansion for a network of one hidden layer (its width is of no account) at temperature T, on a study's training set and a test set.
    let solveWith sampling network temperature test study =
        try
            attempt sampling network temperature test study
        with
        | FailureException failure -> Error failure
        | :? InaccurateKernelException as error -> Error(Inaccurate error.Message)

    /// The expansion with the standard number of units.
    let solve network temperature test (study: Study) =
        solveWith (standard test study.Train) network temperature test study

    /// `solve` that keeps what it has found: the slope is the same at every width.
    let solver test study =
        let known = Dictionary<Network * float, Result<WidthExpansion, Failure>>()

        fun network temperature ->
            let key = Network.withWidth 1 network, temperature

            match known.TryGetValue key with
            | true, expansion -> expansion
            | _ ->
                let expansion = solve network temperature test study
                known.Add(key, expansion)
                expansion
