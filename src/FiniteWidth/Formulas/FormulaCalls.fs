namespace FiniteWidth

open System
open System.Reflection

/// The methods of .NET that formulas know, for quotations and expression trees alike.
module internal FormulaCalls =

    // A failure inside a translation; outside it is a `Failure`.
    exception Untranslatable of what: string

    let refuse what = raise (Untranslatable what)

    let private elementary =
        [
            "Exp", Elementary.Exp
            "ExpM1", Elementary.Expm1
            "Expm1", Elementary.Expm1
            "ExponentialMinusOne", Elementary.Expm1
            "Log", Elementary.Log
            "LogP1", Elementary.Log1p
            "Log1p", Elementary.Log1p
            "Tanh", Elementary.Tanh
            "Erf", Elementary.Erf
            "Sin", Elementary.Sin
            "Cos", Elementary.Cos
            "Sinh", Elementary.Sinh
            "Cosh", Elementary.Cosh
            "Atan", Elementary.Arctan
            "Abs", Elementary.Abs
            "Sign", Elementary.Sign
        ]
        |> Map.ofList

    // F#'s functions live in Operators and in modules within it.
    let private isKnownOwner (owner: Type | null) =
        match owner with
        | null -> false
        | owner ->
            owner = typeof<Math>
            || owner = typeof<MathF>
            || owner = typeof<float>
            || owner = typeof<FiniteWidth.Numerics.ScalarMath>
            || owner = typeof<MathNet.Numerics.SpecialFunctions>
            || (string owner.FullName).StartsWith("Microsoft.FSharp.Core.Operators", StringComparison.Ordinal)
            || owner.FullName = "Microsoft.FSharp.Core.LanguagePrimitives+IntrinsicFunctions"

    /// The name by which a sentence calls a method.
    let describe (m: MethodInfo) =
        match m.DeclaringType with
        | null -> m.Name
        | owner -> $"{owner.Name}.{m.Name}"

    let isKnown (m: MethodInfo) = isKnownOwner m.DeclaringType

    /// A type of whole numbers, whose arithmetic is not that of formulas: 1/2 is 0.
    let isWhole (t: Type) =
        t = typeof<int> || t = typeof<int64> || t = typeof<uint32> || t = typeof<uint64>

    /// The formula of an arithmetic operator between values of a type.
    let tryOperator name (result: Type) arguments =
        if isWhole result then
            refuse "arithmetic of whole numbers has no place in it; write them with a decimal point"

        match name, arguments with
        | "op_Addition", [ a: Formula; b ] -> Some(a + b)
        | "op_Subtraction", [ a; b ] -> Some(a - b)
        | "op_Multiply", [ a; b ] -> Some(a * b)
        | "op_Division", [ a; b ] -> Some(a / b)
        | "op_UnaryNegation", [ a ] -> Some -a
        | "op_UnaryPlus", [ a ] -> Some a
        | _ -> None

    /// The choice that a comparison makes.
    let tryComparison name =
        match name with
        | "op_GreaterThan" -> Some Formula.comparisons[">"]
        | "op_LessThan" -> Some Formula.comparisons["<"]
        | "op_GreaterThanOrEqual" -> Some Formula.comparisons[">="]
        | "op_LessThanOrEqual" -> Some Formula.comparisons["<="]
        | _ -> None

    /// The formula of a call of a known method.
    let tryFormula (m: MethodInfo) (arguments: Formula list) =
        match m.Name, arguments with
        | ("ToDouble" | "ToSingle"), [ a ] -> Some a
        | ("op_Exponentiation" | "Pow" | "PowInteger"), [ a; b ] -> Some(Formula.raise a b)
        | "Sqrt", [ a ] -> Some(sqrt a)
        | "Erfc", [ a ] -> Some(1.0 - Formula.erf a)
        | "Log10", [ a ] -> Some(log a / log 10.0)
        | "Tan", [ a ] -> Some(sin a / cos a)
        | "Max", [ a; b ] -> Some(Formula.max a b)
        | "Min", [ a; b ] -> Some(Formula.min a b)
        | name, [ a ] when elementary.ContainsKey name -> Some(Formula.apply elementary[name] a)
        | name, arguments -> tryOperator name m.ReturnType arguments

    /// A captured value as a number, where it is one.
    let tryNumber (value: objnull) =
        match value with
        | :? float as x -> Some(Formula.number x)
        | :? single as x -> Some(Formula.number (float x))
        | :? int as x -> Some(Formula.number (float x))
        | :? int64 as x -> Some(Formula.number (float x))
        | :? decimal as x -> Some(Formula.number (float x))
        | _ -> None

    /// Runs a translation.
    let attempt (translate: unit -> Formula) =
        try
            Ok(translate ())
        with Untranslatable what ->
            Error(BadNetwork $"The activation cannot be turned into a formula: {what}.")
