namespace FiniteWidth

open System

/// A formula near z = 0 by its Taylor series there, one on either side of 0.
///
/// Where terms cancel and leave a power of z, as in z - tanh z, e^z - 1 - z or log(cosh z), the values that they add up to are rounding;
/// those of the series keep their digits.
[<RequireQualifiedAccess>]
module internal NearZero =

    let private order = 40
    let private widest = 0.5
    let private narrowest = 1e-6

    exception private NotAnalytic

    let private tabulate f = Array.init (order + 1) f

    let private constant x =
        tabulate (fun k -> if k = 0 then x else 0.0)

    let private multiply (a: float[]) (b: float[]) =
        tabulate (fun k ->
            let mutable sum = 0.0

            for i in 0..k do
                sum <- sum + a[i] * b[k - i]

            sum)

    // The coefficient of order k of F, where F' = g u'.
    let private next (u: float[]) (g: float[]) k =
        let mutable sum = 0.0

        for i in 1..k do
            sum <- sum + float i * u[i] * g[k - i]

        sum / float k

    let private integrate start g u =
        tabulate (fun k -> if k = 0 then start else next u g k)

    let private exponential (u: float[]) =
        let result = constant (exp u[0])

        for k in 1..order do
            result[k] <- next u result k

        result

    // f' = g u' and g' = sign f u'.
    let private pair f0 g0 sign (u: float[]) =
        let f, g = constant f0, constant g0

        for k in 1..order do
            f[k] <- next u g k
            g[k] <- sign * next u f k

        f, g

    let private circular (u: float[]) = pair (sin u[0]) (cos u[0]) -1.0 u
    let private hyperbolic (u: float[]) = pair (sinh u[0]) (cosh u[0]) 1.0 u

    let private power (u: float[]) e =
        if u[0] = 0.0 then
            if e < 0.0 || not (FormulaRewrite.isInteger e) || e > float order then
                raise NotAnalytic

            (constant 1.0, [ 1 .. int e ]) ||> List.fold (fun result _ -> multiply result u)
        else
            let result = constant (FormulaArithmetic.power u[0] e)

            for k in 1..order do
                let mutable sum = 0.0

                for i in 1..k do
                    sum <- sum + (float i * e - float (k - i)) * u[i] * result[k - i]

                result[k] <- sum / (float k * u[0])

            result

    let rec private series formula : float[] =
        let result =
            match formula with
            | Formula.Number x -> constant x
            | Formula.Argument -> tabulate (fun k -> if k = 1 then 1.0 else 0.0)
            | Formula.Sum xs -> xs |> List.map series |> List.reduce (Array.map2 (+))
            | Formula.Product xs -> xs |> List.map series |> List.reduce multiply
            | Formula.Power(x, e) -> power (series x) e
            | Formula.Apply(f, x) -> apply f x
            | Formula.Max _
            | Formula.Min _
            | Formula.Branch _ -> raise NotAnalytic

        if Array.forall Double.IsFinite result then
            result
        else
            raise NotAnalytic

    and private apply f x =
        let u = series x

        match f with
        | Elementary.Exp -> exponential u
        | Elementary.Log -> integrate (log u[0]) (power u -1.0) u
        | Elementary.Tanh ->
            let sine, cosine = hyperbolic u
            multiply sine (power cosine -1.0)
        | Elementary.Erf ->
            let slope = exponential (Array.map (~-) (multiply u u))
            integrate (FormulaArithmetic.apply f u[0]) (slope |> Array.map ((*) (2.0 / sqrt Math.PI))) u
        | Elementary.Sin -> fst (circular u)
        | Elementary.Cos -> snd (circular u)
        | Elementary.Sinh -> fst (hyperbolic u)
        | Elementary.Cosh -> snd (hyperbolic u)
        | Elementary.Arctan ->
            let square = multiply u u
            square[0] <- square[0] + 1.0
            integrate (atan u[0]) (power square -1.0) u
        | Elementary.Expm1
        | Elementary.Log1p -> series (FormulaRewrite.apply f x)
        | Elementary.Abs
        | Elementary.Sign
        | Elementary.Step -> raise NotAnalytic

    // Within it the series has ended long before its last terms.
    let private radius limit (coefficients: float[]) =
        let isShort r =
            let sizes = coefficients |> Array.mapi (fun k t -> abs t * Math.Pow(r, k))
            Array.max sizes[order - 7 ..] <= 1e-18 * Array.max sizes

        limit
        |> List.unfold (fun r -> if r < narrowest then None else Some(r, 0.5 * r))
        |> List.tryFind isShort

    let private sum (coefficients: float[]) z =
        let mutable value = 0.0

        for k in order .. -1 .. 0 do
            value <- value * z + coefficients[k]

        value

    let private expand formula =
        let limit =
            (widest, Kinks.points formula)
            ||> List.fold (fun limit kink -> if kink = 0.0 then limit else min limit (0.9 * abs kink))

        let on side =
            series (Kinks.piece (side * 1e-3 * limit) formula)

        try
            let above, below = on 1.0, on -1.0

            match radius limit above, radius limit below with
            | Some a, Some b -> Some(min a b, above, below)
            | _ -> None
        with NotAnalytic ->
            None

    /// `direct`, which computes the formula term by term, with the Taylor series near 0 where the two differ by more than rounding of
    /// the value.
    let refine formula (direct: float -> float) : float -> float =
        match expand formula with
        | None -> direct
        | Some(r, above, below) ->
            let near z =
                sum (if z > 0.0 then above else below) z

            let differs tolerance z =
                let value = near z
                not (abs (direct z - value) <= tolerance * abs value)

            let both z = [ z; -z ]
            // Far from 0 the terms have not cancelled yet: there the series must be what it expands.
            let isTrue =
                [ r; 0.7 * r ] |> List.collect both |> List.forall (differs 1e-6 >> not)

            let isBetter =
                List.init 40 (fun j -> r * 0.5 ** float j)
                |> List.collect both
                |> List.exists (differs 2e-14)

            if isTrue && isBetter then
                fun z -> if abs z < r && z <> 0.0 then near z else direct z
            else
                direct
