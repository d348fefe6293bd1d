namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// How sigma behaves under z -> -z.
[<RequireQualifiedAccess>]
type Parity =
    | Odd
    | Even
    | Neither

/// How E[sigma(z1) sigma(z2)] is known.
[<RequireQualifiedAccess>]
type Dual =
    /// In closed form, as an expression in c11, c22 and c12.
    | Closed of Scalar
    /// As a Hermite series, to an accuracy relative to E[sigma^2].
    | Series of accuracy: float

/// An activation sigma: R -> R together with what the theory needs of it, its kernel map.
[<CustomEquality; NoComparison>]
type Activation =
    {
        Name: string
        Function: float -> float
        Parity: Parity
        /// k where sigma(a z) = a^k sigma(z) for a > 0; then K o [q C] = q^k K o [C].
        Degree: float option
        Dual: Dual
        /// The same map over whole matrices.
        Map: DualMap
    }

    /// Two activations are the same when they share a kernel map.
    override this.Equals other =
        match other with
        | :? Activation as that -> Object.ReferenceEquals(this.Map, that.Map)
        | _ -> false

    override this.GetHashCode() = this.Map.GetHashCode()

    override this.ToString() = this.Name

[<RequireQualifiedAccess>]
module Activation =

    let private c11 = Scalar.symbol (Symbol.Variance 1)
    let private c22 = Scalar.symbol (Symbol.Variance 2)
    let private c12 = Scalar.symbol Symbol.Covariance
    let private norm = sqrt (c11 * c22)
    let private rho = c12 / norm
    let private sine = sqrt (1.0 - rho * rho)

    let private closed name f parity degree dual map =
        {
            Name = name
            Function = f
            Parity = parity
            Degree = degree
            Dual = Dual.Closed dual
            Map = map
        }

    /// sigma(z) = z.
    let linear = closed "linear" id Parity.Odd (Some 1.0) c12 DualMaps.Linear

    /// sigma(z) = erf z: (2/pi) arcsin( 2 c12 / sqrt((1 + 2 c11)(1 + 2 c22)) ).
    let erf =
        closed
            "erf"
            MathNet.Numerics.SpecialFunctions.Erf
            Parity.Odd
            None
            (2.0 / Math.PI * asin (2.0 * c12 / sqrt ((1.0 + 2.0 * c11) * (1.0 + 2.0 * c22))))
            DualMaps.Erf

    /// sigma(z) = max(z, 0): sqrt(c11 c22) (sin theta + (pi - theta) cos theta)/(2 pi), theta = arccos rho.
    let relu =
        closed
            "relu"
            (max 0.0)
            Parity.Neither
            (Some 1.0)
            (norm / (2.0 * Math.PI) * (sine + (Math.PI - acos rho) * rho))
            DualMaps.Relu

    /// sigma(z) = a max(z, 0) + b min(z, 0).
    let piecewiseLinear a b =
        let even = (a + b) / 2.0
        let odd = (a - b) / 2.0

        closed
            $"leaky-relu({a}, {b})"
            (fun z -> if z > 0.0 then a * z else b * z)
            (if odd = 0.0 then Parity.Odd
             elif even = 0.0 then Parity.Even
             else Parity.Neither)
            (Some 1.0)
            (even * even * c12 + odd * odd * (2.0 / Math.PI) * norm * (sine + rho * asin rho))
            (DualMaps.LeakyRelu(a, b))

    /// sigma(z) = z for z > 0 and z/100 below: the usual leaky ReLU.
    let leakyRelu =
        { piecewiseLinear 1.0 0.01 with
            Name = "leaky-relu"
        }

    /// sigma(z) = sign z: (2/pi) arcsin rho.
    let sign =
        closed "sign" (fun z -> float (Math.Sign z)) Parity.Odd (Some 0.0) (2.0 / Math.PI * asin rho) DualMaps.Sign

    /// sigma(z) = 1 for z > 0, else 0: (pi - theta)/(2 pi).
    let step =
        closed
            "step"
            (fun z -> if z > 0.0 then 1.0 else 0.0)
            Parity.Neither
            (Some 0.0)
            ((Math.PI - acos rho) / (2.0 * Math.PI))
            DualMaps.Step

    /// sigma(z) = sin z: exp(-(c11 + c22)/2) sinh c12.
    let sin =
        closed "sin" Math.Sin Parity.Odd None (exp (-0.5 * (c11 + c22)) * sinh c12) DualMaps.Sin

    /// sigma(z) = cos z: exp(-(c11 + c22)/2) cosh c12.
    let cos =
        closed "cos" Math.Cos Parity.Even None (exp (-0.5 * (c11 + c22)) * cosh c12) DualMaps.Cos

    /// sigma(z) = z^2: c11 c22 + 2 c12^2.
    let square =
        closed "square" (fun z -> z * z) Parity.Even (Some 2.0) (c11 * c22 + 2.0 * c12 * c12) DualMaps.Square

    /// sigma(z) = exp z: exp((c11 + 2 c12 + c22)/2).
    let exp =
        closed "exp" Math.Exp Parity.Neither None (exp (0.5 * (c11 + 2.0 * c12 + c22))) DualMaps.Exp

    let private series name f parity accuracy map =
        {
            Name = name
            Function = f
            Parity = parity
            Degree = None
            Dual = Dual.Series accuracy
            Map = map
        }

    let private hermite name (f: float -> float) parity =
        let map = HermiteMap(Func<float, float> f)
        series name f parity map.Tolerance map

    /// Any other sigma, by its Hermite series: K_munu = sum_k a_k(C_mumu) a_k(C_nunu) rho^k.
    let custom name f = hermite name f Parity.Neither

    /// Any other odd sigma.
    let customOdd name f = hermite name f Parity.Odd

    // The accuracy of the named series.
    let private accuracy = 1e-8
    let private sigmoidOf z = 1.0 / (1.0 + Math.Exp -z)

    /// sigma(z) = tanh z.
    let tanh = series "tanh" Math.Tanh Parity.Odd accuracy DualMaps.Tanh

    /// sigma(z) = 1/(1 + e^-z).
    let sigmoid = series "sigmoid" sigmoidOf Parity.Neither accuracy DualMaps.Logistic

    /// sigma(z) = log(1 + e^z).
    let softplus =
        let f z =
            max z 0.0 + Math.Log(1.0 + Math.Exp(-(abs z)))

        series "softplus" f Parity.Neither accuracy DualMaps.Softplus

    /// sigma(z) = z/(1 + e^-z).
    let silu =
        series "silu" (fun z -> z * sigmoidOf z) Parity.Neither accuracy DualMaps.Silu

    /// sigma(z) = z Phi(z), Phi the standard normal distribution function.
    let gelu =
        let f z =
            0.5 * z * MathNet.Numerics.SpecialFunctions.Erfc(-z / sqrt 2.0)

        series "gelu" f Parity.Neither accuracy DualMaps.Gelu

    /// Every activation that has a name, in the order of the documentation's table.
    let all =
        [
            linear
            erf
            relu
            leakyRelu
            sign
            step
            sin
            cos
            square
            exp
            tanh
            sigmoid
            softplus
            silu
            gelu
        ]

    /// The activation of that name.
    let ofName name =
        match all |> List.tryFind (fun activation -> activation.Name = name) with
        | Some activation -> Ok activation
        | None ->
            let names = all |> List.map _.Name |> String.concat ", "
            Error(BadNetwork $"There is no activation \"{name}\": use one of {names}.")

type Activation with

    static member Linear = Activation.linear
    static member Erf = Activation.erf
    static member Relu = Activation.relu

    /// sigma(z) = a max(z, 0) + b min(z, 0).
    static member PiecewiseLinear(a, b) = Activation.piecewiseLinear a b

    static member LeakyRelu = Activation.leakyRelu
    static member Sign = Activation.sign
    static member Step = Activation.step
    static member Sin = Activation.sin
    static member Cos = Activation.cos
    static member Square = Activation.square
    static member Exp = Activation.exp
    static member Tanh = Activation.tanh
    static member Sigmoid = Activation.sigmoid
    static member Softplus = Activation.softplus
    static member Silu = Activation.silu
    static member Gelu = Activation.gelu

    /// Any other sigma, by its Hermite series.
    static member Custom(name, sigma: Func<float, float>) = Activation.custom name sigma.Invoke

    /// Any other odd sigma, sigma(-z) = -sigma(z).
    static member CustomOdd(name, sigma: Func<float, float>) = Activation.customOdd name sigma.Invoke

    /// The activation of that name; a FailureException that lists the names where there is none.
    static member OfName name = Activation.ofName name |> Result.orFail
