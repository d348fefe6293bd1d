/// The functionals (diff, grad, hessian, ...), their nesting, and closed forms.
module FiniteWidth.Tests.Differentiation.DifferentiationTests

open System
open System.Runtime.CompilerServices
open System.Threading.Tasks
open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Tests.Differentiation.Differences
open FsCheck
open FsCheck.FSharp
open MathNet.Numerics.LinearAlgebra.Double
open FiniteWidth.Testing

/// Numbers of moderate size: products of a few of them neither overflow nor vanish.
let private number = Gen.choose (-2000, 2000) |> Gen.map (fun k -> float k / 1000.0)

type Numbers =
    static member Float() =
        Arb.fromGenShrink (number, (fun x -> [ 0.0; truncate x ] |> Seq.filter ((<>) x)))

let private value (x: D) = x.Value

let private rosenbrock (x: DV) =
    (1.0 - x[0]) ** 2.0 + 100.0 * (x[1] - x[0] ** 2.0) ** 2.0

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private traced () =
    let mutable step = WeakReference null

    let gradient =
        grad
            (fun v ->
                let square = v .* v
                step <- WeakReference square
                square.Sum())
            (toDV [ 1.0; 2.0 ])

    DV.toArray gradient, step

let tests =
    testList "Differentiation" [
        testPropertyWithConfig
            madeBy<Numbers>
            "the derivative of an inner derivative does not confuse the two perturbations"
            (fun (x: float) ->
                // d/dx [ x d/dy (x + y) ] = d/dx [ x ] = 1; confused perturbations give 2.
                value (diff (fun x -> x * diff (fun y -> x + y) (D 3.0)) (D x)) = 1.0
                && value (diff (fun x -> x * diff (fun y -> x + y) x) (D x)) = 1.0)

        testPropertyWithConfig
            madeBy<Numbers>
            "an inner gradient sees the outer variable as a constant"
            (fun (x: float) (y: float) ->
                // d/dx [ x d/dy (x y^2) ] = d/dx [ 2 x^2 y ] = 4 x y, whichever mode is outside.
                let inner (x: D) =
                    x * (grad (fun v -> x * v[0] * v[0]) (toDV [ y ]))[0]

                let inner' (v: DV) = inner v[0]
                let expected = 4.0 * x * y
                assertClose rounding [| expected |] [| value (diff inner (D x)) |]
                assertClose rounding [| expected |] (DV.toArray (grad inner' (toDV [ x ]))))

        testPropertyWithConfig
            madeBy<Numbers>
            "derivatives of a polynomial are its derivative polynomials"
            (fun (coefficients: float[]) (x: float) ->
                let coefficients = Array.truncate 6 coefficients

                let rec horner (c: float list) (x: D) =
                    match c with
                    | [] -> D 0.0
                    | c :: rest -> c + x * horner rest x

                let derived (c: float list) =
                    c |> List.mapi (fun k c -> float k * c) |> List.tail

                let mutable c = List.ofArray coefficients @ [ 1.0 ]

                for n in 0..3 do
                    let expected = value (horner c (D x))
                    let actual = value (diffn n (horner (List.ofArray coefficients @ [ 1.0 ])) (D x))
                    // Sums of at most 7 terms below 6! 2^6: relative to their sum of magnitudes only rounding differs.
                    Expect.within 1e-10 actual expected "value"
                    c <- if List.length c > 1 then derived c else [ 0.0 ])

        testPropertyWithConfig
            madeBy<Numbers>
            "forward and reverse mode give one gradient"
            (fun (a: float) (b: float) (c: float) ->
                let f (v: DV) =
                    sin (v[0] * v[1]) + tanh v[2] * exp (v[0] - v[2]) / (1.0 + v[1] * v[1])

                let x = toDV [ a; b; c ]
                assertClose rounding (DV.toArray (grad f x)) (Array.init 3 (fun i -> value (gradv f x (DV.unit 3 i)))))

        testPropertyWithConfig
            madeBy<Numbers>
            "the Jacobian and its transpose satisfy w.(J v) = (J^T w).v"
            (fun (a: float) (b: float) (c: float) ->
                let f (v: DV) =
                    DV.ofSeq [ v[0] * exp v[1]; sin (v[0] + v[1]); v[0] / (2.0 + v[1] * v[1]) ]

                let x, v, w = toDV [ a; b ], toDV [ b; c ], toDV [ c; a; b ]
                assertClose rounding [| value (w * jacobianv f x v) |] [| value (jacobianTv f x w * v) |])

        testPropertyWithConfig
            madeBy<Numbers>
            "the Rosenbrock function has its known gradient and Hessian"
            (fun (a: float) (b: float) ->
                let f, g, h = gradhessian' rosenbrock (toDV [ a; b ])
                let d = b - a * a
                assertClose rounding [| (1.0 - a) ** 2.0 + 100.0 * d * d |] [| f.Value |]
                assertClose rounding [| -2.0 * (1.0 - a) - 400.0 * a * d; 200.0 * d |] (DV.toArray g)

                let expected =
                    array2D [ [ 2.0 - 400.0 * d + 800.0 * a * a; -400.0 * a ]; [ -400.0 * a; 200.0 ] ]

                assertMatrixClose rounding expected (DM.toArray2D h))

        testCase "each functional agrees with the others" (fun () ->
            let f (x: D) = exp (sin x)
            let x = D 0.7
            let f0, f1 = diff' f x
            Expect.equal (value f0) (value (f x)) "value"
            Expect.equal (value f1) (value (diff f x)) "value"
            let d0, d1, d2 = diff2'' f x
            // f' = cos f and f'' = (cos^2 - sin) f.
            let c, s = cos 0.7, sin 0.7
            assertClose rounding [| exp s; c * exp s; (c * c - s) * exp s |] [| value d0; value d1; value d2 |]
            Expect.equal (diff2' f x |> snd |> value) (value d2) "value"
            Expect.equal (diff2 f x |> value) (value d2) "value"
            Expect.within 1e-15 (diffn' 2 f x |> snd |> value) (value d2) "value"
            Expect.equal (diffn 0 f x |> value) (value d0) "value"

            let x, v = toDV [ 0.3; 1.4 ], toDV [ 0.6; -0.9 ]
            let value0, gradient, h = gradhessian' rosenbrock x
            let along = DV.toArray (h * v)
            let slope = value (gradient * v)
            assertClose rounding (DV.toArray (hessianv rosenbrock x v)) along
            assertClose rounding (DV.toArray (snd (hessianv' rosenbrock x v))) along
            assertClose rounding [| value (fst (gradhessianv rosenbrock x v)) |] [| slope |]
            let g0, g1, g2 = gradhessianv' rosenbrock x v
            assertClose rounding [| value g0; value g1 |] [| value value0; slope |]
            assertClose rounding (DV.toArray g2) along
            assertClose rounding (DV.toArray (fst (gradhessian rosenbrock x))) (DV.toArray gradient)
            assertMatrixClose rounding (DM.toArray2D (hessian rosenbrock x)) (DM.toArray2D h)
            Expect.equal (value (fst (hessian' rosenbrock x))) (value value0) "value"
            assertClose rounding [| value (laplacian rosenbrock x) |] [| value (h[0, 0] + h[1, 1]) |]
            Expect.equal (value (fst (laplacian' rosenbrock x))) (value value0) "value")

        testCase "the value and the gradient that come with a derivative can be differentiated in turn" (fun () ->
            let f (x: D) = exp (sin x)
            let x = D 0.7
            let expected = value (diff f x)
            Expect.equal (value (diff (diff' f >> fst) x)) expected "value"
            Expect.equal (value (diff (diff2' f >> fst) x)) expected "value"
            Expect.equal (value (diff (diffn' 2 f >> fst) x)) expected "value"

            let first (x: D) =
                let _, first, _ = diff2'' f x
                first

            Expect.equal (value (diff first x)) (value (diff2 f x)) "value"

            let x, v = toDV [ 0.3; 1.4 ], toDV [ 0.6; -0.9 ]
            let gradient = DV.toArray (grad rosenbrock x)

            let values: (DV -> D) list =
                [
                    grad' rosenbrock >> fst
                    fun x -> gradv' rosenbrock x v |> fst
                    fun x -> hessianv' rosenbrock x v |> fst
                    hessian' rosenbrock >> fst
                    laplacian' rosenbrock >> fst
                    fun x -> (jacobian' (fun x -> DV.ofSeq [ rosenbrock x ]) x |> fst)[0]
                    fun x -> (jacobianv' (fun x -> DV.ofSeq [ rosenbrock x ]) x v |> fst)[0]
                ]

            for f in values do
                assertClose rounding gradient (DV.toArray (grad f x))
                assertClose rounding gradient (DV.toArray (jacobian (fun x -> DV.ofSeq [ f x ]) x |> DM.toDV))

            let h = hessian rosenbrock x
            assertMatrixClose rounding (DM.toArray2D h) (DM.toArray2D (jacobian (gradhessian rosenbrock >> fst) x))
            let slope x = gradhessianv rosenbrock x v |> fst
            assertClose rounding (DV.toArray (h * v)) (DV.toArray (grad slope x)))

        testCase "a Jacobian is the same by rows and by columns" (fun () ->
            let wide (v: DV) =
                DV.ofSeq [ v[0] * v[1]; v[2] * exp v[3] ]

            let tall (v: DV) =
                DV.ofSeq [ v[0] * v[1]; exp v[0]; v[1] * v[1] ]

            for f, x in [ wide, [| 0.3; 1.4; -0.6; 0.2 |]; tall, [| 0.3; 1.4 |] ] do
                let expected =
                    rows f x |> Seq.map DV.ofArray |> DM.ofRows |> DM.transpose |> DM.toArray2D

                let point = DV.ofArray x
                let y, j = jacobian' f point
                assertClose rounding (DV.toArray (f point)) (DV.toArray y)
                assertMatrixClose tolerance expected (DM.toArray2D j)
                assertMatrixClose rounding (DM.toArray2D j) (DM.toArray2D (DM.transpose (jacobianT f point)))
                // One trace serves several sweeps.
                let _, pull = jacobianTv'' f point

                for i in [ 0..1 ] @ [ 0..1 ] do
                    assertClose
                        rounding
                        (Array.init x.Length (fun k -> value j[i, k]))
                        (DV.toArray (pull (DV.unit y.Length i))))

        testCase "the Hessian of log det is -tr(A^-1 E A^-1 E')" (fun () ->
            let a = array2D [ [ 2.0; 0.3; -0.1 ]; [ 0.3; 1.5; 0.4 ]; [ -0.1; 0.4; 1.1 ] ]

            let e =
                [
                    array2D [ [ 1.0; 0.2; 0.0 ]; [ 0.2; 0.0; 0.5 ]; [ 0.0; 0.5; -1.0 ] ]
                    array2D [ [ 0.3; 0.0; 0.7 ]; [ 0.0; 1.0; 0.0 ]; [ 0.7; 0.0; 0.4 ] ]
                ]
                |> List.map DM.ofArray2D

            let at (t: DV) =
                DM.ofArray2D a + t[0] * e[0] + t[1] * e[1]

            let f t = (Spd.factor (at t)).LogDet
            let x = toDV [ 0.1; -0.2 ]
            let inverse = (at x |> DM.toArray2D |> DenseMatrix.OfArray).Inverse()
            let e' = e |> List.map (DM.toArray2D >> DenseMatrix.OfArray)

            let expected =
                Array2D.init 2 2 (fun i j -> -(inverse * e'[i] * inverse * e'[j]).Trace())

            assertMatrixClose rounding expected (DM.toArray2D (hessian f x)))

        testCase "the gradient of a loop of 100,000 operations needs no deep stack" (fun () ->
            // x_(k+1) = x_k + h sin x_k: after n steps dx_n/dx_0 = prod_k (1 + h cos x_k).
            let n, h = 100_000, 1e-4

            let f (v: DV) =
                let mutable x = v[0]

                for _ in 1..n do
                    x <- x + h * sin x

                x

            let mutable x = 0.5
            let mutable expected = 1.0

            for _ in 1..n do
                expected <- expected * (1.0 + h * cos x)
                x <- x + h * sin x

            let mutable found = (D 0.0, DV [||])
            // A small stack: a recursive sweep would overflow it.
            let thread =
                Threading.Thread((fun () -> found <- grad' f (toDV [ 0.5 ])), 256 * 1024)

            thread.Start()
            thread.Join()
            // n roundings of relative size 1e-16, all of one sign at worst.
            assertClose 1e-11 [| x; expected |] [| value (fst found); value ((snd found).Item 0) |])

        testCase "entries that are read one by one, and often, all get their share" (fun () ->
            // sum_i x_i x_(i+1): with a vector for each entry read this would write 2 n^2 = 8e8 numbers.
            let n = 20_000
            let x = Array.init n (fun i -> sin (float i))

            let f (v: DV) =
                Seq.fold (fun s i -> s + v[i] * v[(i + 1) % n]) (D 0.0) (seq { 0 .. n - 1 })

            let expected = Array.init n (fun i -> x[(i + n - 1) % n] + x[(i + 1) % n])
            let point = DV.ofArray x
            assertClose rounding expected (DV.toArray (grad f point))
            // The Hessian of a quadratic form takes x to the gradient at x.
            assertClose rounding expected (DV.toArray (hessianv f (DV.create n (D 1.0)) point)))

        testCase "nothing of a trace outlives its gradient" (fun () ->
            let gradient, step = traced ()
            GC.Collect()
            assertClose 0.0 [| 2.0; 4.0 |] gradient
            Expect.isFalse step.IsAlive "is alive")

        testCase "gradients on several threads do not disturb one another" (fun () ->
            let f scale (v: DV) =
                diff (fun t -> sin (t * scale * v[0]) * v[1]) v[1]

            let gradientOf k =
                DV.toArray (grad (f (1.0 + float k / 100.0)) (toDV [ 0.3; 0.4 ]))

            let alone = Array.init 200 gradientOf
            let together = Array.zeroCreate 200
            Parallel.For(0, 200, (fun k -> together[k] <- gradientOf k)) |> ignore
            Array.iter2 (assertClose 0.0) alone together)

        testCase "a function that ignores its argument has derivative zero" (fun () ->
            let x = toDV [ 1.0; 2.0 ]
            Expect.equal (value (diff (fun _ -> D 3.0) (D 1.0))) 0 "value"
            assertClose 0.0 [| 0.0; 0.0 |] (DV.toArray (grad (fun _ -> D 3.0) x))
            assertMatrixClose 0.0 (Array2D.zeroCreate<float> 2 2) (DM.toArray2D (hessian (fun _ -> D 3.0) x))
            assertMatrixClose 0.0 (Array2D.zeroCreate<float> 2 2) (DM.toArray2D (jacobian (fun _ -> x) x))
            assertMatrixClose 0.0 (Array2D.zeroCreate<float> 2 2) (DM.toArray2D (hessian DV.sum x))
            assertMatrixClose 0.0 (DM.toArray2D (DM.identity 2)) (DM.toArray2D (jacobian id x)))

        testCase "a branch is differentiated on the side that is taken" (fun () ->
            let f (x: D) =
                if x > D 1.0 then x * x
                elif float x < 0.0 then D 0.0
                else max x (D 0.5)

            Expect.equal (value (diff f (D 3.0))) 6.0 "value"
            Expect.equal (value (diff f (D -3.0))) 0.0 "value"
            Expect.equal (value (diff f (D 0.7))) 1.0 "value"
            Expect.equal (value (diff f (D 0.2))) 0.0 "value")

        testCase "kinks and edges give finite derivatives where one is defined" (fun () ->
            Expect.equal (value (diff abs (D 0.0))) 0 "value"
            Expect.equal (value (diff (fun x -> x ** 0.0) (D 0.0))) 0 "value"
            Expect.equal (value (diff2 (fun x -> x ** 2.0) (D 0.0))) 2.0 "value"
            Expect.equal (value (diff2 (fun x -> x ** 1.0) (D 0.0))) 0 "value"
            // The base 0 may vary when the exponent, whose derivative is log 0 = -infinity, does not.
            Expect.equal (value (diff (fun x -> x ** D 2.0) (D 0.0))) 0 "value"
            Expect.equal (value (diff sigmoid (D -800.0))) 0 "value"
            Expect.equal (value (diff sigmoid (D 800.0))) 0 "value")

        testCase "bad shapes are named in one sentence" (fun () ->
            let m = DM.zeros 2 3

            let ask (f: unit -> 'a) =
                try
                    f () |> ignore
                    "nothing was wrong"
                with error ->
                    error.Message

            Expect.stringStarts (ask (fun () -> toDV [ 1.0 ] + toDV [ 1.0; 2.0 ])) "Vectors of 1 and 2 entries" "ask"
            Expect.stringStarts (ask (fun () -> m + DM.zeros 3 2)) "A 2 x 3 matrix and one of 3 x 2" "ask"

            Expect.stringContains
                (ask (fun () -> m * m))
                "as many columns on the left as rows on the right, not 3 and 2"
                "ask"

            Expect.stringContains (ask (fun () -> m * toDV [ 1.0 ])) "not 3 and 1" "ask"

            Expect.stringStarts
                (ask (fun () -> DM.trace m))
                "A 2 x 3 matrix was given where a square one is needed"
                "ask"

            Expect.stringStarts
                (ask (fun () -> (toDV [ 1.0 ])[1]))
                "The entries 1 to 1 do not lie inside a vector of 1"
                "ask"

            Expect.stringStarts
                (ask (fun () -> DM.ofDV 2 (toDV [ 1.0 ])))
                "1 entries cannot be laid out in 2 rows"
                "ask"

            Expect.stringContains
                (ask (fun () -> DM.ofRows [ toDV [ 1.0 ]; toDV [] ]))
                "found the lengths [1, 0]"
                "ask"

            Expect.stringContains (ask (fun () -> DM.scaleRows (toDV [ 1.0 ]) m)) "the matrix has 2 rows" "ask"

            Expect.stringContains
                (ask (fun () -> (Spd.factor (DM.identity 2)).Solve(toDV [ 1.0 ])))
                "the matrix has 2 rows"
                "ask"

            Expect.stringStarts
                (ask (fun () -> diffn -1 id (D 1.0)))
                "The order of a derivative is 0 or more, not -1"
                "ask"

            Expect.stringStarts
                (ask (fun () -> hessian DV.sum (toDV [])))
                "A Hessian needs at least one variable"
                "ask")

        testCase "a matrix that is not positive is refused, with the block that is not" (fun () ->
            let a =
                DM.ofArray2D (array2D [ [ 1.0; 2.0; 0.0 ]; [ 2.0; 1.0; 0.0 ]; [ 0.0; 0.0; 1.0 ] ])

            match Spd.tryFactor a with
            | Error(Inaccurate what) -> Expect.stringContains what "the leading 2 x 2 block of this 3 x 3 one" "what"
            | other -> failtest $"Expected an error, found {other}."

            Expect.throwsT<FailureException> (fun () -> Spd.factor a |> ignore) "failure exception"
            Expect.throwsT<FailureException> (fun () -> Spd.cholesky a |> ignore) "failure exception")

        testCase "derivatives at numbers come back as numbers" (fun () ->
            let struct (f, g) = Differentiate.Gradient(rosenbrock, [| 0.3; 1.4 |])
            let struct (f', g', h) = Differentiate.Hessian(rosenbrock, [| 0.3; 1.4 |])
            let x = toDV [ 0.3; 1.4 ]
            Expect.equal f (value (rosenbrock x)) "f"
            Expect.equal f' f "f"
            assertClose 0.0 (DV.toArray (grad rosenbrock x)) g
            assertClose 0.0 g g'
            assertMatrixClose 0.0 (DM.toArray2D (hessian rosenbrock x)) h)

        testCase "the Hessian of 200 variables is exact and symmetric to the bit" (fun () ->
            // f = (1/2) |A x|^2 + sum x^4/12: H = A^T A + diag(x^2).
            let n = 200

            let a =
                DM(Numerics.Matrix.Create(n, n, fun i j -> cos (float (i * 7n + j * 3n)) / float n))

            let x = DV(Array.init n (fun i -> sin (float i)))

            let f (x: DV) =
                let y = a * x in 0.5 * (y * y) + DV.sum (x ** 4.0) / 12.0

            let h = hessian f x
            let expected = DM.transposedTimes a a |> DM.addDiagonal (x .* x)
            assertMatrixClose rounding (DM.toArray2D expected) (DM.toArray2D h)
            Expect.equal (DM.toArray2D h) (DM.toArray2D (DM.transpose h)) "to array2 D")
    ]
