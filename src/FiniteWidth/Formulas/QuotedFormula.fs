namespace FiniteWidth

open Microsoft.FSharp.Quotations
open Microsoft.FSharp.Quotations.Patterns
open Microsoft.FSharp.Quotations.DerivedPatterns

/// Formulas from F# quotations: <@ fun z -> z * tanh z @>.
[<RequireQualifiedAccess>]
module QuotedFormula =

    /// What a part of a quotation means.
    [<RequireQualifiedAccess>]
    type private Meaning =
        | Number of Formula
        /// A function, with the names that it sees.
        | Function of Var * body: Expr * Map<Var, Meaning>

    // A definition that calls itself would unfold for ever.
    let private deepest = 500

    let private refuse = FormulaCalls.refuse

    let private describe expression =
        match expression with
        | Call(_, m, _) -> $"a call of {FormulaCalls.describe m}"
        | VarSet(v, _) -> $"an assignment to {v.Name}"
        | ForIntegerRangeLoop _
        | WhileLoop _ -> "a loop"
        | NewTuple _
        | TupleGet _ -> "a tuple"
        | TryWith _
        | TryFinally _ -> "a try block"
        | Sequential _ -> "a sequence of statements"
        | NewArray _ -> "an array"
        | LetRecursive _ -> "a recursive function"
        | UnionCaseTest _
        | NewUnionCase _ -> "a union case"
        | PropertyGet(_, property, _) -> $"the property {property.Name} of type {property.PropertyType.Name}"
        | FieldGet(_, field) -> $"the field {field.Name} of type {field.FieldType.Name}"
        | ValueWithName(_, t, name) -> $"{name} of type {t.Name}"
        | Value(value, t) -> $"the value {value} of type {t.Name}"
        | other -> $"an expression of type {other.Type.Name}"

    let private captured (value: objnull) expression =
        match FormulaCalls.tryNumber value with
        | Some number -> Meaning.Number number
        | None -> refuse $"{describe expression} is captured, and only numbers can be"

    let rec private number depth scope expression : Formula =
        match meaning depth scope expression with
        | Meaning.Number value -> value
        | Meaning.Function _ -> refuse "a function stands where a number is needed"

    and private apply depth f argument =
        match f with
        | Meaning.Function(v, body, scope) -> meaning depth (Map.add v argument scope) body
        | Meaning.Number _ -> refuse "a number is applied like a function"

    and private meaning depth (scope: Map<Var, Meaning>) expression : Meaning =
        if depth > deepest then
            refuse $"its definitions are nested more than {deepest} deep, as those of a recursive function are"

        let depth = depth + 1

        match expression with
        | Var v when scope.ContainsKey v -> scope[v]
        | ValueWithName(value, _, _)
        | Value(value, _) -> captured value expression
        | PropertyGet(None, property, []) -> captured (property.GetValue null) expression
        | FieldGet(None, field) -> captured (field.GetValue null) expression
        | FieldGet(Some(Value(owner, _)), field) -> captured (field.GetValue owner) expression
        | Lambda(v, body) -> Meaning.Function(v, body, scope)
        | Let(v, _, _) when v.IsMutable -> refuse $"{v.Name} is mutable"
        | Let(v, definition, body) -> meaning depth (scope.Add(v, meaning depth scope definition)) body
        | Application(f, argument)
        | SpecificCall <@@ (|>) @@> (_, _, [ argument; f ])
        | SpecificCall <@@ (<|) @@> (_, _, [ f; argument ]) ->
            apply depth (meaning depth scope f) (meaning depth scope argument)
        | IfThenElse(test, yes, no) ->
            Meaning.Number(choose depth scope test (number depth scope yes) (number depth scope no))
        | Call(None, m, arguments) when FormulaCalls.isKnown m ->
            match FormulaCalls.tryFormula m (List.map (number depth scope) arguments) with
            | Some formula -> Meaning.Number formula
            | None -> refuse $"{describe expression} has no place in it"
        | Call(None, MethodWithReflectedDefinition definition, arguments) ->
            (meaning depth Map.empty definition, arguments)
            ||> List.fold (fun f argument -> apply depth f (meaning depth scope argument))
        | Call(None, m, _) ->
            refuse $"a call of {FormulaCalls.describe m} cannot be looked into; mark it [<ReflectedDefinition>]"
        | other -> refuse $"{describe other} has no place in it"

    /// What is chosen where a test holds, and what elsewhere: `a && b` is `if a then b else false`.
    and private choose depth scope test yes no =
        match test with
        | Value((:? bool as holds), _) -> if holds then yes else no
        | IfThenElse(first, second, third) ->
            choose depth scope first (choose depth scope second yes no) (choose depth scope third yes no)
        | SpecificCall <@@ not @@> (_, _, [ inner ]) -> choose depth scope inner no yes
        | Call(None, m, [ left; right ]) ->
            match FormulaCalls.tryComparison m.Name with
            | Some compare -> compare (number depth scope left) (number depth scope right) yes no
            | None -> refuse $"a test by {m.Name} has no place in it; tests are >, >=, < and <="
        | other -> refuse $"{describe other} is no test; tests are >, >=, < and <="

    /// The formula of a function in one variable: its operators, elementary functions of F#, Math and SpecialFunctions, if-then-else,
    /// let, captured numbers, and functions that carry [<ReflectedDefinition>].
    let translate (quotation: Expr<float -> float>) =
        FormulaCalls.attempt (fun () ->
            match meaning 0 Map.empty quotation with
            | Meaning.Function _ as f ->
                match apply 0 f (Meaning.Number Formula.z) with
                | Meaning.Number formula -> formula
                | Meaning.Function _ -> refuse "it is a function of more than one variable"
            | Meaning.Number _ -> refuse "it is not a function")
