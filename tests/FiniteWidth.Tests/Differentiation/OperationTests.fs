/// Every operation on scalars, vectors and matrices against differences, in both modes and nested.
module FiniteWidth.Tests.Differentiation.OperationTests

open System
open Expecto
open FiniteWidth.Differentiation
open FiniteWidth.Tests.Differentiation.Differences
open FiniteWidth.Testing

let private test (name: string) (f: DV -> D) (x: float list) = name, (f, Array.ofList x)

let private scalar name (f: D -> D) x =
    test name (fun v -> f v[0] * (v[1] + 2.0)) [ x; 0.4 ]

let private pair name (f: D -> D -> D) x y =
    test name (fun v -> f v[0] v[1]) [ x; y ]

let private scalars =
    [
        pair "a + b" (fun a b -> exp (a + b)) 0.3 0.4
        pair "a - b" (fun a b -> exp (a - b)) 0.3 0.4
        pair "a * b" (fun a b -> a * b * a) 0.3 -0.4
        pair "a / b" (/) 0.7 -1.4
        pair "a ** b" ( ** ) 0.7 1.4
        pair "atan2 a b" atan2 0.7 -1.4
        scalar "a + 2" (fun a -> exp (a + 2.0)) 0.3
        scalar "2 + a" (fun a -> exp (2.0 + a)) 0.3
        scalar "a - 2" (fun a -> exp (a - 2.0)) 0.3
        scalar "2 - a" (fun a -> exp (2.0 - a)) 0.3
        scalar "a * 3" (fun a -> exp (a * 3.0)) 0.3
        scalar "3 * a" (fun a -> exp (3.0 * a)) 0.3
        scalar "a / 3" (fun a -> exp (a / 3.0)) 0.3
        scalar "3 / a" (fun a -> 3.0 / a) 0.8
        scalar "a ** 2.5" (fun a -> a ** 2.5) 0.8
        scalar "a ** 1" (fun a -> a ** 1.0) 0.0
        scalar "a ** 2" (fun a -> a ** 2.0) 0.0
        scalar "a ** 0" (fun a -> a ** 0.0) 0.0
        scalar "2 ** a" (fun a -> D.Pow(2.0, a)) 0.8
        scalar "-a" (fun a -> exp -a) 0.3
        scalar "exp" exp 0.3
        scalar "log" log 0.8
        scalar "sqrt" sqrt 0.8
        scalar "sin" sin 0.3
        scalar "cos" cos 0.3
        scalar "tan" tan 0.3
        scalar "asin" asin 0.3
        scalar "acos" acos 0.3
        scalar "atan" atan 0.3
        scalar "sinh" sinh 0.3
        scalar "cosh" cosh 0.3
        scalar "tanh" tanh 0.3
        scalar "erf" erf 0.3
        scalar "sigmoid" sigmoid 0.3
        scalar "sigmoid of a negative number" sigmoid -1.3
        scalar "abs" (fun a -> abs a * a) -0.8
    ]

let private point = [ 0.3; -0.7; 0.5; 0.9 ]

let private constant = toDV [ 1.2; 0.4; -0.8; 0.6 ]

let private vector name (f: DV -> DV) =
    // The outer tanh makes second derivatives differ from zero where the operation itself is linear.
    test name (fun v -> weigh (tanh (f v))) point

/// All entries between 0.3 and 1.5.
let private positive (v: DV) = 0.5 * (v + 1.3)

let private vectors =
    [
        vector "a + b" (fun v -> v + sin v)
        vector "a - b" (fun v -> constant - v)
        vector "a + scalar" (fun v -> v + v[1])
        vector "scalar + a" (fun v -> v[1] + v)
        vector "a - scalar" (fun v -> v - v[1])
        vector "scalar - a" (fun v -> v[1] - v)
        vector "a + 2" (fun v -> v + 2.0)
        vector "2 + a" (fun v -> 2.0 + v)
        vector "a - 2" (fun v -> v - 2.0)
        vector "2 - a" (fun v -> 2.0 - v)
        vector "scalar * a" (fun v -> v[2] * v)
        vector "a * scalar" (fun v -> v * v[2])
        vector "2 * a" (fun v -> 2.0 * v)
        vector "a * 2" (fun v -> v * 2.0)
        vector "a / scalar" (fun v -> v / v[2])
        vector "scalar / a" (fun v -> v[1] / v)
        vector "a / 2" (fun v -> v / 2.0)
        vector "2 / a" (fun v -> 2.0 / positive v)
        vector "-a" (fun v -> -v)
        vector "a .* b" (fun v -> v .* cos v)
        vector "a ./ b" (fun v -> constant ./ positive v)
        vector "a ** b" (fun v -> positive v ** v)
        vector "a ** 3" (fun v -> v ** 3.0)
        vector "atan2" (fun v -> atan2 v constant)
        vector "exp" exp
        vector "log" (positive >> log)
        vector "sqrt" (positive >> sqrt)
        vector "sin" sin
        vector "cos" cos
        vector "tan" tan
        vector "asin" (fun v -> asin (0.5 * v))
        vector "acos" (fun v -> acos (0.5 * v))
        vector "atan" atan
        vector "sinh" sinh
        vector "cosh" cosh
        vector "tanh" tanh
        vector "erf" erf
        vector "sigmoid" sigmoid
        vector "abs" abs
        vector "slice" (fun v -> v[1..2])
        vector "concat" (fun v -> DV.concat [ v[2..]; constant; sin v ])
        vector "ofSeq" (fun v -> DV.ofSeq [ v[0] * v[1]; D 3.0; v[3] ])
        vector "map" (DV.map (fun a -> a * a))
        vector "create" (fun v -> DV.create 3 v[1])
        test "item" (fun v -> v[0] * v[3] * v[0]) point
        test "sum" (fun v -> v.Sum() * v[0] * v[1]) point
        test "inner product" (fun v -> v * sin v) point
        test "l2norm" DV.l2norm point
    ]

let private entries = [ 0.3; -0.7; 0.5; 0.9; -0.2; 0.6 ]

let private c23 = DM.ofArray2D (array2D [ [ 1.2; 0.4; -0.8 ]; [ 0.6; -0.3; 0.7 ] ])

let private matrix name (f: DM -> DM) =
    test name (fun v -> weighMatrix (tanh (f (DM.ofDV 2 v)))) entries

let private toVector name (f: DM -> DV) =
    test name (fun v -> weigh (tanh (f (DM.ofDV 2 v)))) entries

let private positiveMatrix (m: DM) = 0.5 * (m + 1.3)

/// A square matrix that is not symmetric, from a 2 x 3 one.
let private square (m: DM) =
    DM.transposedTimes (sin m) m + DM.identity 3

let private matrices =
    [
        matrix "A + B" (fun m -> m + c23)
        matrix "A - B" (fun m -> c23 - m)
        matrix "A + scalar" (fun m -> m + m[0, 1])
        matrix "scalar + A" (fun m -> m[0, 1] + m)
        matrix "A - scalar" (fun m -> m - m[0, 1])
        matrix "scalar - A" (fun m -> m[0, 1] - m)
        matrix "A + 2" (fun m -> m + 2.0)
        matrix "2 + A" (fun m -> 2.0 + m)
        matrix "A - 2" (fun m -> m - 2.0)
        matrix "2 - A" (fun m -> 2.0 - m)
        matrix "scalar * A" (fun m -> m[1, 2] * m)
        matrix "A * scalar" (fun m -> m * m[1, 2])
        matrix "2 * A" (fun m -> 2.0 * m)
        matrix "A * 2" (fun m -> m * 2.0)
        matrix "A / scalar" (fun m -> m / m[1, 2])
        matrix "scalar / A" (fun m -> m[0, 1] / positiveMatrix m)
        matrix "A / 2" (fun m -> m / 2.0)
        matrix "2 / A" (fun m -> 2.0 / positiveMatrix m)
        matrix "-A" (fun m -> -m)
        matrix "A .* B" (fun m -> m .* cos m)
        matrix "A ./ B" (fun m -> c23 ./ positiveMatrix m)
        matrix "A ** B" (fun m -> positiveMatrix m ** m)
        matrix "A ** 3" (fun m -> m ** 3.0)
        matrix "atan2" (fun m -> atan2 m c23)
        matrix "exp" exp
        matrix "log" (positiveMatrix >> log)
        matrix "sqrt" (positiveMatrix >> sqrt)
        matrix "sin" sin
        matrix "cos" cos
        matrix "tan" tan
        matrix "asin" (fun m -> asin (0.5 * m))
        matrix "acos" (fun m -> acos (0.5 * m))
        matrix "atan" atan
        matrix "sinh" sinh
        matrix "cosh" cosh
        matrix "tanh" tanh
        matrix "erf" erf
        matrix "sigmoid" sigmoid
        matrix "abs" abs
        matrix "transpose" (fun m -> DM.transpose m * c23)
        matrix "A B" (fun m -> m * DM.transpose (cos m))
        matrix "A^T B" (fun m -> DM.transposedTimes m (cos m))
        matrix "A B^T" (fun m -> DM.timesTransposed m (cos m))
        matrix "slice" (fun m -> m[0..1, 1..2])
        matrix "init" (fun m -> DM.init 2 2 (fun i j -> m[i, j] * m[j, i]))
        matrix "ofRows" (fun m -> DM.ofRows [ m[1, *]; m[0, *]; m[1, *] ])
        matrix "outer product" (fun m -> DM.outer m[0, *] m[1, *])
        matrix "ofDiagonal" (fun m -> DM.ofDiagonal m[0, *])
        matrix "withDiagonal" (fun m -> square m |> DM.withDiagonal m[1, *])
        matrix "addDiagonal" (fun m -> square m |> DM.addDiagonal m[1, *])
        matrix "addIdentity" (fun m -> square m |> DM.addIdentity m[1, 1])
        matrix "scaleRows" (fun m -> DM.scaleRows m[*, 0] m)
        matrix "scaleColumns" (fun m -> DM.scaleColumns m[0, *] m)
        toVector "A v" (fun m -> m * m[0, *])
        toVector "v A" (fun m -> m[*, 1] * m)
        toVector "diagonal" (square >> DM.diagonal)
        toVector "row" (fun m -> m[1, *])
        toVector "column" (fun m -> m[*, 2])
        toVector "toDV" DM.toDV
        toVector "trace" (fun m -> DV.ofSeq [ DM.trace (square m) ])
        toVector "sum" (fun m -> DV.ofSeq [ DM.sum m ])
        toVector "inner" (fun m -> DV.ofSeq [ DM.inner m (sin m) ])
    ]

/// 3 x 3, symmetric, with eigenvalues above 1.
let private spd (v: DV) =
    let m = DM.ofDV 2 v
    DM.transposedTimes m m + DM.identity 3

let private rightSide (v: DV) = sin v[1..3]

let private rightSides (v: DV) = DM.ofDV 3 (cos v)

let private symmetric name (f: DV -> D) = test name f entries

let private positives =
    [
        symmetric "log det" (fun v -> (Spd.factor (spd v)).LogDet)
        symmetric "solve" (fun v -> weigh ((Spd.factor (spd v)).Solve(rightSide v)))
        symmetric "solve many" (fun v -> weighMatrix ((Spd.factor (spd v)).Solve(rightSides v)))
        symmetric "inverse" (fun v -> weighMatrix (Spd.factor (spd v)).Inverse)
        symmetric "trace of an inverse" (fun v -> DM.trace (Spd.inverse (Spd.factor (spd v))))
        symmetric "quadratic form" (fun v -> Spd.factor (spd v) |> Spd.quadratic (rightSide v))
        symmetric "one factor for all" (fun v ->
            let a = Spd.factor (spd v)
            Spd.logDet a * Spd.quadratic (rightSide v) a + weigh (Spd.solve (rightSide v) a))
        symmetric "Cholesky" (fun v -> weighMatrix (Spd.cholesky (spd v)))
        symmetric "log det by Cholesky" (fun v -> 2.0 * DV.sum (log (DM.diagonal (Spd.cholesky (spd v)))))
    ]

let private elementary =
    let case (name: string) (f: D -> D) (g: float -> float) (g': float -> float) = name, (f, g, g')

    [
        case "exp" exp exp exp
        case "log" log log (fun x -> 1.0 / x)
        case "sqrt" sqrt sqrt (fun x -> 0.5 / sqrt x)
        case "sin" sin sin cos
        case "cos" cos cos (fun x -> -(sin x))
        case "tan" tan tan (fun x -> 1.0 / (cos x * cos x))
        case "asin" asin asin (fun x -> 1.0 / sqrt (1.0 - x * x))
        case "acos" acos acos (fun x -> -1.0 / sqrt (1.0 - x * x))
        case "atan" atan atan (fun x -> 1.0 / (1.0 + x * x))
        case "sinh" sinh sinh cosh
        case "cosh" cosh cosh sinh
        case "tanh" tanh tanh (fun x -> 1.0 / (cosh x * cosh x))
        case "sigmoid" sigmoid (fun x -> 1.0 / (1.0 + exp -x)) (fun x -> 0.25 / (cosh (x / 2.0) * cosh (x / 2.0)))
        case "erf" erf MathNet.Numerics.SpecialFunctions.Erf (fun x -> 2.0 / sqrt Math.PI * exp (-x * x))
    ]

let private elementaryFunctions = elementary

let tests =
    testList "Operation" [
        testCases "an operation on scalars has the derivatives of its differences" scalars (fun (f, x) ->
            assertLaws f x)

        testCases "an operation on vectors has the derivatives of its differences" vectors (fun (f, x) ->
            assertLaws f x)

        testCases "an operation on matrices has the derivatives of its differences" matrices (fun (f, x) ->
            assertLaws f x)

        testCases
            "an operation on symmetric positive matrices has the derivatives of its differences"
            positives
            (fun (f, x) -> assertLaws f x)

        testCases
            "an elementary function has the value and the derivative that calculus gives"
            elementaryFunctions
            (fun (f, g, g') ->
                for x in [ 0.01; 0.3; 0.5; 0.77; 0.95 ] do
                    let value, slope = diff' f (D x)
                    assertClose rounding [| g x; g' x |] [| value.Value; slope.Value |])
    ]
