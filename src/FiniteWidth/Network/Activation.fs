namespace FiniteWidth

open System
open System.Linq.Expressions
open FiniteWidth.Numerics

/// How E[sigma(z1) sigma(z2)] is known.
[<RequireQualifiedAccess>]
type Dual =
    /// In closed form, as an expression in c11, c22 and c12.
    | Closed of Scalar
    /// As a Hermite series, to an accuracy relative to E[sigma^2].
    | Series of accuracy: float

/// What is known of sigma besides its values.
[<RequireQualifiedAccess>]
type Definition =
    /// A formula: derivatives are symbolic.
    | Symbolic of Formula
    /// A function alone: derivatives are differences.
    | Numeric

/// An activation sigma: R -> R together with what the theory needs of it, its kernel map.
[<CustomEquality; NoComparison>]
type Activation =
    {
        /// What jobs, tables and figures call it.
        Name: string
        /// sigma itself.
        Function: float -> float
        /// What is known of it: a formula, or its values alone.
        Definition: Definition
        /// Whether it is odd, even or neither.
        Parity: Parity
        /// k where sigma(a z) = a^k sigma(z) for a > 0; then K o [q C] = q^k K o [C].
        Degree: float option
        /// How its kernel map is computed.
        Dual: Dual
        /// The same map over whole matrices.
        Map: DualMap
    }

    /// Two activations are the same when they have one formula and know its kernel map in one way; what only a function can say is the
    /// same as itself alone. Names are of no account.
    override this.Equals other =
        match other with
        | :? Activation as that ->
            Object.ReferenceEquals(this, that)
            || (match this.Definition, that.Definition with
                | Definition.Symbolic formula, Definition.Symbolic another -> formula = another && this.Dual = that.Dual
                | Definition.Numeric, Definition.Numeric -> Object.ReferenceEquals(this.Map, that.Map)
                | _ -> false)
        | _ -> false

    override this.GetHashCode() =
        match this.Definition with
        | Definition.Symbolic formula -> hash formula
        | Definition.Numeric -> this.Map.GetHashCode()

    override this.ToString() = this.Name

/// Activations by name, by formula and by function.
[<RequireQualifiedAccess>]
module Activation =

    let private c11 = Scalar.symbol (Symbol.Variance 1)
    let private c22 = Scalar.symbol (Symbol.Variance 2)
    let private c12 = Scalar.symbol Symbol.Covariance
    let private norm = sqrt (c11 * c22)
    let private rho = c12 / norm
    let private sine = sqrt (1.0 - rho * rho)

    // Formulas that use functions whose names are activations below.
    let private z = Formula.z
    let private logistic = 1.0 / (1.0 + exp -z)
    let private logarithm = log (1.0 + exp z)
    let private mishOf = z * tanh logarithm
    let private eluOf = Formula.branch z z (exp z - 1.0)

    let private closed name f formula parity degree dual map =
        {
            Name = name
            Function = f
            Definition = Definition.Symbolic formula
            Parity = parity
            Degree = degree
            Dual = Dual.Closed dual
            Map = map
        }

    /// sigma(z) = z.
    let linear = closed "linear" id z Parity.Odd (Some 1.0) c12 DualMaps.Linear

    /// sigma(z) = erf z: (2/pi) arcsin( 2 c12 / sqrt((1 + 2 c11)(1 + 2 c22)) ).
    let erf =
        closed
            "erf"
            MathNet.Numerics.SpecialFunctions.Erf
            (Formula.erf z)
            Parity.Odd
            None
            (2.0 / Math.PI * asin (2.0 * c12 / sqrt ((1.0 + 2.0 * c11) * (1.0 + 2.0 * c22))))
            DualMaps.Erf

    /// sigma(z) = max(z, 0): sqrt(c11 c22) (sin theta + (pi - theta) cos theta)/(2 pi), theta = arccos rho.
    let relu =
        closed
            "relu"
            (max 0.0)
            (Formula.max z (Formula.number 0.0))
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
            (Formula.branch z (a * z) (b * z))
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
        closed
            "sign"
            (fun z -> float (Math.Sign z))
            (Formula.sign z)
            Parity.Odd
            (Some 0.0)
            (2.0 / Math.PI * asin rho)
            DualMaps.Sign

    /// sigma(z) = 1 for z > 0, else 0: (pi - theta)/(2 pi).
    let step =
        closed
            "step"
            (fun z -> if z > 0.0 then 1.0 else 0.0)
            (Formula.step z)
            Parity.Neither
            (Some 0.0)
            ((Math.PI - acos rho) / (2.0 * Math.PI))
            DualMaps.Step

    // An odd function that is not 0 at 0 jumps there, and a point of variance 0 has a mean.
    let private withValueAtZero (value: float) parity =
        match parity with
        | Parity.Odd when abs value > 1e-12 -> Parity.Neither
        | other -> other

    // sigma(z) = `above` for z > 0, `zero` at 0 and `below` for z < 0.
    let private steps above zero below =
        let mean = (above + below) / 2.0
        let jump = (above - below) / 2.0

        closed
            $"step({below}, {above})"
            (fun z ->
                if z > 0.0 then above
                elif z < 0.0 then below
                else zero + z)
            (mean + jump * Formula.sign z)
            ((if mean = 0.0 then Parity.Odd
              elif jump = 0.0 then Parity.Even
              else Parity.Neither)
             |> withValueAtZero zero)
            (Some 0.0)
            (mean * mean + jump * jump * (2.0 / Math.PI) * asin rho)
            (DualMaps.PiecewiseConstant(below, zero, above))

    /// sigma(z) = `above` for z > 0 and `below` for z < 0, their mean at 0: its square plus ((above - below)/2)^2 (2/pi) arcsin rho.
    let piecewiseConstant above below =
        steps above ((above + below) / 2.0) below

    /// sigma(z) = sin z: exp(-(c11 + c22)/2) sinh c12.
    let sin =
        closed "sin" Math.Sin (sin z) Parity.Odd None (exp (-0.5 * (c11 + c22)) * sinh c12) DualMaps.Sin

    /// sigma(z) = cos z: exp(-(c11 + c22)/2) cosh c12.
    let cos =
        closed "cos" Math.Cos (cos z) Parity.Even None (exp (-0.5 * (c11 + c22)) * cosh c12) DualMaps.Cos

    /// sigma(z) = z^2: c11 c22 + 2 c12^2.
    let square =
        closed "square" (fun z -> z * z) (z * z) Parity.Even (Some 2.0) (c11 * c22 + 2.0 * c12 * c12) DualMaps.Square

    /// sigma(z) = exp z: exp((c11 + 2 c12 + c22)/2).
    let exp =
        closed "exp" Math.Exp (exp z) Parity.Neither None (exp (0.5 * (c11 + 2.0 * c12 + c22))) DualMaps.Exp

    let private series name f definition parity degree (map: HermiteMap) =
        {
            Name = name
            Function = f
            Definition = definition
            Parity = parity
            Degree = degree
            Dual = Dual.Series map.Tolerance
            Map = map
        }

    let private numeric name (f: float -> float) parity =
        series name f Definition.Numeric parity None (HermiteMap(Func<float, float> f))

    /// Any other sigma, by its Hermite series: K_munu = sum_k a_k(C_mumu) a_k(C_nunu) rho^k. A function has no formula: its
    /// derivatives are differences, and its parity is what it shows at many points.
    let custom name f =
        numeric name f (Symmetry.parityOfFunction f |> withValueAtZero (f 0.0))

    /// Any other odd sigma.
    let customOdd name f = numeric name f Parity.Odd

    let private named name f formula parity map =
        series name f (Definition.Symbolic formula) parity None map

    let private logisticOf z = 1.0 / (1.0 + Math.Exp -z)

    /// sigma(z) = tanh z.
    let tanh = named "tanh" Math.Tanh (tanh z) Parity.Odd DualMaps.Tanh

    /// sigma(z) = 1/(1 + e^-z).
    let sigmoid = named "sigmoid" logisticOf logistic Parity.Neither DualMaps.Logistic

    /// sigma(z) = log(1 + e^z).
    let softplus =
        named "softplus" FormulaArithmetic.softplus logarithm Parity.Neither DualMaps.Softplus

    /// sigma(z) = z/(1 + e^-z).
    let silu =
        named "silu" (fun z -> z * logisticOf z) (z * logistic) Parity.Neither DualMaps.Silu

    /// sigma(z) = z Phi(z), Phi the standard normal distribution function.
    let gelu =
        let f z =
            0.5 * z * MathNet.Numerics.SpecialFunctions.Erfc(-z / sqrt 2.0)

        let formula = 0.5 * z * (1.0 + Formula.erf (z / sqrt 2.0))
        named "gelu" f formula Parity.Neither DualMaps.Gelu

    // Of images, whose variances reach 30 times the mean.
    let private accuracy = 1e-8
    let private largestOrder = 1000

    /// sigma(z) = z tanh(log(1 + e^z)).
    let mish =
        let f z =
            z * Math.Tanh(FormulaArithmetic.softplus z)

        HermiteMap(Func<float, float> f, accuracy, largestOrder)
        |> named "mish" f mishOf Parity.Neither

    /// sigma(z) = z for z > 0, else e^z - 1. Its sigma'' jumps: the series is accurate to 1e-6.
    let elu =
        let f z =
            if z > 0.0 then z else ScalarMath.Expm1 z

        named "elu" f eluOf Parity.Neither DualMaps.Elu

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
            mish
            elu
        ]

    /// The activation of that name.
    let ofName name =
        match all |> List.tryFind (fun activation -> activation.Name = name) with
        | Some activation -> Ok activation
        | None ->
            let names = all |> List.map _.Name |> String.concat ", "
            Error(BadNetwork $"There is no activation \"{name}\": use one of {names}.")

    /// The same activation under another name.
    let withName name activation = { activation with Name = name }

    // Its values keep their digits near 0.
    let private code formula =
        NearZero.refine formula (FormulaCode.compile formula)

    let private byFormula name tolerance formula =
        let f = code formula

        let map =
            HermiteMap(Func<float, float> f, tolerance, largestOrder, Array.ofList (Kinks.points formula))

        let parity = Symmetry.parity formula |> withValueAtZero (f 0.0)
        series name f (Definition.Symbolic formula) parity (Symmetry.degree formula) map

    // A formula in normal form is a built-in's, or is proved homogeneous: then two values say all.
    let private closedForm formula =
        let above, below = Formula.evaluate 1.0 formula, Formula.evaluate -1.0 formula

        match
            all
            |> List.tryFind (fun known -> known.Definition = Definition.Symbolic formula),
            Symmetry.degree formula
        with
        | Some known, _ -> Some known
        | None, Some 1.0 -> Some(piecewiseLinear above -below)
        | None, Some 0.0 ->
            match Formula.evaluate 0.0 formula with
            | zero when Double.IsFinite zero -> Some(steps above zero below)
            | _ -> Some(piecewiseConstant above below)
        | _ -> None

    /// The activation of a formula, called as the formula is written. Where the formula is a built-in's, or positively homogeneous
    /// of degree 1 or 0, its kernel map is the closed form, else the Hermite series, to 1e-8 of E[sigma^2] - E[sigma]^2. At a jump in 0
    /// sigma(0) is what the formula says, as in `if(z >= 0, 1, 0)`; the mean of both sides where it says nothing.
    ///
    /// A constant is refused, and so is a formula for which E[sigma(z)^2] at unit variance is not finite.
    let ofFormula formula =
        let name = FormulaText.write formula

        if Formula.isConstant formula then
            Error(BadNetwork $"The activation {name} does not depend on z.")
        else
            match closedForm formula with
            | Some known ->
                Ok
                    { known with
                        Name = name
                        Definition = Definition.Symbolic formula
                    }
            | None ->
                try
                    let activation = byFormula name accuracy formula
                    activation.Map.Variance 1.0 |> ignore
                    Ok activation
                with :? InaccurateKernelException as error ->
                    Error(BadNetwork $"{name} is no activation at unit variance. {error.Message}")

    /// The activation that a text writes: "z * tanh(z)".
    let parse text =
        FormulaParser.parse text |> Result.bind ofFormula

    /// The activation of a quotation: `Activation.define <@ fun z -> z * tanh z @>`.
    let tryDefine quotation =
        QuotedFormula.translate quotation |> Result.bind ofFormula

    /// The activation of a quotation, or a FailureException that names what in it has no formula.
    let define quotation = tryDefine quotation |> Result.orFail

    /// The sharpest accuracy of a series, where rounding begins.
    let smallestAccuracy = 1e-13

    /// The same activation with its series to another accuracy, relative to E[sigma^2] - E[sigma]^2; a closed form stays as it is.
    /// Kinks need an accuracy that 1000 terms can meet: 1e-4 where sigma' jumps.
    let withAccuracy accuracy activation =
        if not (accuracy >= smallestAccuracy && accuracy < 1.0) then
            let failure =
                BadNetwork
                    $"The accuracy of an activation's series is {accuracy}: it lies between {smallestAccuracy} and 1."

            raise (FailureException failure)

        let kinks =
            match activation.Definition with
            | Definition.Symbolic formula -> Kinks.points formula
            | Definition.Numeric -> []

        match activation.Dual with
        | Dual.Closed _ -> activation
        | Dual.Series _ ->
            { activation with
                Dual = Dual.Series accuracy
                Map = HermiteMap(Func<float, float> activation.Function, accuracy, largestOrder, Array.ofList kinks)
            }

    /// The order that the series needs for points of these variances, and the error that it leaves relative to E[sigma^2]; none
    /// of a closed form, which is exact.
    let seriesAccuracy (variances: float seq) activation =
        match activation.Map with
        | :? HermiteMap as map ->
            try
                Ok(Some(map.Estimate(ReadOnlySpan(Array.ofSeq variances))))
            with :? InaccurateKernelException as error ->
                Error(Inaccurate error.Message)
        | _ -> Ok None

    // Fourth-order differences: the step balances their error with rounding.
    let private differences (f: float -> float) z =
        let h = 1e-3 * Math.Max(1.0, abs z)

        let centred k =
            (f (z + k * h) - f (z - k * h)) / (2.0 * k * h)

        (4.0 * centred 1.0 - centred 2.0) / 3.0

    /// sigma' as a function, compiled anew at each call: of its formula, without the delta functions of jumps, or by differences.
    let derivative activation =
        match activation.Definition with
        | Definition.Symbolic formula -> code (Formula.derivative formula)
        | Definition.Numeric -> differences activation.Function

    /// sigma(z) as LaTeX; the name alone where there is no formula.
    let latex activation =
        match activation.Definition with
        | Definition.Symbolic formula -> FormulaLatex.write formula
        | Definition.Numeric -> $"\\mathrm{{{activation.Name}}} \\left( z \\right)"

type Activation with

    /// sigma(z) = z.
    static member Linear = Activation.linear
    /// sigma(z) = erf z.
    static member Erf = Activation.erf
    /// sigma(z) = max(0, z).
    static member Relu = Activation.relu

    /// sigma(z) = a max(z, 0) + b min(z, 0).
    static member PiecewiseLinear(a, b) = Activation.piecewiseLinear a b

    /// sigma(z): z above 0, a hundredth of it below.
    static member LeakyRelu = Activation.leakyRelu
    /// sigma(z): the sign of z.
    static member Sign = Activation.sign
    /// sigma(z): 1 above 0, else 0.
    static member Step = Activation.step
    /// sigma(z) = sin z.
    static member Sin = Activation.sin
    /// sigma(z) = cos z.
    static member Cos = Activation.cos
    /// sigma(z) = z^2.
    static member Square = Activation.square
    /// sigma(z) = e^z.
    static member Exp = Activation.exp
    /// sigma(z) = tanh z.
    static member Tanh = Activation.tanh
    /// sigma(z) = 1/(1 + e^-z).
    static member Sigmoid = Activation.sigmoid
    /// sigma(z) = log(1 + e^z).
    static member Softplus = Activation.softplus
    /// sigma(z) = z/(1 + e^-z).
    static member Silu = Activation.silu
    /// sigma(z): z times the normal distribution function of z.
    static member Gelu = Activation.gelu

    /// sigma(z) = z tanh(log(1 + e^z)).
    static member Mish = Activation.mish
    /// sigma(z): z above 0, e^z - 1 below.
    static member Elu = Activation.elu

    /// sigma(z) = `above` for z > 0 and `below` for z < 0.
    static member PiecewiseConstant(above, below) =
        Activation.piecewiseConstant above below

    /// The activation of a lambda expression, called as its formula is written: Activation.Define(z => z * Math.Tanh(z)). A
    /// FailureException names what in it has no formula. What only a delegate can say is for `Custom`.
    static member Define(sigma: Expression<Func<float, float>>) =
        ExpressionFormula.translate sigma
        |> Result.bind Activation.ofFormula
        |> Result.orFail

    /// The same, with a name.
    static member Define(name: string, sigma: Expression<Func<float, float>>) =
        Activation.Define sigma |> Activation.withName name

    /// The activation of a formula.
    static member OfFormula formula =
        Activation.ofFormula formula |> Result.orFail

    /// The activation that a text writes: "z * tanh(z)".
    static member Parse text = Activation.parse text |> Result.orFail

    /// Any other sigma, by its Hermite series; its derivatives are differences.
    static member Custom(name, sigma: Func<float, float>) = Activation.custom name sigma.Invoke

    /// Any other odd sigma, sigma(-z) = -sigma(z).
    static member CustomOdd(name, sigma: Func<float, float>) = Activation.customOdd name sigma.Invoke

    /// The activation of that name; a FailureException that lists the names where there is none.
    static member OfName name = Activation.ofName name |> Result.orFail
