/// Networks on images (theory section 13): kernels of infinite width, the product form, limits, bad input.
module FiniteWidth.Tests.DeepConvolutionTests

open System
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private image height width channels : ImageShape =
    {
        Height = height
        Width = width
        Channels = channels
    }

let private layer patch stride padding =
    {
        Channels = 30
        Patch = patch
        Stride = stride
        Padding = padding
    }

let private valid, same = Padding.Valid, Padding.Same
let private one = struct (1, 1)

let private network activation shape layers pooling dense priors biases =
    ImageNetwork.create activation shape layers pooling (List.replicate dense 30) priors biases
    |> Result.orFail

// Images that any language can repeat.
let private inputs count features =
    Matrix.Create(
        nativeint count,
        nativeint features,
        fun mu i -> sin (1.3 * float mu + 0.7 * float i + 0.11 * float mu * float i)
    )

let private features (network: ImageNetwork) =
    network.Image.Height * network.Image.Width * network.Image.Channels

/// Lower triangles of kernel and tangent kernel on three images, by a numpy recursion over whole arrays of pairs of positions.
let private golden =
    [
        "strides and a padding that is not symmetric",
        network
            Activation.erf
            (image 6 7 1)
            [ layer (struct (3, 3)) (struct (2, 2)) same; layer (struct (3, 2)) one valid ]
            Pooling.None
            0 [ 1.0; 0.5; 2.0 ] [ None; None ],
        [
            0.1792522405547989
            -0.05627285168171518
            0.1779656267025337
            -0.02244677193783181
            -0.0503994633616801
            0.1788814913025446
        ],
        [
            0.5976163955117734
            -0.1719265248923759
            0.5929788647719098
            -0.0680267710443876
            -0.1548133085812609
            0.5975720574322348
        ]
        "an average, biases, colours",
        network
            Activation.erf
            (image 5 5 2)
            [ layer (struct (3, 3)) one same; layer (struct (3, 3)) one same ]
            Pooling.Average
            0 [ 1.0; 0.7; 1.5 ] [ Some 2.0; Some 4.0 ],
        [
            0.159407726214278
            0.1574667670752654
            0.158645184213271
            0.1566142226376887
            0.1573762206422566
            0.1587556937530755
        ],
        [
            0.4119612233049452
            0.4007015724192735
            0.4089669181184556
            0.3954432399038846
            0.4003231643050724
            0.4097806053410667
        ]
        "zeros around the image and a fully connected layer",
        network
            Activation.relu
            (image 6 6 1)
            [
                layer (struct (3, 3)) one (Padding.Zeros 1)
                layer (struct (2, 2)) (struct (2, 2)) valid
            ]
            Pooling.None
            1 [ 0.5; 0.5; 0.5; 1.0 ] [ None; None; Some 3.0 ],
        [
            0.5640789904286267
            0.3682539425920415
            0.5656923640397853
            0.3951750232497146
            0.3638335778102381
            0.552105261638167
        ],
        [
            1.922982628381174
            0.5865991804567021
            1.929436122825808
            0.715519433917073
            0.5768985463580875
            1.875087713219334
        ]
        "an average, then a fully connected layer",
        network Activation.relu (image 4 6 2) [ layer (struct (2, 3)) (struct (1, 2)) same ] Pooling.Average 1 [
            0.5
            0.5
            1.0
        ] [ None; Some 5.0 ],
        [
            0.2406505906293706
            0.236299997549541
            0.2650182217388666
            0.2267751782914771
            0.2418725620459537
            0.2472076366562072
        ],
        [
            0.5363078287258326
            0.4722376125302284
            0.6307604397046013
            0.4349469708128487
            0.4917087723954099
            0.5536076999391097
        ]
    ]

let private lowerTriangle (k: Matrix) =
    [
        for mu in 0n .. k.Rows - 1n do
            for nu in 0n .. mu -> k[mu, nu]
    ]

let private closeTo expected actual name =
    List.iter2 (fun e a -> Expect.within 1e-12 a e name) expected actual

let private infiniteWidth =
    [
        for name, network, kernel, tangent in golden do
            test $"kernel and tangent kernel: {name}" {
                let x = inputs 3 (features network)
                closeTo kernel (ImageKernels.kernel x network |> Result.orFail |> lowerTriangle) "kernel"
                closeTo tangent (ImageKernels.tangent x network |> Result.orFail |> lowerTriangle) "tangent kernel"
            }

            test $"one set against another, and variances: {name}" {
                let x = inputs 5 (features network)
                let whole = ImageKernels.symmetric ignore CancellationToken.None x network
                let few = x.View(1n, 0n, 3n, x.Columns)
                let part = ImageKernels.cross ignore CancellationToken.None x few network

                for mu in 0n .. 4n do
                    for nu in 0n .. 2n do
                        Expect.within 1e-14 part[mu, nu] whole[mu, nu + 1n] "cross kernel"

                ImageKernels.variances x network
                |> Array.iteri (fun mu variance ->
                    Expect.within 1e-14 variance whole[nativeint mu, nativeint mu] "variance")
            }

        test "random networks of many channels have that kernel" {
            let network =
                network
                    Activation.relu
                    (image 4 5 1)
                    [ layer (struct (3, 3)) one same; layer (struct (2, 2)) (struct (2, 1)) valid ]
                    Pooling.Average
                    0 [ 1.0; 0.5; 1.0 ] [ None; None ]

            let x = inputs 2 20
            let k = ImageKernels.kernel x network |> Result.orFail
            // The sum of squares over the channels of one random network of so many, averaged over positions, in batches.
            let channels, batches = 40, 400
            let random = Random 5

            let normal () =
                sqrt (-2.0 * log (1.0 - random.NextDouble()))
                * cos (2.0 * Math.PI * random.NextDouble())

            let pixel mu y z =
                if y < 0 || z < 0 || y > 3 || z > 4 then
                    0.0
                else
                    x[mu, nativeint (5 * y + z)]

            let sample () =
                let first = Array.init channels (fun _ -> Array.init 9 (fun _ -> normal ()))

                let hidden mu =
                    Array.map
                        (fun (w: float[]) ->
                            Array2D.init 4 5 (fun y z ->
                                let sum =
                                    Seq.sum (seq { for t in 0..8 -> w[t] * pixel mu (y + t / 3 - 1) (z + t % 3 - 1) })

                                max 0.0 (sum / 3.0)))
                        first

                let weights = Array.init channels (fun _ -> Array.init 4 (fun _ -> normal ()))
                let below = [| hidden 0n; hidden 1n |]

                // One channel of the second layer, averaged over its 2 x 4 positions.
                let averages =
                    below
                    |> Array.map (fun hidden ->
                        Seq.average (
                            seq {
                                for y in 0..1 do
                                    for z in 0..3 do
                                        let sum =
                                            Seq.sum (
                                                seq {
                                                    for c in 0 .. channels - 1 do
                                                        for t in 0..3 ->
                                                            weights[c][t] * hidden[c][2 * y + t / 2, z + t % 2]
                                                }
                                            )

                                        max 0.0 (sum / sqrt (0.5 * 4.0 * float channels))
                            }
                        ))

                [|
                    averages[0] * averages[0]
                    averages[0] * averages[1]
                    averages[1] * averages[1]
                |]

            let draws = Array.init batches (fun _ -> sample ())

            for k', expected in [ 0, k[0n, 0n]; 1, k[0n, 1n]; 2, k[1n, 1n] ] do
                let values = draws |> Array.map (fun draw -> draw[k'])
                let mean = Array.average values

                let error =
                    sqrt ((values |> Array.averageBy (fun value -> (value - mean) ** 2.0)) / float batches)

                // Channels are 40, not infinitely many: a few per cent besides.
                Expect.isLessThan (abs (mean - expected)) (4.5 * error + 0.02 * expected) "the average"
        }
    ]

let private digits =
    lazy
        (let random = Random 3
         let x = Matrix.Create(12n, 36n, (fun _ _ -> 2.0 * random.NextDouble() - 1.0))
         let y = Matrix.Create(12n, 1n, (fun mu _ -> if mu % 2n = 0n then 1.0 else -1.0))
         DataSet.create x y |> Result.orFail)

let private deep channels =
    network
        Activation.erf
        (image 6 6 1)
        [
            { layer (struct (3, 3)) one valid with
                Channels = channels
            }
            { layer (struct (2, 2)) (struct (2, 2)) valid with
                Channels = channels
            }
        ]
        Pooling.None
        0 [ 1.0; 0.5; 0.5 ] [ None; None ]

let private solve network =
    DeepConvolution.solve network 0.1 (ImageStudy digits.Value) |> Result.orFail

let private finite =
    [
        test "one layer is the theory of one layer" {
            for pooling in [ Pooling.None; Pooling.Average ] do
                let data = digits.Value

                let plain =
                    ConvolutionalNetwork.create Activation.erf 20 (struct (0.7, 0.4)) (image 6 6 1) 3 3 pooling
                    |> Result.orFail

                let expected = Convolution.solve plain 0.1 (ConvolutionStudy data) |> Result.orFail

                let same =
                    network
                        Activation.erf
                        (image 6 6 1)
                        [
                            { layer (struct (3, 3)) (struct (3, 3)) valid with
                                Channels = 20
                            }
                        ]
                        pooling
                        0 [ 0.7; 0.4 ] [ None ]

                let actual = DeepConvolution.solve same 0.1 (ImageStudy data) |> Result.orFail

                Array.iter2
                    (fun (e: float) a -> Expect.within 1e-10 a e "Qbar")
                    (expected.OrderParameter |> Seq.cast<float> |> Array.ofSeq)
                    (actual.OrderParameter |> Seq.cast<float> |> Array.ofSeq)

                let e, a = Convolution.score data expected, DeepConvolution.score data actual
                Expect.within 1e-10 a.Loss e.Loss "loss"
                Expect.within 1e-10 a.Variance e.Variance "variance"

                Expect.within
                    1e-9
                    (DeepConvolution.logEvidence actual)
                    (Convolution.logEvidence expected)
                    "log evidence"
        }

        test "an image of one pixel is the product form of a fully connected network" {
            let data = dataSet 4 10 5
            let widths, priors = [ 25; 25 ], [ 1.0; 0.6; 0.8 ]

            let dense =
                Network.create Activation.tanh widths priors [ None; None ] |> Result.orFail

            let expected =
                Posterior.solve Theory.wishart dense 0.2 (Study data) |> Result.orFail

            let filters =
                { layer one one valid with
                    Channels = 25
                }

            for layers, widths in [ [ filters; filters ], []; [ filters ], [ 25 ] ] do
                let network =
                    ImageNetwork.create Activation.tanh (image 1 1 data.Features) layers Pooling.None widths priors [
                        None
                        None
                    ]
                    |> Result.orFail

                let actual = DeepConvolution.solve network 0.2 (ImageStudy data) |> Result.orFail
                let e, a = Posterior.score data expected, DeepConvolution.score data actual
                Expect.within 1e-8 a.Loss e.Loss "loss"
                Expect.within 1e-8 (DeepConvolution.logEvidence actual) (Posterior.logEvidence expected) "log evidence"
        }

        test "the saddle is a stationary point" {
            let posterior = solve (deep 30)
            Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-8 "residual"
            let q = posterior.OrderParameter

            // By differences of the action itself.
            for i in 0..3 do
                for j in 0..i do
                    let moved step =
                        let changed = Array2D.copy q
                        changed[i, j] <- changed[i, j] + step

                        if i <> j then
                            changed[j, i] <- changed[j, i] + step

                        MatrixSaddle.value posterior.Action changed

                    Expect.within 1e-6 ((moved 1e-4 - moved -1e-4) / 2e-4) 0.0 "derivative"
        }

        test "Qbar becomes the identity as channels become many, and the prediction that of infinite width" {
            let study = ImageStudy digits.Value

            let distance channels =
                let posterior = DeepConvolution.solve (deep channels) 0.1 study |> Result.orFail

                Seq.max (
                    seq {
                        for i in 0..3 do
                            for j in 0..3 -> abs (posterior.OrderParameter[i, j] - (if i = j then 1.0 else 0.0))
                    }
                )

            Expect.isLessThan (distance 1_000_000) 1e-4 "distance"
            Expect.isLessThan (distance 1_000_000 / distance 1_000) 1.5e-3 "falls as 1/N"

            let wide = DeepConvolution.solve (deep 1_000_000_00) 0.1 study |> Result.orFail
            let infinite = DeepConvolution.infiniteWidth (deep 30) 0.1 study |> Result.orFail

            let a, b =
                DeepConvolution.score digits.Value wide, DeepConvolution.score digits.Value infinite

            Expect.within 1e-6 a.Loss b.Loss "loss"
        }

        test "an average makes the order parameter one number" {
            let posterior = solve (ImageNetwork.pooled (deep 30))
            Expect.equal (Array2D.length1 posterior.OrderParameter) 1 "order"
            Expect.isLessThan posterior.SaddlePoint.Chosen.Residual 1e-8 "residual"
        }
    ]

let private alternating count offset =
    Matrix.Create(nativeint count, 1n, (fun mu _ -> if (int mu + offset) % 2 = 0 then 1.0 else -1.0))

let private layered activation widths priors =
    let filters =
        [ layer (struct (3, 3)) one valid; layer (struct (2, 2)) (struct (2, 2)) valid ]

    ImageNetwork.create
        activation
        (image 6 6 1)
        (List.map2 ConvolutionalLayer.withChannels widths filters)
        Pooling.None
        []
        priors
        [ None; None ]
    |> Result.orFail

let private kept =
    [
        test
            "kernels come back from a folder to the bit, damaged files count as none, and what they depend on is in their name" {
            let folder = IO.Directory.CreateTempSubdirectory "finitewidth-kernels-"

            try
                let compute value () =
                    // Kept is what took long.
                    Thread.Sleep 2100
                    Matrix.Create(3n, 5n, (fun i j -> value / float (i + 2n * j + 1n)))

                let get value key =
                    KernelStore.getOrAdd (Some folder.FullName) key 3n 5n (compute value)

                let first = get 1.0 "a"

                let entries (m: Matrix) =
                    m.ToArray() |> Seq.cast<float> |> List.ofSeq

                Expect.equal (entries (get 2.0 "a")) (entries first) "read back"
                let file = (Array.head (folder.GetFiles "*.kernel")).FullName
                let bytes = IO.File.ReadAllBytes file
                bytes[60] <- bytes[60] ^^^ 1uy
                IO.File.WriteAllBytes(file, bytes)
                Expect.notEqual (entries (get 2.0 "a")) (entries first) "damaged"
                IO.File.WriteAllBytes(file, bytes[..80])
                Expect.equal (entries (get 1.0 "a")) (entries first) "truncated"

                let key numbers inputs =
                    KernelStore.key [ "x" ] numbers [ inputs ]

                let x = inputs 2 3
                Expect.equal (key [ 1.0 ] x) (key [ 1.0 ] (x.Clone())) "the same key"
                Expect.notEqual (key [ 1.0 ] x) (key [ 2.0 ] x) "another prior"
                Expect.notEqual (key [ 1.0 ] x) (key [ 1.0 ] (inputs 3 2)) "other inputs"
            finally
                folder.Delete true
        }

        test "a sweep computes its kernels once" {
            let mutable rows = 0

            let study =
                ImageStudy(
                    digits.Value,
                    (fun () -> Interlocked.Increment &rows |> ignore),
                    CancellationToken.None,
                    None
                )

            for channels in [ 10; 30; 90 ] do
                for prior in [ 0.5; 2.0 ] do
                    let network = deep channels |> ImageNetwork.withReadoutPrior prior |> Result.orFail
                    let posterior = DeepConvolution.solve network 0.1 study |> Result.orFail
                    DeepConvolution.score digits.Value posterior |> ignore

            // Once between the training images, and once between them and the test images.
            Expect.equal rows 24 "rows"
        }

        test "infinite width predicts as a Gaussian process with the kernel of all images" {
            let split = digits.Value
            let others = inputs 5 36

            for network in
                [
                    deep 30
                    ImageNetwork.pooled (deep 30)
                    ImageNetwork.withDense [ 7 ] (deep 30)
                ] do
                let all =
                    Matrix.Create(
                        17n,
                        36n,
                        fun mu i ->
                            if mu < 12n then
                                split.Inputs[mu, i]
                            else
                                others[mu - 12n, i]
                    )

                let k = ImageKernels.kernel all network |> Result.orFail

                let a =
                    Matrix.Create(12n, 12n, (fun mu nu -> k[mu, nu] + (if mu = nu then 0.1 else 0.0)))

                Expect.equal (LinearAlgebra.Default.Cholesky a) 0n "positive"

                let posterior =
                    DeepConvolution.infiniteWidth network 0.1 (ImageStudy split) |> Result.orFail

                let prediction = DeepConvolution.predict others posterior

                for t in 0..4 do
                    let row = Array.init 12 (fun mu -> k[nativeint mu, 12n + nativeint t])
                    let solved = Array.copy row
                    LinearAlgebra.Default.Solve(a, Span solved)

                    let mean =
                        Seq.sum (seq { for mu in 0..11 -> solved[mu] * split.Targets[nativeint mu, 0n] })

                    let own = k[12n + nativeint t, 12n + nativeint t]
                    Expect.within 1e-11 prediction.Mean[t, 0] mean "mean"

                    Expect.within
                        1e-11
                        prediction.Variance[t, 0]
                        (own - Array.fold2 (fun sum x y -> sum + x * y) 0.0 solved row)
                        "variance"
        }
    ]

let private hierarchical =
    [
        // By numpy and scipy: M_l by their Cholesky factors, minimised with differences of S.
        testTheory
            "the minimum, its order parameters and predictions, by an independent program"
            [
                Activation.erf,
                [ 6; 9 ],
                3.1679772618958286,
                [ 0.38140501601072063; 0.08715468544999261; -0.20152989734879118 ],
                [ 0.40926511476459615; 0.6820069871033838; 0.7134859186143803 ],
                [
                    0.9084256053529465
                    0.9514594643015035
                    0.9812529241195681
                    1.0041867313679562
                ]
                Activation.linear,
                [ 5; 5 ],
                4.051927137105858,
                [ 0.47579103153843616; 0.035909540146865634; -0.2028357521850366 ],
                [ 0.5999844269334553; 1.3492185389448357; 1.4656846848240752 ],
                [
                    0.7111755580834375
                    0.7906145615242909
                    0.8868749404569061
                    0.9208361219384615
                ]
            ]
            (fun (activation, widths, action, means, variances, eigenvalues) ->
                let all = inputs 11 36

                let train =
                    DataSet.create (all.View(0n, 0n, 8n, 36n)) (alternating 8 0) |> Result.orFail

                let posterior =
                    HierarchicalConvolution.solve (layered activation widths [ 1.0; 0.5; 0.5 ]) 0.1 (ImageStudy train)
                    |> Result.orFail

                Expect.within 1e-9 posterior.Action action "action"
                Expect.isLessThan posterior.Residual 1e-8 "residual"

                let prediction =
                    HierarchicalConvolution.predict (all.View(8n, 0n, 3n, 36n)) posterior

                for t in 0..2 do
                    Expect.within 1e-5 prediction.Mean[t, 0] means[t] "mean"
                    Expect.within 1e-5 prediction.Variance[t, 0] variances[t] "variance"

                let last = Matrix.FromArray posterior.OrderParameters[1]
                let found = LinearAlgebra.Managed.Eigenvalues last

                Array.iter2
                    (fun a e -> Expect.within 1e-4 a e "eigenvalue of M_2")
                    (Array.sort found)
                    (Array.ofList eigenvalues))

        test "one layer is the theory of one layer" {
            let data = digits.Value

            let plain =
                ConvolutionalNetwork.create Activation.erf 20 (struct (0.7, 0.4)) (image 6 6 1) 3 3 Pooling.None
                |> Result.orFail

            let expected = Convolution.solve plain 0.1 (ConvolutionStudy data) |> Result.orFail

            let same =
                network
                    Activation.erf
                    (image 6 6 1)
                    [
                        { layer (struct (3, 3)) (struct (3, 3)) valid with
                            Channels = 20
                        }
                    ]
                    Pooling.None
                    0 [ 0.7; 0.4 ] [ None ]

            let actual =
                HierarchicalConvolution.solve same 0.1 (ImageStudy data) |> Result.orFail

            let e, a =
                Convolution.score data expected, HierarchicalConvolution.score data actual

            Expect.within 1e-8 a.Loss e.Loss "loss"

            Expect.within
                1e-8
                (HierarchicalConvolution.logEvidence actual)
                (Convolution.logEvidence expected)
                "log evidence"
        }

        test "an image of one pixel is the product form, layers of different widths too" {
            let data = dataSet 4 10 5
            let widths, priors = [ 25; 12; 40 ], [ 1.0; 0.6; 0.8; 1.2 ]

            let dense =
                Network.create Activation.erf widths priors [ None; None; None ]
                |> Result.orFail

            let expected =
                Posterior.solve Theory.wishart dense 0.2 (Study data) |> Result.orFail

            let network =
                ImageNetwork.create
                    Activation.erf
                    (image 1 1 data.Features)
                    [
                        for width in widths ->
                            { layer one one valid with
                                Channels = width
                            }
                    ]
                    Pooling.None
                    []
                    priors
                    [ None; None; None ]
                |> Result.orFail

            let actual =
                HierarchicalConvolution.solve network 0.2 (ImageStudy data) |> Result.orFail

            let e, a = Posterior.score data expected, HierarchicalConvolution.score data actual
            Expect.within 1e-8 a.Loss e.Loss "loss"

            Expect.within
                1e-7
                (HierarchicalConvolution.logEvidence actual)
                (Posterior.logEvidence expected)
                "log evidence"
        }

        test "paths sum to the kernel of infinite width, which many channels have" {
            // Three layers with zeros around them and strides: paths leave the image.
            let network =
                network
                    Activation.tanh
                    (image 6 6 1)
                    [
                        layer (struct (3, 3)) (struct (2, 2)) same
                        layer (struct (2, 2)) one same
                        layer (struct (2, 2)) (struct (2, 2)) same
                    ]
                    Pooling.None
                    0 [ 1.0; 0.5; 0.7; 0.5 ] [ Some 3.0; None; None ]

            let study = ImageStudy digits.Value
            let wide = ImageNetwork.withWidth 1_000_000_000 network |> Result.orFail
            let expected = DeepConvolution.infiniteWidth wide 0.1 study |> Result.orFail
            let actual = HierarchicalConvolution.solve wide 0.1 study |> Result.orFail
            let others = inputs 5 36

            let e, a =
                DeepConvolution.predict others expected, HierarchicalConvolution.predict others actual

            for t in 0..4 do
                Expect.within 1e-6 a.Mean[t, 0] e.Mean[t, 0] "mean"
                Expect.within 1e-6 a.Variance[t, 0] e.Variance[t, 0] "variance"
        }
    ]

let private refusals =
    let refused name fragment build =
        test name {
            match build () with
            | Ok _ -> failtest "It was accepted."
            | Error(failure: Failure) -> Expect.stringContains failure.Message fragment "sentence"
        }

    let create layers pooling =
        fun () ->
            ImageNetwork.create
                Activation.erf
                (image 6 6 1)
                layers
                pooling
                []
                (List.replicate (List.length layers + 1) 1.0)
                (List.replicate (List.length layers) None)

    [
        refused
            "a filter that is too large"
            "Layer 2: a filter of 5 rows is larger than its input of 4"
            (create [ layer (struct (3, 3)) one valid; layer (struct (5, 5)) one valid ] Pooling.None)
        refused
            "a stride that does not fit"
            "Layer 1: filters of 3 columns at stride 2 do not cover its input of 6"
            (create [ layer (struct (2, 3)) (struct (2, 2)) valid ] Pooling.None)
        refused
            "no positive filter"
            "Layer 1 has filters of 0 x 3"
            (create [ layer (struct (0, 3)) one valid ] Pooling.None)
        refused
            "nothing but zeros"
            "it would see nothing but zeros"
            (create [ layer (struct (2, 2)) one (Padding.Zeros 2) ] Pooling.None)
        refused "no layer" "no convolutional layer" (create [] Pooling.None)
        refused "images of another size" "The inputs have 5 features" (fun () ->
            DeepConvolution.solve (deep 3) 0.1 (ImageStudy(dataSet 4 10 5)))
        refused "an activation that is not odd, layer by layer" "is not odd" (fun () ->
            HierarchicalConvolution.solve
                (layered Activation.relu [ 5; 5 ] [ 1.0; 1.0; 1.0 ])
                0.1
                (ImageStudy digits.Value)
            |> Result.map ignore)
        refused "a pooling, layer by layer" "leave out pooling" (fun () ->
            HierarchicalConvolution.solve
                (ImageNetwork.pooled (layered Activation.erf [ 5; 5 ] [ 1.0; 1.0; 1.0 ]))
                0.1
                (ImageStudy digits.Value)
            |> Result.map ignore)
        refused "layers of different widths" "takes as many in every layer" (fun () ->
            let network =
                ImageNetwork.ofLayers Activation.erf (image 6 6 1) [
                    ConvolutionalLayer.square 10 3
                    ConvolutionalLayer.square 20 2
                ]

            DeepConvolution.solve network 0.1 (ImageStudy digits.Value))
    ]

let private laws =
    [
        testProperty "positions that the network cannot tell apart may change places" (fun (seed: PositiveInt) ->
            let random = Random seed.Get
            let count, side = 6, 4

            let x =
                Matrix.Create(nativeint count, 16n, (fun _ _ -> 2.0 * random.NextDouble() - 1.0))

            let y =
                Matrix.Create(nativeint count, 1n, (fun _ _ -> 2.0 * random.NextDouble() - 1.0))
            // Patches of 2 x 2 side by side: images whose quarters change places.
            let quarters = [| 2; 0; 3; 1 |]

            let turned =
                Matrix.Create(
                    nativeint count,
                    16n,
                    fun mu p ->
                        let row, column = int p / side, int p % side
                        let from = quarters[2 * (row / 2) + column / 2]
                        x[mu, nativeint (side * (2 * (from / 2) + row % 2) + 2 * (from % 2) + column % 2)]
                )

            let network =
                network
                    Activation.erf
                    (image side side 1)
                    [ layer (struct (2, 2)) (struct (2, 2)) valid; layer one one valid ]
                    Pooling.None
                    0 [ 1.0; 0.5; 0.5 ] [ None; None ]

            let loss inputs =
                let data = DataSet.create inputs y |> Result.orFail
                let posterior = DeepConvolution.solve network 0.1 (ImageStudy data) |> Result.orFail
                (DeepConvolution.score data posterior).Loss

            abs (loss x - loss turned) < 1e-9 * loss x)
    ]

let tests =
    testList "Deep convolution" [
        testList "infinite width" infiniteWidth
        testList "finite width" finite
        testList "layer by layer" hierarchical
        testList "kept" kept
        testList "is refused" refusals
        testList "laws" laws
    ]
