namespace FiniteWidth

open System
open System.Linq.Expressions
open FiniteWidth.Numerics

/// Formulas compiled to machine code.
[<RequireQualifiedAccess>]
module FormulaCode =

    /// The arithmetic that compiled formulas call.
    [<AbstractClass; Sealed>]
    type internal Calls =
        static member Step x = FormulaArithmetic.step x
        static member Sign x = FormulaArithmetic.sign x
        static member Softplus x = FormulaArithmetic.softplus x
        static member Erf x = MathNet.Numerics.SpecialFunctions.Erf x
        static member Expm1 x = ScalarMath.Expm1 x
        static member Log1p x = ScalarMath.Log1p x

    let private method' (owner: Type) (name: string) (arguments: int) =
        let flags =
            Reflection.BindingFlags.Static
            ||| Reflection.BindingFlags.Public
            ||| Reflection.BindingFlags.NonPublic

        match owner.GetMethod(name, flags, Array.replicate arguments typeof<float>) with
        | null -> invalidOp $"{owner} has no method {name} of {arguments} doubles."
        | found -> found

    let private call owner name (arguments: Expression list) =
        Expression.Call(method' owner name arguments.Length, arguments) :> Expression

    let private math name arguments = call typeof<Math> name arguments

    let private ours name arguments = call typeof<Calls> name arguments

    let private apply f x =
        match f with
        | Elementary.Exp -> math "Exp" [ x ]
        | Elementary.Expm1 -> ours (nameof Calls.Expm1) [ x ]
        | Elementary.Log -> math "Log" [ x ]
        | Elementary.Log1p -> ours (nameof Calls.Log1p) [ x ]
        | Elementary.Tanh -> math "Tanh" [ x ]
        | Elementary.Erf -> ours (nameof Calls.Erf) [ x ]
        | Elementary.Sin -> math "Sin" [ x ]
        | Elementary.Cos -> math "Cos" [ x ]
        | Elementary.Sinh -> math "Sinh" [ x ]
        | Elementary.Cosh -> math "Cosh" [ x ]
        | Elementary.Arctan -> math "Atan" [ x ]
        | Elementary.Abs -> math "Abs" [ x ]
        | Elementary.Sign -> ours (nameof Calls.Sign) [ x ]
        | Elementary.Step -> ours (nameof Calls.Step) [ x ]

    let private constant (x: float) = Expression.Constant x :> Expression

    /// A part that occurs several times is computed once, where it is first needed and no branch stands between.
    type private Compiler(argument: ParameterExpression) =
        let variables = ResizeArray<ParameterExpression>()

        member _.Variables = variables

        member private this.Power(x: Expression, e: float) : Expression =
            let repeated (body: ParameterExpression -> Expression) =
                let v = Expression.Variable typeof<float>
                variables.Add v
                Expression.Block(Expression.Assign(v, x), body v)

            match e with
            | 1.0 -> x
            | -1.0 -> Expression.Divide(constant 1.0, x)
            | 0.5 -> math "Sqrt" [ x ]
            | 2.0 -> repeated (fun v -> Expression.Multiply(v, v))
            | 3.0 -> repeated (fun v -> Expression.Multiply(Expression.Multiply(v, v), v))
            | e -> math "Pow" [ x; constant e ]

        member this.Value formula : Expression =
            match formula with
            | Formula.Number x -> constant x
            | Formula.Argument -> argument
            | FormulaDigits.Cancelling better -> this.Value better
            | Formula.Sum xs -> xs |> List.map this.Value |> List.reduce (fun a b -> Expression.Add(a, b))
            | Formula.Product xs ->
                (constant 1.0, xs)
                ||> List.fold (fun acc x ->
                    match x with
                    | Formula.Power(y, e) when e < 0.0 -> Expression.Divide(acc, this.Power(this.Value y, -e))
                    | x -> Expression.Multiply(acc, this.Value x))
            | Formula.Power(x, e) -> this.Power(this.Value x, e)
            | Formula.Apply(Elementary.Log, Formula.Sum [ Formula.Number 1.0; Formula.Apply(Elementary.Exp, x) ]) ->
                ours (nameof Calls.Softplus) [ this.Value x ]
            | Formula.Apply(f, x) -> apply f (this.Value x)
            | Formula.Max(a, b) -> math "Max" [ this.Value a; this.Value b ]
            | Formula.Min(a, b) -> math "Min" [ this.Value a; this.Value b ]
            | Formula.Branch(test, above, below) ->
                Expression.Condition(
                    Expression.GreaterThan(this.Value test, constant 0.0),
                    this.Value above,
                    this.Value below
                )

    /// The formula as a function: the value of `Formula.evaluate`, to the bit.
    let compile formula : float -> float =
        let argument = Expression.Parameter(typeof<float>, "z")
        let compiler = Compiler argument
        let value = compiler.Value formula
        let body = Expression.Block(typeof<float>, compiler.Variables, value)
        Expression.Lambda<Func<float, float>>(body, argument).Compile().Invoke
