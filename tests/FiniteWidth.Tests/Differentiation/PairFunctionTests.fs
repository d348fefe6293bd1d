/// Kernel maps with derivatives by Price's theorem, and actions made of them.
module FiniteWidth.Tests.Differentiation.PairFunctionTests

open System
open Expecto
open FiniteWidth.Differentiation
open FiniteWidth.Tests.Differentiation.Differences
open FiniteWidth.Testing

/// Sums of terms  coefficient c12^a u^b v^c Delta^d  with u = 1 + 2 c11, v = 1 + 2 c22, Delta = u v - 4 c12^2,
/// a family that contains the derivatives of the erf kernel and is closed under differentiation.
module private ErfTerms =

    type Term =
        {
            Factor: float
            A: int
            B: int
            C: int
            D: float
        }

    let value terms c11 (c12: float) c22 =
        let u, v = 1.0 + 2.0 * c11, 1.0 + 2.0 * c22
        let delta = u * v - 4.0 * c12 * c12

        terms
        |> List.sumBy (fun t -> t.Factor * pown c12 t.A * pown u t.B * pown v t.C * delta ** t.D)

    let private times factor term =
        { term with
            Factor = factor * term.Factor
        }

    let d12 terms =
        terms
        |> List.collect (fun t ->
            [
                if t.A > 0 then
                    times (float t.A) { t with A = t.A - 1 }
                times (-8.0 * t.D) { t with A = t.A + 1; D = t.D - 1.0 }
            ])

    let d11 terms =
        terms
        |> List.collect (fun t ->
            [
                times (2.0 * float t.B) { t with B = t.B - 1 }
                times (2.0 * t.D) { t with C = t.C + 1; D = t.D - 1.0 }
            ])

    let d22 terms =
        terms
        |> List.collect (fun t ->
            [
                times (2.0 * float t.C) { t with C = t.C - 1 }
                times (2.0 * t.D) { t with B = t.B + 1; D = t.D - 1.0 }
            ])

    let rec pairFunction terms =
        PairFunction.create
            (value terms)
            (lazy (pairFunction (d11 terms)))
            (lazy (pairFunction (d12 terms)))
            (lazy (pairFunction (d22 terms)))

    let term factor a b c d =
        [
            {
                Factor = factor
                A = a
                B = b
                C = c
                D = d
            }
        ]

/// E[erf z1 erf z2] = (2/pi) asin( 2 c12/sqrt(u v) ): d/dc12 = E[erf' erf'] = (4/pi) Delta^(-1/2),
/// d/dc11 = (1/2) E[erf'' erf] = -(4/pi) c12/u Delta^(-1/2).
let private erfKernel =
    let factor = 4.0 / Math.PI

    PairFunction.create
        (fun c11 c12 c22 -> 2.0 / Math.PI * asin (2.0 * c12 / sqrt ((1.0 + 2.0 * c11) * (1.0 + 2.0 * c22))))
        (lazy (ErfTerms.pairFunction (ErfTerms.term -factor 1 -1 0 -0.5)))
        (lazy (ErfTerms.pairFunction (ErfTerms.term factor 0 0 0 -0.5)))
        (lazy (ErfTerms.pairFunction (ErfTerms.term -factor 1 0 -1 -0.5)))

/// E[sin^(k)(z1) sin^(l)(z2)], with sin^(k) = sin(. + k pi/2).
let private sineMoment k l c11 c12 c22 =
    let shift = float (k - l) * Math.PI / 2.0
    let total = float (k + l) * Math.PI / 2.0
    // sin a sin b = [cos(a - b) - cos(a + b)]/2 and E cos(z + s) = cos s exp(-Var z/2).
    0.5
    * (cos shift * exp (-0.5 * (c11 + c22 - 2.0 * c12))
       - cos total * exp (-0.5 * (c11 + c22 + 2.0 * c12)))

let private sineKernel = PairFunction.ofMoments sineMoment

/// kappa = [ sqrt(Delta) + c12 (pi - theta) ]/(2 pi), Delta = c11 c22 - c12^2: its second partial derivatives are
/// infinite at Delta = 0, where kappa(c, c, c) = c/2.
let private reluKernel =
    let beyond =
        lazy (raise (InvalidOperationException "Only two derivatives of this kernel are asked for."))

    let root c11 c12 c22 = sqrt (c11 * c22 - c12 * c12)

    let last value =
        lazy (PairFunction.create value beyond beyond beyond)

    let alongVariance own =
        PairFunction.create (fun c11 c12 c22 -> root c11 c12 c22 / (4.0 * Math.PI * own c11 c22))

    let pi4, pi8 = 4.0 * Math.PI, 8.0 * Math.PI

    let ownTwice own other delta =
        other / (pi8 * own * delta) - delta / (pi4 * own * own)

    let mixed own c12 delta = -c12 / (pi4 * own * delta)

    let d11 =
        lazy
            (alongVariance
                (fun c11 _ -> c11)
                (last (fun c11 c12 c22 -> ownTwice c11 c22 (root c11 c12 c22)))
                (last (fun c11 c12 c22 -> mixed c11 c12 (root c11 c12 c22)))
                (last (fun c11 c12 c22 -> 1.0 / (pi8 * root c11 c12 c22))))

    let d22 =
        lazy
            (alongVariance
                (fun _ c22 -> c22)
                (last (fun c11 c12 c22 -> 1.0 / (pi8 * root c11 c12 c22)))
                (last (fun c11 c12 c22 -> mixed c22 c12 (root c11 c12 c22)))
                (last (fun c11 c12 c22 -> ownTwice c22 c11 (root c11 c12 c22))))

    let d12 =
        lazy
            (PairFunction.create
                (fun c11 c12 c22 -> (Math.PI - atan2 (root c11 c12 c22) c12) / (2.0 * Math.PI))
                (last (fun c11 c12 c22 -> mixed c11 c12 (root c11 c12 c22)))
                (last (fun c11 c12 c22 -> 1.0 / (2.0 * Math.PI * root c11 c12 c22)))
                (last (fun c11 c12 c22 -> mixed c22 c12 (root c11 c12 c22))))

    let value c11 c12 c22 =
        let delta = root c11 c12 c22
        (delta + c12 * (Math.PI - atan2 delta c12)) / (2.0 * Math.PI)

    { PairFunction.create value d11 d12 d22 with
        Diagonal =
            {
                Value = fun c -> c / 2.0
                Derivative = lazy (ScalarFunction.constant 0.5)
            }
    }

/// A covariance matrix of three points, from six numbers.
let private covariance (v: DV) =
    let x = DM.ofDV 3 v
    DM.timesTransposed x x + 0.3 * DM.identity 3

let private entries = [| 0.3; -0.7; 0.5; 0.9; -0.2; 0.6 |]

let private points = 8

/// C = X X^T/N0 of 8 points in 5 dimensions, and targets.
let private data =
    let entry mu i = sin (float (1 + 5 * mu + 3 * i) * 1.7)
    let x = DM.ofArray2D (Array2D.init points 5 entry)
    DM.timesTransposed x x / 5.0, DV(Array.init points (fun mu -> cos (2.3 * float mu)))

/// S(q) = sum_l (N_l/N_L)(q_l - 1 - log q_l) + (1/N_L)[ log det(I + beta K) + y^T (T I + K)^(-1) y ],
/// K_l = (q_l/lambda_l) kappa(K_(l-1)).
let private action (kernel: PairFunction) (widths: float list) priors temperature (q: DV) =
    let c, y = data
    let layers = List.zip (List.ofSeq (DV.toSeq q)) priors

    let k =
        layers
        |> List.fold (fun k (q, prior) -> (q / prior) * PairFunction.apply kernel k) c

    let a = k |> DM.addIdentity (D temperature) |> Spd.factor
    let last = List.last widths

    let entropy =
        Seq.map2 (fun width q -> width / last * (q - 1.0 - log q)) widths (DV.toSeq q)
        |> Seq.sum

    let evidence = a.LogDet - float points * log temperature + a.Quadratic y
    entropy + evidence / last

let tests =
    testList "Pair function" [
        testCase "the derivatives of the erf kernel are those of its differences" (fun () ->
            assertLaws (fun v -> weighMatrix (PairFunction.apply erfKernel (covariance v))) entries)

        testCase "a kernel given by its moments is differentiated by Price's theorem" (fun () ->
            assertLaws (fun v -> weighMatrix (PairFunction.apply sineKernel (covariance v))) entries)

        testCase "a linear activation leaves the covariance and its derivatives alone" (fun () ->
            let zero, one = lazy (PairFunction.constant 0.0), lazy (PairFunction.constant 1.0)
            let linear = PairFunction.create (fun _ c12 _ -> c12) zero one zero

            let f v =
                weighMatrix (PairFunction.apply linear (covariance v))

            let g v = weighMatrix (covariance v)
            let x = DV.ofArray entries
            assertClose rounding (DV.toArray (grad g x)) (DV.toArray (grad f x))
            assertMatrixClose rounding (DM.toArray2D (hessian g x)) (DM.toArray2D (hessian f x)))

        testCase "a scaled kernel is scaled with all its derivatives" (fun () ->
            let f v =
                weighMatrix (PairFunction.apply (PairFunction.scale 0.7 erfKernel) (covariance v))

            let g v =
                0.7 * weighMatrix (PairFunction.apply erfKernel (covariance v))

            assertLaws f entries
            let x = DV.ofArray entries
            assertMatrixClose rounding (DM.toArray2D (hessian g x)) (DM.toArray2D (hessian f x)))

        testCase "a kernel between two sets of points is differentiated in both variances" (fun () ->
            let f (v: DV) =
                let covariances = 0.4 * sin (DM.ofDV 2 v)
                weighMatrix (PairFunction.applyBetween erfKernel (v[0..1] + 1.2) (v[2..4] + 1.5) covariances)

            assertLaws f entries)

        testCase "a kernel between a set of points and itself is the kernel of the set" (fun () ->
            let c = covariance (DV.ofArray entries)
            let variances = DM.diagonal c
            let between = PairFunction.applyBetween erfKernel variances variances c
            assertMatrixClose rounding (DM.toArray2D (PairFunction.apply erfKernel c)) (DM.toArray2D between))

        testCase "on the diagonal the erf kernel is (2/pi) asin(2c/(1+2c)), with its total derivatives" (fun () ->
            for c in [ 0.05; 0.4; 1.0; 7.0 ] do
                let kernel (c: D) =
                    (PairFunction.apply erfKernel (DM.ofDV 1 (DV.ofSeq [ c ])))[0, 0]

                let closedForm (c: D) =
                    2.0 / Math.PI * asin (2.0 * c / (1.0 + 2.0 * c))

                for n in 0..3 do
                    assertClose rounding [| (diffn n closedForm (D c)).Value |] [| (diffn n kernel (D c)).Value |]

                // d/dc (2/pi) asin(2c/(1+2c)) = (4/pi)/((1+2c) sqrt(1+4c)) = D11 + D12 + D22 at (c, c, c).
                let expected = 4.0 / Math.PI / ((1.0 + 2.0 * c) * sqrt (1.0 + 4.0 * c))
                assertClose rounding [| expected |] [| (diff kernel (D c)).Value |]
                assertClose rounding [| expected |] [| erfKernel.Diagonal.Derivative.Value.Value c |])

        testCase "singular partial derivatives on the diagonal stay out of the Hessian" (fun () ->
            // K o [q C] = q K o [C] for ReLU: first derivative K o [C], second derivative zero.
            let c = covariance (DV.ofArray entries)

            let f (q: DV) =
                weighMatrix (PairFunction.apply reluKernel (q[0] * c))

            let gradient, h = gradhessian f (toDV [ 1.7 ])
            let expected = weighMatrix (PairFunction.apply reluKernel c)
            assertClose rounding [| expected.Value |] (DV.toArray gradient)
            Expect.within rounding (h[0, 0].Value) 0.0 "value of h"

            let general v =
                weighMatrix (PairFunction.apply reluKernel (covariance v))

            let x = DV.ofArray entries
            assertClose tolerance (Differences.gradient general entries) (DV.toArray (grad general x))

            Array.iteri
                (fun i row -> assertClose tolerance row (DV.toArray (hessianv general x (DV.unit 6 i))))
                (rows (grad general) entries))

        testCase "a finite-width action of one layer has the derivatives of its differences" (fun () ->
            assertLaws (action erfKernel [ 20.0 ] [ 1.3 ] 0.1) [| 0.8 |])

        testCase "a finite-width action of two erf layers has the derivatives of its differences" (fun () ->
            assertLaws (action erfKernel [ 30.0; 20.0 ] [ 1.3; 0.9 ] 0.1) [| 0.8; 1.2 |])

        testCase
            "a finite-width action is differentiated in the temperature and the priors as in the order parameters"
            (fun () ->
                let f (v: DV) =
                    let c, y = data
                    let k = PairFunction.apply erfKernel (c / v[0])

                    let a =
                        (v[1] / v[2]) * PairFunction.apply sineKernel k
                        |> DM.addIdentity v[3]
                        |> Spd.factor

                    a.LogDet + a.Quadratic y

                assertLaws f [| 1.3; 0.8; 0.9; 0.4 |])

        testCase "gradients nested over separate variables give the off-diagonal block of the Hessian" (fun () ->
            // Operands of different levels meet in every product here: only the tags keep them apart.
            let f (p: DV) (q: DV) =
                action erfKernel [ 30.0; 20.0 ] [ 1.3; 0.9 ] 0.1 (DV.concat [ p; q ])

            let p, q = toDV [ 0.8 ], toDV [ 1.2 ]
            let h = hessian (fun v -> f v[0..0] v[1..1]) (DV.concat [ p; q ])
            let expected = [| h[0, 1].Value |]
            let inP q = grad (fun p -> f p q) p
            let inQ p = grad (f p) q
            assertClose rounding expected (DV.toArray (jacobianTv inP q (toDV [ 1.0 ])))
            assertClose rounding expected (DV.toArray (jacobianv inP q (toDV [ 1.0 ])))
            assertClose rounding expected (DV.toArray (jacobianTv inQ p (toDV [ 1.0 ])))
            let forward q = gradv (fun p -> f p q) p (toDV [ 1.0 ])
            assertClose rounding expected (DV.toArray (grad forward q))
            assertClose rounding expected [| (gradv forward q (toDV [ 1.0 ])).Value |])

        testCase "the derivative of an action of one layer is the trace that the theory gives" (fun () ->
            // dS/dq = 1 - 1/q + (1/N) Tr[ (A^-1 - A^-1 y y^T A^-1) K ]/lambda.
            let n, prior, temperature, q = 20.0, 1.3, 0.1, 0.8
            let c, y = data
            let k = PairFunction.apply erfKernel c / prior
            let a = q * k |> DM.addIdentity (D temperature) |> Spd.factor
            let x = a.Solve y
            let expected = 1.0 - 1.0 / q + ((DM.inner a.Inverse k - x * (k * x)) / n).Value
            let gradient = grad (action erfKernel [ n ] [ prior ] temperature) (toDV [ q ])
            assertClose rounding [| expected |] (DV.toArray gradient))

        testCase "variances that do not match the covariances are refused" (fun () ->
            Expect.throwsSaying<ArgumentException>
                (fun () ->
                    PairFunction.applyBetween erfKernel (toDV [ 1.0 ]) (toDV [ 1.0 ]) (DM.zeros 1 2)
                    |> ignore)
                "Covariances of 1 x 2 points were given with 1 and 1 variances"
                "variances that do not match")
    ]
