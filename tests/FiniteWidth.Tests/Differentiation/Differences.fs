/// Central differences, and the laws that every differentiable function must pass.
module FiniteWidth.Tests.Differentiation.Differences

open System
open Expecto
open FiniteWidth.Differentiation
open FiniteWidth.Testing

/// The five-point stencil with step 1e-3 errs by h^4 f^(5)/30 ~ 1e-13 and by rounding ~ 1e-16/h = 1e-13, both times the size
/// of the function and its derivatives: 1e-9 leaves room for those of the functions used here.
let tolerance = 1e-9

/// Two orders of the same operations by the same rules: only rounding differs.
let rounding = 1e-12

let assertClose (tolerance: float) (expected: float[]) (actual: float[]) =
    Expect.equal actual.Length expected.Length "length of actual"
    let scale = expected |> Array.fold (fun scale e -> max scale (abs e)) 1.0

    for e, a in Array.zip expected actual do
        Expect.within (tolerance * scale) a e "a"

let assertMatrixClose tolerance (expected: float[,]) (actual: float[,]) =
    Expect.equal (Array2D.length1 actual) (Array2D.length1 expected) "length1 of actual"
    assertClose tolerance (expected |> Seq.cast<float> |> Array.ofSeq) (actual |> Seq.cast<float> |> Array.ofSeq)

/// The derivative of f at 0, entry by entry.
let derivative (f: float -> float[]) =
    let h = 1e-3
    let near = Array.map2 (-) (f h) (f -h)
    let far = Array.map2 (-) (f (2.0 * h)) (f (-2.0 * h))
    Array.map2 (fun near far -> (8.0 * near - far) / (12.0 * h)) near far

let private moved (x: float[]) i h =
    DV(x |> Array.mapi (fun j v -> if i = j then v + h else v))

/// The gradient of f.
let gradient (f: DV -> D) (x: float[]) =
    Array.init x.Length (fun i -> (derivative (fun h -> [| (f (moved x i h)).Value |]))[0])

/// Row i is the derivative of f along x_i.
let rows (f: DV -> DV) (x: float[]) =
    Array.init x.Length (fun i -> derivative (fun h -> (f (moved x i h)).Value))

let private unit (x: float[]) i = DV.unit x.Length i

/// Reverse gradient = forward = differences; Hessian = differences of the gradient, whichever mode is nested in which;
/// third derivative = differences of the second.
let assertLaws (f: DV -> D) (x: float[]) =
    let point = DV.ofArray x
    let reverse = DV.toArray (grad f point)
    assertClose tolerance (gradient f x) reverse
    assertClose rounding reverse (Array.init x.Length (fun i -> (gradv f point (unit x i)).Value))

    let expected = rows (grad f) x

    let hessianRow along =
        Array.init x.Length (along >> DV.toArray)

    let forwardOverReverse = hessianRow (fun i -> hessianv f point (unit x i))
    Array.iter2 (assertClose tolerance) expected forwardOverReverse

    let reverseOverReverse = hessianRow (fun i -> grad (fun x -> (grad f x)[i]) point)

    Array.iter2 (assertClose rounding) forwardOverReverse reverseOverReverse

    let reverseOverForward =
        hessianRow (fun i -> grad (fun x -> gradv f x (unit x.Value i)) point)

    Array.iter2 (assertClose rounding) forwardOverReverse reverseOverForward

    // A fixed direction that is not special for any of the functions.
    let v = DV(Array.init x.Length (fun i -> cos (float (i + 1))))
    let curvature x = v * hessianv f x v
    assertClose tolerance (gradient curvature x) (DV.toArray (grad curvature point))
    let third = diff2 (fun t -> grad f (point + t * v) * v) (D 0.0)

    let differences =
        derivative (fun h -> [| (diff (fun t -> grad f (point + t * v) * v) (D h)).Value |])

    assertClose tolerance differences [| third.Value |]

/// A scalar that depends on every entry of a vector in another way.
let weigh (v: DV) =
    DV(Array.init v.Length (fun i -> cos (1.0 + 3.0 * float i))) * v

/// A scalar that depends on every entry of a matrix in another way.
let weighMatrix (m: DM) = weigh (DM.toDV m)
