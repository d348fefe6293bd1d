namespace FiniteWidth

open System

/// A point where a formula is not smooth: the first of sigma, sigma' and sigma'' that jumps there, and by how much.
///
/// A jump of sigma is a delta function of that weight in sigma', and a jump of sigma' one in sigma''.
type Kink =
    {
        /// The z at which it jumps.
        At: float
        /// 0 where sigma jumps, 1 where sigma' does, 2 where sigma'' does.
        Order: int
        /// From below to above.
        Jump: float
    }

/// The points where a piecewise formula changes from one smooth piece to another.
[<RequireQualifiedAccess>]
module Kinks =

    // Beyond it a kink is as good as invisible under the Gaussian measure, or found by the quadrature's own refinement.
    let private reach = 100.0

    /// What changes sign where the formula changes its piece.
    let private tests formula =
        Formula.parts formula
        |> Seq.choose (fun part ->
            match part with
            | Formula.Apply((Elementary.Abs | Elementary.Sign | Elementary.Step), x) -> Some x
            | Formula.Max(a, b)
            | Formula.Min(a, b) -> Some(b - a)
            | Formula.Branch(test, _, _) -> Some test
            | _ -> None)
        |> Seq.distinct
        |> List.ofSeq

    let private bisect (f: float -> float) low high =
        let rec narrow low high steps =
            let middle = 0.5 * (low + high)

            if steps = 0 || middle <= low || middle >= high then
                middle
            elif f middle = 0.0 then
                middle
            elif (f low > 0.0) = (f middle > 0.0) then
                narrow middle high (steps - 1)
            else
                narrow low middle (steps - 1)

        narrow low high 200

    /// The zeros of a test: exactly where it is linear, else by bisection between points a sixteenth apart.
    let private zeros test =
        match Formula.derivative test with
        | Formula.Number slope when slope <> 0.0 -> [ -(Formula.evaluate 0.0 test) / slope ]
        | Formula.Number _ -> []
        | _ ->
            let f z = Formula.evaluate z test

            List.pairwise [ for i in -1600 .. 1600 -> float i / 16.0 ]
            |> List.choose (fun (low, high) ->
                match f low, f high with
                | 0.0, _ -> Some low
                | a, b when a * b < 0.0 -> Some(bisect f low high)
                | _ -> None)

    /// The formula's smooth piece beside a point: every change of piece decided as it is decided there.
    let rec internal piece beside formula =
        let above test = Formula.evaluate beside test > 0.0

        match formula with
        | Formula.Number _
        | Formula.Argument -> formula
        | Formula.Sum xs -> FormulaRewrite.sum (List.map (piece beside) xs)
        | Formula.Product xs -> FormulaRewrite.product (List.map (piece beside) xs)
        | Formula.Power(x, e) -> FormulaRewrite.power (piece beside x) e
        | Formula.Apply(Elementary.Abs, x) -> if above x then piece beside x else -(piece beside x)
        | Formula.Apply(Elementary.Sign, x) -> Formula.number (if above x then 1.0 else -1.0)
        | Formula.Apply(Elementary.Step, x) -> Formula.number (if above x then 1.0 else 0.0)
        | Formula.Apply(f, x) -> Formula.apply f (piece beside x)
        | Formula.Max(a, b) -> piece beside (if above (b - a) then b else a)
        | Formula.Min(a, b) -> piece beside (if above (b - a) then a else b)
        | Formula.Branch(test, x, y) -> piece beside (if above test then x else y)

    /// Every point within 100 of the origin where the formula changes its piece, in order, whether it shows or not.
    let points formula =
        tests formula
        |> List.collect zeros
        |> List.filter (fun z -> Double.IsFinite z && abs z <= reach)
        // No -0.
        |> List.map ((+) 0.0)
        |> List.distinct
        |> List.sort

    let private kink formula at =
        // Next to the point, and nearer than any other kink that one would tell from it.
        let beside = 1e-7 * (1.0 + abs at)

        let rec first order below above =
            let jump = Formula.evaluate at above - Formula.evaluate at below
            // Both pieces are evaluated at the point itself, where they differ by rounding alone or by a jump.
            let size = 1.0 + abs (Formula.evaluate at above)

            if not (abs jump <= 1e-9 * size) then
                Some { At = at; Order = order; Jump = jump }
            elif order = 2 then
                None
            else
                first (order + 1) (Formula.derivative below) (Formula.derivative above)

        first 0 (piece (at - beside) formula) (piece (at + beside) formula)

    /// The points where sigma, sigma' or sigma'' jumps, in order.
    let find formula =
        points formula |> List.choose (kink formula)
