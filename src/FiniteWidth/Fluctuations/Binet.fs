namespace FiniteWidth

open System
open System.Numerics

/// Binet's function mu(z) = log Gamma(z) - [(z - 1/2) log z - z + (1/2) log 2 pi], Re z > 0: what is left of log Gamma once its large
/// terms, which cancel in ratios, are taken away.
[<RequireQualifiedAccess>]
module internal Binet =

    // B_2k/(2k (2k-1)), the coefficients of Stirling's series in 1/z^(2k-1).
    let private stirling =
        [|
            1.0 / 12.0
            -1.0 / 360.0
            1.0 / 1260.0
            -1.0 / 1680.0
            1.0 / 1188.0
            -691.0 / 360360.0
            1.0 / 156.0
            -3617.0 / 122400.0
        |]

    /// Where |z| >= 12 the series is accurate to 1e-17; elsewhere mu(z) = mu(z + 1) + (z + 1/2) log(1 + 1/z) - 1 leads there.
    let rec mu (z: Complex) : Complex =
        let inverse = Complex.Reciprocal z

        if z.Magnitude < 12.0 then
            mu (z + Complex.One)
            + (z + Complex(0.5, 0.0)) * Complex.Log(Complex.One + inverse)
            - Complex.One
        else
            let square = inverse * inverse
            let mutable sum = Complex.Zero

            for k in stirling.Length - 1 .. -1 .. 0 do
                sum <- sum * square + Complex(stirling[k], 0.0)

            sum * inverse

    /// log [Gamma(a + s)/(Gamma(a) a^s)], a > 0, Re s > -a.
    let logRatio a (s: Complex) =
        let z = s + Complex(a, 0.0)

        (z - Complex(0.5, 0.0)) * Complex.Log(z / a) - s + mu z - mu (Complex(a, 0.0))

    // arctan e - e.
    let private arctanBeyondLinear e =
        if abs e > 0.1 then
            atan e - e
        else
            let square = e * e
            let mutable sum = 0.0

            for k in 21..-2..3 do
                sum <- 1.0 / float k - square * sum

            -e * square * sum

    /// log [Gamma(b + i w)/(Gamma(b) b^(i w))], b > 0: accurate however small w/b, where log|1 + i w/b| is lost in rounding.
    let logRatioUpwards b w =
        let e = w / b
        let real = 0.5 * MathNet.Numerics.SpecialFunctions.Log1p(e * e)
        let angle = atan e

        Complex((b - 0.5) * real - w * angle, b * arctanBeyondLinear e + w * real - 0.5 * angle)
        + mu (Complex(b, w))
        - mu (Complex(b, 0.0))
