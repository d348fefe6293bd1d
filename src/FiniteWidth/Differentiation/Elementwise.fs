namespace FiniteWidth.Differentiation

open System
open MathNet.Numerics

/// Operations that act on every entry by itself, with rules written once for scalars, vectors and matrices.
module internal Elementwise =

    let private identity = { Push = id; Pull = id }

    /// The sum a + b.
    let plus<'T when 'T :> IDifferentiable<'T>> (a: 'T) (b: 'T) : 'T =
        Trace.lift2 (fun a b -> 'T.Map2((+), a, b)) (fun _ _ _ -> identity) (fun _ _ _ -> identity) a b

    /// s x for a number s.
    let rec scale<'T when 'T :> IDifferentiable<'T>> (s: float) (x: 'T) : 'T =
        Trace.lift1 (fun x -> 'T.Map((fun v -> s * v), x)) (fun _ _ -> { Push = scale s; Pull = scale s }) x

    /// s + x for a number s.
    let shift<'T when 'T :> IDifferentiable<'T>> (s: float) (x: 'T) : 'T =
        Trace.lift1 (fun x -> 'T.Map((fun v -> s + v), x)) (fun _ _ -> identity) x

    let negate<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T = scale -1.0 x

    /// The difference a - b.
    let minus<'T when 'T :> IDifferentiable<'T>> (a: 'T) (b: 'T) : 'T =
        Trace.lift2
            (fun a b -> 'T.Map2((-), a, b))
            (fun _ _ _ -> identity)
            (fun _ _ _ -> { Push = negate; Pull = negate })
            a
            b

    /// The product entry by entry.
    let rec times<'T when 'T :> IDifferentiable<'T>> (a: 'T) (b: 'T) : 'T =
        Trace.lift2 (fun a b -> 'T.Map2((*), a, b)) (fun _ b _ -> by b) (fun a _ _ -> by a) a b

    /// The differential of an entry-by-entry operation with these slopes.
    and private by<'T when 'T :> IDifferentiable<'T>> (slopes: 'T) : Differential<'T, 'T> =
        {
            Push = times slopes
            Pull = times slopes
        }

    /// The quotient entry by entry.
    let rec divide<'T when 'T :> IDifferentiable<'T>> (a: 'T) (b: 'T) : 'T =
        let inNumerator _ b _ =
            {
                Push = (fun t -> divide t b)
                Pull = (fun t -> divide t b)
            }

        Trace.lift2 (fun a b -> 'T.Map2((/), a, b)) inNumerator (fun _ b y -> by (negate (divide y b))) a b

    /// f(x), from f on numbers and the slope f'(x) given x and y = f(x).
    let private map<'T when 'T :> IDifferentiable<'T>> (f: float -> float) (slope: 'T -> 'T -> 'T) (x: 'T) : 'T =
        Trace.lift1 (fun x -> 'T.Map(f, x)) (fun x y -> by (slope x y)) x

    let private square x = times x x

    /// 1 - x^2.
    let private oneMinusSquare x = shift 1.0 (negate (square x))

    let reciprocal<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map (fun v -> 1.0 / v) (fun _ y -> negate (square y)) x

    let exp<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T = map Math.Exp (fun _ y -> y) x

    let log<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Log (fun x _ -> reciprocal x) x

    let sqrt<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Sqrt (fun _ y -> scale 0.5 (reciprocal y)) x

    let rec sin<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T = map Math.Sin (fun x _ -> cos x) x

    and cos<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Cos (fun x _ -> negate (sin x)) x

    let tan<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Tan (fun _ y -> shift 1.0 (square y)) x

    let asin<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Asin (fun x _ -> reciprocal (sqrt (oneMinusSquare x))) x

    let acos<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Acos (fun x _ -> negate (reciprocal (sqrt (oneMinusSquare x)))) x

    let atan<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Atan (fun x _ -> reciprocal (shift 1.0 (square x))) x

    /// The angle of the point (x, y).
    let atan2<'T when 'T :> IDifferentiable<'T>> (y: 'T) (x: 'T) : 'T =
        let over x y v = divide v (plus (square x) (square y))

        Trace.lift2
            (fun y x -> 'T.Map2((fun y x -> Math.Atan2(y, x)), y, x))
            (fun y x _ -> by (over x y x))
            (fun y x _ -> by (negate (over x y y)))
            y
            x

    let rec sinh<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T = map Math.Sinh (fun x _ -> cosh x) x

    and cosh<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T = map Math.Cosh (fun x _ -> sinh x) x

    let tanh<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Tanh (fun _ y -> oneMinusSquare y) x

    let erf<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map SpecialFunctions.Erf (fun x _ -> scale (2.0 / Math.Sqrt Math.PI) (exp (negate (square x)))) x

    /// 1/(1 + exp(-x)), without overflow on either side.
    let sigmoid<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        let value v =
            if v >= 0.0 then
                1.0 / (1.0 + Math.Exp -v)
            else
                Math.Exp v / (1.0 + Math.Exp v)

        map value (fun _ y -> times y (shift 1.0 (negate y))) x

    /// |x|, with derivative 0 at 0.
    let abs<'T when 'T :> IDifferentiable<'T>> (x: 'T) : 'T =
        map Math.Abs (fun x _ -> 'T.Map((fun v -> float (Math.Sign v)), x)) x

    /// x^p for a number p.
    let rec power<'T when 'T :> IDifferentiable<'T>> (p: float) (x: 'T) : 'T =
        // p x^(p-1) is 0 times infinity for x = 0 and p = 0, where the derivative is 0.
        let slope x _ =
            if p = 0.0 then
                Trace.zeroLike x
            else
                scale p (power (p - 1.0) x)

        map (fun v -> Math.Pow(v, p)) slope x

    /// a^b entry by entry; its derivative in b needs a > 0.
    let rec raise<'T when 'T :> IDifferentiable<'T>> (a: 'T) (b: 'T) : 'T =
        Trace.lift2
            (fun a b -> 'T.Map2((fun a b -> Math.Pow(a, b)), a, b))
            (fun a b _ -> by (times b (raise a (shift -1.0 b))))
            (fun a _ y -> by (times y (log a)))
            a
            b

/// A function of one number with its derivative, which is again one, so that it can be differentiated to any order.
type ScalarFunction =
    {
        /// Its value.
        Value: float -> float
        /// Its derivative, made when it is first asked for.
        Derivative: Lazy<ScalarFunction>
    }

/// Functions of a number with all their derivatives, applied entry by entry.
[<RequireQualifiedAccess>]
module ScalarFunction =

    /// The function that is c everywhere.
    let rec constant (c: float) =
        {
            Value = fun _ -> c
            Derivative = lazy (constant 0.0)
        }

    /// The function of every entry of a scalar, vector or matrix.
    let rec apply<'T when 'T :> IDifferentiable<'T>> (f: ScalarFunction) (x: 'T) : 'T =
        Trace.lift1
            (fun x -> 'T.Map(f.Value, x))
            (fun x _ ->
                let slopes = apply f.Derivative.Value x

                {
                    Push = Elementwise.times slopes
                    Pull = Elementwise.times slopes
                })
            x

    /// The sum of functions.
    let rec sum (functions: ScalarFunction list) =
        {
            Value = fun x -> functions |> List.sumBy (fun f -> f.Value x)
            Derivative = lazy (functions |> List.map _.Derivative.Value |> sum)
        }
