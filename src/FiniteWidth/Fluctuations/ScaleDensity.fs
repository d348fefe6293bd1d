namespace FiniteWidth

open System
open System.Numerics

/// The prior of x = log prod_l Qbar_l where N_l Qbar_l ~ chi^2_(N_l), independent.
[<RequireQualifiedAccess>]
module ScaleDensity =

    /// The variance of x: sum_l psi'(N_l/2), bounded from above by the first terms of its series.
    let internal variance (shapes: float[]) =
        shapes |> Array.sumBy (fun a -> 1.0 / a + 1.0 / (a * a))

    // e^x - 1 - x, by its series where the difference would cancel: layers of millions of units have x of order 1e-3.
    let private expBeyondLinear x =
        if abs x > 0.5 then
            exp x - 1.0 - x
        else
            let mutable sum = 0.0

            for k in 18..-1..2 do
                sum <- (1.0 + sum) * x / float k

            sum * x

    let private ofOneLayer a x =
        -a * expBeyondLinear x + 0.5 * log (a / (2.0 * Math.PI))
        - (Binet.mu (Complex(a, 0.0))).Real

    /// Where the cumulant generating function has the slope x, kept off the poles at s = -a.
    let private contour (shapes: float[]) x =
        let least = Array.min shapes

        let slope s =
            shapes
            |> Array.sumBy (fun a -> MathNet.Numerics.SpecialFunctions.DiGamma(a + s) - log a)

        let rec bracket upper =
            if slope upper < x then bracket (2.0 * upper) else upper

        // Any line right of the poles gives the same integral: a fraction of the saddle's width, sqrt s, keeps it from cancelling.
        let rec bisect lower upper =
            let middle = 0.5 * (lower + upper)

            if
                upper - lower < 1e-3 * sqrt (least + lower)
                || middle <= lower
                || middle >= upper
            then
                middle
            elif slope middle < x then
                bisect middle upper
            else
                bisect lower middle

        let lower = min 0.25 (least / 3.0) - least

        if slope lower >= x then
            lower
        else
            bisect lower (bracket (Array.max shapes))

    // From here on Stirling's series of the density ends below rounding.
    let private gaussian = 1e13

    let private mostTerms = 1_000_000

    // Mellin's inversion, p(x) = (1/2 pi) int exp(kappa(s + i w) - (s + i w) x) dw with kappa(s) = sum_l log[Gamma(a_l + s)/(Gamma(a_l)
    // a_l^s)], along the vertical line through the saddle. The trapezoidal rule of step h adds the density, tilted by exp(s x), at
    // distances 2 pi/h: the step keeps those below rounding.
    let private ofLayers (shapes: float[]) x =
        let s = contour shapes x
        let tilted = shapes |> Array.map (fun a -> a + s)

        let top =
            shapes
            |> Array.fold (fun sum a -> sum + (Binet.logRatio a (Complex(s, 0.0))).Real) (-s * x)

        if Array.min tilted > gaussian then
            top - 0.5 * log (2.0 * Math.PI * variance tilted)
        else
            let reach = 45.0 / Array.min tilted + 10.0 * sqrt (variance tilted)
            let h = 2.0 * Math.PI / reach
            let drift = (shapes |> Array.sumBy (fun a -> log ((a + s) / a))) - x

            // kappa(s + i w) - kappa(s) - i w x, in which nothing of the size of s is left to cancel.
            let above w =
                tilted
                |> Array.fold (fun sum b -> sum + Binet.logRatioUpwards b w) (Complex(0.0, w * drift))

            let rec add k sum =
                if k > mostTerms then
                    raise (
                        FailureException(
                            Inaccurate "The density of the scale takes too many terms: use layers of similar widths."
                        )
                    )

                let term = above (h * float k)
                let size = exp term.Real
                let sum = sum + 2.0 * size * cos term.Imaginary

                if size >= 1e-18 then add (k + 1) sum else sum

            top + log (max 0.0 (add 1 1.0) * h / (2.0 * Math.PI))

    /// -d2 log p/dx2 at x but for terms O(1) where it is O(N): the inverse variance of the density tilted so that x is its mean.
    let internal curvature (widths: int seq) x =
        let shapes = [| for n in widths -> float n / 2.0 |]
        let s = contour shapes x
        1.0 / variance (shapes |> Array.map (fun a -> a + s))

    /// log p(x), p the density of x = log prod_l Qbar_l with respect to dx, for layers of widths N_l: accurate in p to a
    /// relative 1e-12, of which x -> -infinity costs a factor exp(|x|/4) where there are several layers.
    let log (widths: int seq) =
        let shapes = [| for n in widths -> float n / 2.0 |]

        match shapes with
        | [| a |] -> ofOneLayer a
        | shapes -> ofLayers shapes
