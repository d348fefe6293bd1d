namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// A Gaussian process on training and test points in the coordinates of the examples: A = T I + K, a = A^(-1) Y, u = A^(-1) k(x), e = y0 - f(x).
[<NoComparison; NoEquality>]
type internal SolvedProcess =
    {
        /// A^(-1), P x P.
        Inverse: Matrix
        /// a, P x D.
        Representer: Matrix
        /// u, P x Ptest.
        Weights: Matrix
        /// e, Ptest x D.
        Errors: Matrix
    }

/// What single units of a layer add to bias, variance and log evidence to first order in 1/N.
[<NoComparison; NoEquality>]
type internal UnitSlopes =
    {
        Bias: float[]
        Variance: float[]
        /// (log L)'(D).
        Evidence: float[]
        /// The slopes of bias and variance by the curvature of the kernel maps, averaged over equal shares of the units.
        CurvatureBias: float[]
        CurvatureVariance: float[]
    }

/// What a hidden layer below the last leaves out at infinite width. With d = phi phi^T/lambda_l - E[..] the deviation of one of its units, D and E the
/// first and second order of the top kernel in it (`KernelResponse`), g the loss of a Gaussian process and log L its evidence,
///
/// slope = E[ g''(D, D)/2 + g'(E)/2 + g'(D) (log L)'(D) ].
///
/// D is an entrywise product of a unit's features with constant matrices, so that all of it costs O(P (P + Ptest)) a unit; the trace in the variance's
/// second derivative is that of a random sign vector over the test points.
[<Sealed>]
type internal LowerLayer(network: Network, layer: int, solved: SolvedProcess, train: Matrix, test: Matrix) =

    // Curvature is averaged over so many shares of a block, whose spread is its error.
    static let shares = 8

    let product scale a transpose b = UnitAlgebra.product scale a transpose b

    let value symbol =
        Network.tryValue symbol network |> Option.get

    let preactivations l =
        let program = KernelProgram.compile (Theory.preactivations network l)
        let symmetric = KernelProgram.symmetric value train program
        let variances = KernelProgram.diagonal value test program
        let own = symmetric.Diagonal()

        struct ({
                    Left = own
                    Cross = symmetric
                    Right = own
                },
                {
                    Left = own
                    Cross = KernelProgram.cross value train test program
                    Right = variances
                })

    // The mean of phi phi^T/lambda_l: the kernel above without its bias.
    let bias =
        network.Biases[layer]
        |> Option.map (fun precision -> 1.0 / precision)
        |> Option.defaultValue 0.0

    let struct (aboveTrain, aboveTest) = preactivations (layer + 1)
    let without (m: Matrix) = Dense.map (fun k -> k - bias) m
    let meanTrain, meanTest = without aboveTrain.Cross, without aboveTest.Cross

    let ownMeans, ownMeansTest =
        aboveTrain.Left |> Array.map (fun k -> k - bias), aboveTest.Right |> Array.map (fun k -> k - bias)

    let pairs, cross, points =
        let kappa = PairExpectation.ofActivation network.Activation

        let start =
            KernelResponse.pairIdentity train.Rows train.Rows,
            KernelResponse.pairIdentity train.Rows test.Rows,
            KernelResponse.pointIdentity (int train.Rows),
            KernelResponse.pointIdentity (int test.Rows)

        let pairs, cross, _, points =
            (start, [ layer + 1 .. network.Depth ])
            ||> List.fold (fun (pairs, cross, own, points) l ->
                let struct (onTrain, onTest) =
                    if l = layer + 1 then
                        struct (aboveTrain, aboveTest)
                    else
                        preactivations l

                let prior = network.Priors[l]

                KernelResponse.throughAtPairs kappa prior onTrain own own pairs,
                KernelResponse.throughAtPairs kappa prior onTest own points cross,
                KernelResponse.throughAtPoints kappa prior onTrain.Left own,
                KernelResponse.throughAtPoints kappa prior onTest.Right points)

        pairs, cross, points

    let times a b = Dense.map2 (*) a b
    let shiftTrain, shiftTest = times pairs.A meanTrain, times cross.A meanTest
    let outputs = int solved.Representer.Columns
    let testCount = float test.Rows
    let count = testCount * float outputs

    let column d (m: Matrix) =
        Array.init (int m.Rows) (fun i -> m[nativeint i, nativeint d])

    // The derivatives of bias, variance and log evidence in the kernel: between training points, from these to test points, at test points.
    let leaning = product 1.0 solved.Weights false solved.Errors

    let ofBias, ofBiasCross =
        let half = Matrix.Uninitialized(solved.Inverse.Rows, solved.Inverse.Columns)

        LinearAlgebra.Default.Multiply(1.0 / count, leaning, false, solved.Representer, true, 0.0, half)
        let crossed = Matrix.Uninitialized(train.Rows, test.Rows)

        LinearAlgebra.Default.Multiply(-2.0 / count, solved.Representer, false, solved.Errors, true, 0.0, crossed)
        Matrix.Create(half.Rows, half.Columns, (fun i j -> half[i, j] + half[j, i])), crossed

    let ofVariance, ofVarianceCross =
        let squares = Matrix.Uninitialized(solved.Inverse.Rows, solved.Inverse.Columns)

        LinearAlgebra.Default.Gram(solved.Weights, 1.0 / testCount, squares)
        squares, Dense.map (fun u -> -2.0 / testCount * u) solved.Weights

    let ofEvidence =
        let squares = Matrix.Uninitialized(solved.Inverse.Rows, solved.Inverse.Columns)

        LinearAlgebra.Default.Gram(solved.Representer, 0.5, squares)
        Dense.map2 (fun s k -> s - 0.5 * float outputs * k) squares solved.Inverse

    // sum_ij G_ij D_ij between training points, for every unit; D = A d + B d_ii + B^T d_jj.
    let functional (g: Matrix) =
        let form = times g pairs.A
        let own = times g pairs.B |> UnitAlgebra.rowSums |> Array.map (fun b -> 2.0 * b)
        let constant = times form meanTrain |> UnitAlgebra.rowSums |> Array.sum

        fun (phi: Matrix) (deviations: Matrix) ->
            let quadratic = Dense.columnInner phi (product 1.0 form false phi)
            let linear = UnitAlgebra.weighted own deviations
            Array.map2 (fun q l -> q + l - constant) quadratic linear

    let crossFunctional (g: Matrix) =
        let form = times g cross.A
        let left = times g cross.B |> UnitAlgebra.rowSums
        let right = times g cross.C |> UnitAlgebra.columnSums
        let constant = times form meanTest |> UnitAlgebra.rowSums |> Array.sum

        fun (phi: Matrix) (deviations: Matrix) (phi0: Matrix) (deviations0: Matrix) ->
            let quadratic = Dense.columnInner phi (product 1.0 form false phi0)

            let linear =
                Array.map2 (+) (UnitAlgebra.weighted left deviations) (UnitAlgebra.weighted right deviations0)

            Array.map2 (fun q l -> q + l - constant) quadratic linear

    let biasFunctional, biasCross = functional ofBias, crossFunctional ofBiasCross

    let varianceFunctional, varianceCross =
        functional ofVariance, crossFunctional ofVarianceCross

    let evidenceFunctional = functional ofEvidence

    // D V for one column a unit.
    let within (phi: Matrix) (deviations: Matrix) (v: Matrix) =
        let result = times phi (product 1.0 pairs.A false (times phi v))
        LinearAlgebra.Default.Multiply(-1.0, shiftTrain, false, v, false, 1.0, result)
        LinearAlgebra.Default.Multiply(1.0, pairs.C, false, times deviations v, false, 1.0, result)
        Dense.map2 (+) result (times deviations (product 1.0 pairs.B false v))

    // D V from test points to training points.
    let fromTest (phi: Matrix) (deviations: Matrix) (phi0: Matrix) (deviations0: Matrix) (v: Matrix) =
        let result = times phi (product 1.0 cross.A false (times phi0 v))
        LinearAlgebra.Default.Multiply(-1.0, shiftTest, false, v, false, 1.0, result)
        LinearAlgebra.Default.Multiply(1.0, cross.C, false, times deviations0 v, false, 1.0, result)
        Dense.map2 (+) result (times deviations (product 1.0 cross.B false v))

    // D^T V from training points to test points.
    let toTest (phi: Matrix) (deviations: Matrix) (phi0: Matrix) (deviations0: Matrix) (v: Matrix) =
        let result = times phi0 (product 1.0 cross.A true (times phi v))
        LinearAlgebra.Default.Multiply(-1.0, shiftTest, true, v, false, 1.0, result)
        LinearAlgebra.Default.Multiply(1.0, cross.B, true, times deviations v, false, 1.0, result)
        Dense.map2 (+) result (times deviations0 (product 1.0 cross.C true v))

    // Half of what the second order E adds to bias and variance, averaged over some units.
    let curvature (phi: Matrix) (deviations: Matrix) (phi0: Matrix) (deviations0: Matrix) =
        let n = float phi.Columns

        let moments (a: Matrix) (b: Matrix) =
            let result = Matrix.Uninitialized(a.Rows, b.Rows)
            LinearAlgebra.Default.Multiply(1.0 / n, a, false, b, true, 0.0, result)
            result

        let squares (m: Matrix) =
            Array.init (int m.Rows) (fun i ->
                let row = m.Row(nativeint i)
                let mutable sum = 0.0

                for j in 0 .. row.Length - 1 do
                    sum <- sum + row[j] * row[j]

                sum / n)

        // E of pairs, weighted by the derivatives of bias and variance.
        let total
            (response: PairResponse)
            (mean: Matrix)
            (left: Matrix, leftDeviations: Matrix)
            (right: Matrix, rightDeviations: Matrix)
            (gBias: Matrix)
            (gVariance: Matrix)
            =
            let second = moments left right
            let fourth = moments (times left left) (times right right)
            let withLeft = moments (times left leftDeviations) right
            let withRight = moments left (times right rightDeviations)
            let both = moments leftDeviations rightDeviations
            let leftSquares, rightSquares = squares leftDeviations, squares rightDeviations

            let averages (m: Matrix) =
                UnitAlgebra.rowSums m |> Array.map (fun sum -> sum / n)

            let leftMeans, rightMeans = averages leftDeviations, averages rightDeviations
            let mutable bias = 0.0
            let mutable variance = 0.0

            for i in 0n .. mean.Rows - 1n do
                for j in 0n .. mean.Columns - 1n do
                    let k = mean[i, j]

                    let e =
                        response.DD[i, j] * (fourth[i, j] - 2.0 * k * second[i, j] + k * k)
                        + 2.0 * response.DI[i, j] * (withLeft[i, j] - k * leftMeans[int i])
                        + 2.0 * response.DJ[i, j] * (withRight[i, j] - k * rightMeans[int j])
                        + response.II[i, j] * leftSquares[int i]
                        + response.JJ[i, j] * rightSquares[int j]
                        + 2.0 * response.IJ[i, j] * both[i, j]

                    bias <- bias + gBias[i, j] * e
                    variance <- variance + gVariance[i, j] * e

            struct (bias, variance)

        let train', test' = (phi, deviations), (phi0, deviations0)
        let struct (bias, variance) = total pairs meanTrain train' train' ofBias ofVariance

        let struct (bias', variance') =
            total cross meanTest train' test' ofBiasCross ofVarianceCross

        let own =
            Array.map2 (*) points.Second (squares deviations0)
            |> Array.sum
            |> (fun sum -> sum / testCount)

        struct (0.5 * (bias + bias'), 0.5 * (variance + variance' + own))

    let part first length (m: Matrix) =
        m.View(0n, nativeint first, m.Rows, nativeint length).Clone()

    // d_ii of every unit.
    let deviationsOf (means: float[]) (phi: Matrix) =
        Matrix.Create(phi.Rows, phi.Columns, (fun i j -> phi[i, j] * phi[i, j] - means[int i]))

    let units = LayerUnits.create network layer train test
    let scale = 1.0 / sqrt network.Priors[layer]

    /// So many units more, by the random numbers of a stream.
    member _.Draw (stream: RandomStream) units' : UnitSlopes =
        let struct (features, features0) = units (stream.Split 0L) units'

        let phi, phi0 =
            UnitAlgebra.scaled scale units' features, UnitAlgebra.scaled scale units' features0

        let deviations, deviations0 =
            deviationsOf ownMeans phi, deviationsOf ownMeansTest phi0

        let evidence = evidenceFunctional phi deviations

        let firstBias =
            Array.map2 (+) (biasFunctional phi deviations) (biasCross phi deviations phi0 deviations0)

        let own =
            UnitAlgebra.weighted points.First deviations0
            |> Array.map (fun sum -> sum / testCount)

        let firstVariance =
            Array.map3
                (fun a b c -> a + b + c)
                (varianceFunctional phi deviations)
                (varianceCross phi deviations phi0 deviations0)
                own

        // The bias is that of the posterior's mean: what the mean of f moves with the unit is variance.
        let secondBias, movedMeans =
            Array.zeroCreate<float> units', Array.zeroCreate<float> units'

        for d in 0 .. outputs - 1 do
            let representer = UnitAlgebra.repeated units' (column d solved.Representer)
            let turned = within phi deviations representer
            let means = toTest phi deviations phi0 deviations0 representer
            LinearAlgebra.Default.Multiply(-1.0, solved.Weights, true, turned, false, 1.0, means)
            let errors = UnitAlgebra.repeated units' (column d solved.Errors)
            let lean = UnitAlgebra.repeated units' (column d leaning)

            let rest =
                Dense.map2 (-) (fromTest phi deviations phi0 deviations0 errors) (within phi deviations lean)

            let moved = Dense.columnInner means means
            let mixed = Dense.columnInner rest (product 1.0 solved.Inverse false turned)

            for i in 0 .. units' - 1 do
                secondBias[i] <- secondBias[i] + 4.0 * mixed[i] / count
                movedMeans[i] <- movedMeans[i] + 2.0 * moved[i] / count

        let signs =
            let draws = Matrix.Uninitialized(test.Rows, nativeint units')
            (stream.Split 1L).Uniform draws
            Dense.map (fun u -> if u < 0.5 then -1.0 else 1.0) draws

        let rest =
            Dense.map2
                (-)
                (fromTest phi deviations phi0 deviations0 signs)
                (within phi deviations (product 1.0 solved.Weights false signs))

        let secondVariance =
            Dense.columnInner rest (product 1.0 solved.Inverse false rest)
            |> Array.map2 (fun moved square -> moved - 2.0 * square / testCount) movedMeans

        let curved =
            let each = max 1 (units' / shares)

            [|
                for k in 0 .. units' / each - 1 ->
                    let part = part (k * each) each
                    curvature (part phi) (part deviations) (part phi0) (part deviations0)
            |]

        let slope first second =
            Array.map3 (fun f s l -> 0.5 * s + f * l) first second evidence

        {
            Bias = slope firstBias secondBias
            Variance = slope firstVariance secondVariance
            Evidence = evidence
            CurvatureBias = curved |> Array.map (fun struct (bias, _) -> bias)
            CurvatureVariance = curved |> Array.map (fun struct (_, variance) -> variance)
        }
