namespace FiniteWidth

open System

/// How sigma behaves under z -> -z.
[<RequireQualifiedAccess>]
type Parity =
    /// sigma(-z) = -sigma(z)
    | Odd
    /// sigma(-z) = sigma(z)
    | Even
    /// Neither odd nor even.
    | Neither

/// The symmetries of a formula: by rules, which prove them, and then on numbers, which confirm them.
[<RequireQualifiedAccess>]
module Symmetry =

    // What a part of a formula is known to be; zero is both odd and even.
    let private both = Set.ofList [ Parity.Odd; Parity.Even ]
    let private only parity = Set.singleton parity

    let private timesOdd parities =
        parities
        |> Set.map (fun parity ->
            match parity with
            | Parity.Odd -> Parity.Even
            | _ -> Parity.Odd)

    let rec private parities formula =
        match formula with
        | Formula.Number 0.0 -> both
        | Formula.Number _ -> only Parity.Even
        | Formula.Argument -> only Parity.Odd
        | Formula.Sum xs -> xs |> List.map parities |> Set.intersectMany
        | Formula.Product xs ->
            (only Parity.Even, xs)
            ||> List.fold (fun acc x ->
                let next = parities x

                Set.union
                    (if next.Contains Parity.Even then acc else Set.empty)
                    (if next.Contains Parity.Odd then timesOdd acc else Set.empty))
        | Formula.Power(x, e) ->
            let inner = parities x

            if
                inner.Contains Parity.Even
                || (inner.Contains Parity.Odd && FormulaRewrite.isEven e)
            then
                only Parity.Even
            elif inner.Contains Parity.Odd && FormulaRewrite.isInteger e then
                only Parity.Odd
            else
                Set.empty
        | Formula.Apply(f, x) ->
            let inner = parities x

            match f with
            | _ when inner.Contains Parity.Even -> only Parity.Even
            | _ when not (inner.Contains Parity.Odd) -> Set.empty
            | Elementary.Cos
            | Elementary.Cosh
            | Elementary.Abs -> only Parity.Even
            | Elementary.Exp
            | Elementary.Expm1
            | Elementary.Log
            | Elementary.Log1p
            | Elementary.Step -> Set.empty
            | _ -> only Parity.Odd
        | Formula.Max(a, b)
        | Formula.Min(a, b) ->
            let same =
                (parities a).Contains Parity.Even && (parities b).Contains Parity.Even
                || Formula.substitute -Formula.z a = b

            if same then only Parity.Even else Set.empty
        | Formula.Branch(test, above, below) ->
            let tested = parities test

            if tested.Contains Parity.Even then
                Set.intersect (parities above) (parities below)
            elif tested.Contains Parity.Odd then
                // One branch is the other's mirror image; where the test is 0 the value may differ.
                let mirrored = Formula.substitute -Formula.z above

                Set.ofList
                    [
                        if mirrored = below then
                            Parity.Even
                        if -mirrored = below then
                            Parity.Odd
                    ]
            else
                Set.empty

    // Points of many magnitudes, none of them special.
    let private points =
        [| for i in 0..90 -> 1e-3 * 1.1234567 ** float i |]
        |> Array.filter (fun z -> z < 40.0)

    // Where sigma(z) and its mirror image agree to rounding. A sum may cancel: the yardstick is what its terms may reach nearby.
    let private agree (sigma: float -> float) sign =
        points
        |> Array.forall (fun z ->
            let right, left = sigma z, sigma -z
            let size = max (abs right) (abs left)
            right = sign * left || abs (right - sign * left) <= 1e-12 * max size (min 1.0 z))

    /// The parity that a function shows at many points of many magnitudes, to rounding.
    let parityOfFunction sigma =
        match agree sigma -1.0, agree sigma 1.0 with
        | true, false -> Parity.Odd
        | false, true -> Parity.Even
        | _ -> Parity.Neither

    /// sigma(-z) = -sigma(z), = sigma(z), or neither. What the rules prove stands unless numbers show the opposite; where they do
    /// not decide, agreement to rounding at ninety points of many magnitudes does.
    let parity formula =
        match Set.toList (parities formula), parityOfFunction (fun z -> Formula.evaluate z formula) with
        | [ proved ], shown when proved <> shown && shown <> Parity.Neither -> Parity.Neither
        | [ proved ], _ -> proved
        | _, shown -> shown

    // The degrees that a part may have: zero has every degree.
    [<RequireQualifiedAccess>]
    type private Degree =
        | Every
        | One of float
        | No

    let private common a b =
        match a, b with
        | Degree.Every, other
        | other, Degree.Every -> other
        | Degree.One a, Degree.One b when a = b -> Degree.One a
        | _ -> Degree.No

    let rec private degreeOf formula =
        match formula with
        | Formula.Number 0.0 -> Degree.Every
        | Formula.Number _ -> Degree.One 0.0
        | Formula.Argument -> Degree.One 1.0
        | Formula.Sum xs -> xs |> List.map degreeOf |> List.reduce common
        | Formula.Product xs ->
            (Degree.One 0.0, xs)
            ||> List.fold (fun acc x ->
                match acc, degreeOf x with
                | Degree.One a, Degree.One b -> Degree.One(a + b)
                | _ -> Degree.No)
        | Formula.Power(x, e) ->
            match degreeOf x with
            | Degree.One d -> Degree.One(d * e)
            | _ -> Degree.No
        | Formula.Apply(f, x) ->
            match f, degreeOf x with
            | Elementary.Abs, degree -> degree
            | (Elementary.Sign | Elementary.Step), (Degree.One _ | Degree.Every) -> Degree.One 0.0
            // A function that is constant on each half line.
            | _, Degree.One 0.0 -> Degree.One 0.0
            | _ -> Degree.No
        | Formula.Max(a, b)
        | Formula.Min(a, b) -> common (degreeOf a) (degreeOf b)
        | Formula.Branch(test, above, below) ->
            match degreeOf test with
            | Degree.One _ -> common (degreeOf above) (degreeOf below)
            | _ -> Degree.No

    /// k where the rules prove sigma(q z) = q^k sigma(z) for q > 0, and numbers confirm it.
    let degree formula =
        match degreeOf formula with
        | Degree.One k ->
            let confirmed =
                [ -3.0; -0.1; 0.7; 20.0 ]
                |> List.forall (fun z ->
                    let scaled, expected =
                        Formula.evaluate (2.5 * z) formula, 2.5 ** k * Formula.evaluate z formula

                    // A power of a power loses a few units in the last place.
                    abs (scaled - expected) <= 1e-12 * abs expected)

            if confirmed then Some k else None
        | _ -> None
