/// The actions over matrices against their plain, differentiable form: kernels entry by entry, one big matrix, derivatives to second
/// order by differentiation.
module FiniteWidth.Tests.MatrixActionTests

open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

/// What an action is made of, K_R = sum_ij Qbar_ij B_ij over the joined targets.
type System =
    {
        Action: MatrixAction
        /// B_ij, each of the size of the targets.
        Block: int -> int -> DM
        Targets: float[]
        Width: float
    }

let private temperature = 0.07

/// E[sigma sigma] at every pair, from the covariance of all points.
let private dual activation (covariance: float[,]) =
    PairFunction.apply (PairExpectation.ofActivation activation) (DM.ofArray2D covariance)
    |> DM.toArray2D

let private rows (data: DataSet) =
    [| for mu in 0 .. data.Count - 1 -> data.Inputs.Row(nativeint mu).ToArray() |]

let private overlap (a: float[]) (b: float[]) =
    Array.fold2 (fun sum x y -> sum + x * y) 0.0 a b / float a.Length

/// The block of Qbar (x) K that stands behind Qbar_cd.
let private severalOutputs activation seed =
    let outputs = 3
    let stream = RandomStream.FromSeed(uint64 seed)

    let data =
        DataSet.create (gaussian (stream.Split 0L) 6 5) (gaussian (stream.Split 1L) 6 outputs)
        |> Result.orFail

    let priors = [ between seed 1 0.3 3.0; between seed 2 0.3 3.0 ]
    let network = Network.dense activation [ 7 ] |> Network.withPriors priors
    let points = rows data

    let k =
        dual activation (Array2D.init 6 6 (fun i j -> overlap points[i] points[j] / priors[0]))

    {
        Action = (SeveralOutputs.solve network temperature (Study data) |> Result.orFail).Action
        Block =
            fun c d ->
                Array2D.init (6 * outputs) (6 * outputs) (fun i j ->
                    if i / 6 = c && j / 6 = d then
                        k[i % 6, j % 6] / priors[1]
                    else
                        0.0)
                |> DM.ofArray2D
        Targets = [| for d in 0 .. outputs - 1 -> DataSet.target d data |] |> Array.concat
        Width = 7.0
    }

/// Overlapping patches of 2 x 2 on images of 2 x 4, two values a pixel.
let private convolution activation seed =
    let data = dataSet seed 6 16
    let priors = between seed 1 0.3 3.0, between seed 2 0.3 3.0

    let network =
        ConvolutionalNetwork.create
            activation
            5
            (struct (fst priors, snd priors))
            { Height = 2; Width = 4; Channels = 2 }
            2
            1
            Pooling.None
        |> Result.orFail

    let patch (image: float[]) i =
        [|
            for y in 0..1 do
                for x in i .. i + 1 do
                    for c in 0..1 -> image[(y * 4 + x) * 2 + c]
        |]

    // Patch i of image mu is point 6 i + mu.
    let points =
        [|
            for i in 0..2 do
                for image in rows data -> patch image i
        |]

    let k =
        Array2D.init 18 18 (fun a b -> overlap points[a] points[b] / fst priors)
        |> dual activation

    {
        Action = (Convolution.solve network temperature (ConvolutionStudy data) |> Result.orFail).Action
        Block =
            fun i j ->
                Array2D.init 6 6 (fun mu nu -> k[6 * i + mu, 6 * j + nu] / (3.0 * snd priors))
                |> DM.ofArray2D
        Targets = DataSet.target 0 data
        Width = 5.0
    }

let private transfer activation seed =
    let tasks =
        {
            First = dataSet seed 5 4
            Second = dataSet (seed + 1000) 4 4
        }

    let lambda0, lambda1 = between seed 1 0.3 3.0, between seed 2 0.3 3.0
    let gamma = 1.3 * lambda0

    let networks =
        Network.dense activation [ 6 ]
        |> Network.withPriors [ lambda0; lambda1 ]
        |> fun network -> CoupledNetworks.create network gamma |> Result.orFail

    let points =
        [|
            for task, data in [ 0, tasks.First; 1, tasks.Second ] do
                for x in rows data -> task, x
        |]

    let determinant = lambda0 * lambda0 - gamma * gamma / 4.0

    let k =
        Array2D.init 9 9 (fun i j ->
            let (a, x), (b, z) = points[i], points[j]
            (if a = b then lambda0 else gamma / 2.0) / determinant * overlap x z)
        |> dual activation

    {
        Action = (Transfer.solve networks temperature tasks |> Result.orFail).Action
        Block =
            fun a b ->
                Array2D.init 9 9 (fun i j ->
                    if fst points[i] = a && fst points[j] = b then
                        k[i, j] / lambda1
                    else
                        0.0)
                |> DM.ofArray2D
        Targets = Array.append (DataSet.target 0 tasks.First) (DataSet.target 0 tasks.Second)
        Width = 6.0
    }

/// Qbar from its lower triangle, row by row.
let private unpack order (theta: DV) =
    DM.init order order (fun i j -> theta[max i j * (max i j + 1) / 2 + min i j])

/// W, the data's part, by its definition.
let private dataTerm system (theta: DV) : D =
    let order = system.Action.Order

    let kernel =
        [
            for i in 0 .. order - 1 do
                for j in 0 .. order - 1 -> theta[max i j * (max i j + 1) / 2 + min i j] * system.Block i j
        ]
        |> List.reduce (+)

    DifferentiableModel.dataTerm temperature system.Targets kernel / system.Width

let private action system (theta: DV) : D =
    let order = system.Action.Order
    let q = unpack order theta

    DM.trace q - float order - Spd.logDet (Spd.factor q) + dataTerm system theta

/// A symmetric matrix from what differentiation gives for its lower triangle, where an entry beside the diagonal counts twice.
let private ofTriangle order (slopes: float[]) =
    Array2D.init order order (fun i j ->
        let slope = slopes[max i j * (max i j + 1) / 2 + min i j]
        if i = j then slope else slope / 2.0)

let private triangle (q: float[,]) =
    [|
        for i in 0 .. Array2D.length1 q - 1 do
            for j in 0..i -> q[i, j]
    |]

let private positive seed order =
    let r = (gaussian (RandomStream.FromSeed(uint64 (seed + 77))) order order).ToArray()

    Array2D.init order order (fun i j ->
        (if i = j then 0.5 else 0.0)
        + Seq.sum (Seq.init order (fun a -> 0.3 * r[i, a] * r[j, a])))

let private product (a: float[,]) (b: float[,]) =
    Array2D.init (Array2D.length1 a) (Array2D.length2 b) (fun i j ->
        Seq.sum (Seq.init (Array2D.length2 a) (fun k -> a[i, k] * b[k, j])))

let private transpose (a: float[,]) =
    Array2D.init (Array2D.length2 a) (Array2D.length1 a) (fun i j -> a[j, i])

// Both sides round, magnified by A^(-1) ~ 1/T = 14 once a derivative.
let private near (expected: float[,]) (actual: float[,]) (what: string) =
    let size = expected |> Seq.cast<float> |> Seq.map abs |> Seq.max
    Expect.matrixWithin (1e-10 * (1.0 + size)) actual expected what

let private systems =
    [
        "several outputs", severalOutputs
        "convolution", convolution
        "transfer", transfer
    ]

let private cases =
    [
        for name, system in systems do
            for activation in [ Activation.erf; Activation.relu; Activation.sin ] ->
                $"{name}, {activation}", (activation, system)
    ]

/// S = Tr Qbar - n - log det Qbar - (1/2) sum_k c_k (v_k . (Qbar - I) v_k)^2, v_k orthonormal: stationary at I, where its Hessian is the
/// identity but for the eigenvalues 1 - c_k along v_k v_k^T.
let private curvedAt (c: float list) : MatrixAction =
    let n = 8
    // Columns of the discrete cosine transform: no coordinate is one of them.
    let v k (i: nativeint) =
        let size = if k = 0 then sqrt (1.0 / float n) else sqrt (2.0 / float n)
        size * cos (System.Math.PI * float k * (float i + 0.5) / float n)

    let indices = [ 0n .. nativeint n - 1n ]

    let along (m: Matrix) k =
        List.allPairs indices indices
        |> List.sumBy (fun (i, j) -> v k i * m[i, j] * v k j)

    let outer factor =
        Matrix.Create(nativeint n, nativeint n, (fun i j -> Seq.sum (Seq.mapi (fun k f -> f * v k i * v k j) factor)))

    let congruent (r: Matrix) (m: Matrix) transposed =
        let half = Matrix.Uninitialized(nativeint n, nativeint n)
        let result = Matrix.Uninitialized(nativeint n, nativeint n)
        LinearAlgebra.Managed.Multiply(1.0, r, transposed, m, false, 0.0, half)
        LinearAlgebra.Managed.Multiply(1.0, half, false, r, not transposed, 0.0, result)
        result

    let expand (q: PositiveMatrix) =
        let shift = c |> List.mapi (fun k _ -> along q.Entries k - 1.0)

        let expansion: MatrixExpansion =
            {
                Value = -0.5 * List.sum (List.map2 (fun c s -> c * s * s) c shift)
                Gradient = lazy (congruent q.Root (List.map2 (fun c s -> -c * s) c shift |> outer) true)
                Curvature =
                    fun x ->
                        let direction = congruent q.Root x false
                        let slopes = c |> List.mapi (fun k c -> -c * along direction k)
                        congruent q.Root (outer slopes) true
            }

        Some expansion

    {
        Order = n
        Layers = 1
        Expand = expand
        Size = 1.0
        Symmetric =
            {
                OrderParameters = [ Symbol.Qbar 1 ]
                Value = fun s -> float n * (s[0] - 1.0 - log s[0])
                Gradient = fun s -> [| float n * (1.0 - 1.0 / s[0]) |]
                Hessian = None
                Sizes = fun _ -> [| float n |]
                Rounding = fun _ -> 0.0
                Range = struct (-1.0, 1.0)
                Cost = Cost.Small
                Scan = None
            }
        Cost = Cost.Large
    }

let tests =
    testList "Matrix action" [
        testCases "Action, gradient and Hessian are the plain ones" cases (fun (activation, create) ->
            for seed in 1..4 do
                let system = create activation seed
                let order = system.Action.Order
                let q = positive seed order
                let theta = DV(triangle q)
                let value, gradient = grad' (action system) theta
                let expected = value.Value
                let actual = MatrixSaddle.value system.Action q
                Expect.within (1e-10 * (1.0 + abs expected)) actual expected "value"
                near (ofTriangle order (DV.toArray gradient)) (MatrixSaddle.gradient system.Action q) "gradient"

                // R^T W''[R X R^T] R of the expansion, against the second derivatives along the direction R X R^T.
                let mutable point = None

                MatrixSaddle.value
                    { system.Action with
                        Expand =
                            fun q ->
                                point <- Some q
                                system.Action.Expand q
                    }
                    q
                |> ignore

                let root = point.Value.Root.ToArray()
                let x = positive (seed + 1) order
                let direction = product (product root x) (transpose root)
                let hessian = hessian (dataTerm system) theta |> DM.toArray2D

                let along =
                    Array.init (Array2D.length1 hessian) (fun i ->
                        Array.mapi (fun j d -> hessian[i, j] * d) (triangle direction) |> Array.sum)

                let expected = product (product (transpose root) (ofTriangle order along)) root

                let curvature =
                    (system.Action.Expand point.Value).Value.Curvature(Matrix.FromArray x)

                near expected (curvature.ToArray()) "Hessian")

        testCase "A few products with the Hessian tell a minimum from saddles, and count their directions" (fun () ->
            for c, expected in
                [
                    [ 0.9; -3.0; 0.5 ], Kind.Minimum
                    [ 0.3; 1.5; -2.0 ], Kind.Saddle 1
                    [ 1.4; 0.5; 3.0 ], Kind.Saddle 2
                ] do
                let found = curvedAt c |> MatrixSaddle.solve SaddlePoint.defaults |> Result.orFail
                Expect.equal found.Chosen.Kind expected "kind of chosen"
                Expect.within 1e-12 (found.Chosen.OrderParameter[0, 0]) 1.0 "order parameter")
    ]
