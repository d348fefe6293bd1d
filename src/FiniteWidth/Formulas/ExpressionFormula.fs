namespace FiniteWidth

open System
open System.Linq.Expressions
open System.Reflection

/// Formulas from the expression trees of C#: z => z * Math.Tanh(z).
[<RequireQualifiedAccess>]
module ExpressionFormula =

    let private refuse = FormulaCalls.refuse

    let private memberValue (owner: objnull) (m: MemberInfo) =
        match m with
        | :? FieldInfo as field -> field.GetValue owner
        | :? PropertyInfo as property -> property.GetValue owner
        | _ -> null

    // A captured variable is a field of a closure, a constant; its owner may itself be captured.
    let rec private captured (expression: Expression | null) : objnull =
        match expression with
        | null -> null
        | :? ConstantExpression as constant -> constant.Value
        | :? MemberExpression as m -> memberValue (captured m.Expression) m.Member
        | other -> refuse $"{other} is captured, and only numbers can be"

    let private numberOf (value: objnull) (expression: Expression) =
        match FormulaCalls.tryNumber value with
        | Some number -> number
        | None -> refuse $"{expression} is of type {expression.Type.Name}, and only numbers can be captured"

    let private operators =
        Map.ofList
            [
                ExpressionType.Add, "op_Addition"
                ExpressionType.Subtract, "op_Subtraction"
                ExpressionType.Multiply, "op_Multiply"
                ExpressionType.Divide, "op_Division"
                ExpressionType.GreaterThan, "op_GreaterThan"
                ExpressionType.LessThan, "op_LessThan"
                ExpressionType.GreaterThanOrEqual, "op_GreaterThanOrEqual"
                ExpressionType.LessThanOrEqual, "op_LessThanOrEqual"
            ]

    let rec private number (z: ParameterExpression) (expression: Expression) : Formula =
        match expression with
        | :? ParameterExpression as parameter when Object.ReferenceEquals(parameter, z) -> Formula.z
        | :? ConstantExpression as constant -> numberOf constant.Value expression
        | :? MemberExpression as m -> numberOf (captured m) expression
        | :? UnaryExpression as unary ->
            match unary.NodeType with
            | ExpressionType.Negate -> -(number z unary.Operand)
            | ExpressionType.UnaryPlus -> number z unary.Operand
            | ExpressionType.Convert when not (FormulaCalls.isWhole unary.Type) -> number z unary.Operand
            | other -> refuse $"the operator {other} has no place in it"
        | :? BinaryExpression as binary ->
            match operators.TryFind binary.NodeType with
            | Some name ->
                match FormulaCalls.tryOperator name expression.Type [ number z binary.Left; number z binary.Right ] with
                | Some formula -> formula
                | None -> refuse $"the operator {binary.NodeType} has no place in it"
            | None -> refuse $"the operator {binary.NodeType} has no place in it"
        | :? ConditionalExpression as conditional ->
            choose z conditional.Test (number z conditional.IfTrue) (number z conditional.IfFalse)
        | :? MethodCallExpression as call ->
            let known =
                if FormulaCalls.isKnown call.Method then
                    FormulaCalls.tryFormula call.Method [ for argument in call.Arguments -> number z argument ]
                else
                    None

            match known with
            | Some formula -> formula
            | None -> refuse $"a call of {FormulaCalls.describe call.Method} has no place in it"
        | other -> refuse $"{other} has no place in it"

    and private choose z (test: Expression) yes no =
        match test with
        | :? BinaryExpression as binary when binary.NodeType = ExpressionType.AndAlso ->
            choose z binary.Left (choose z binary.Right yes no) no
        | :? BinaryExpression as binary when binary.NodeType = ExpressionType.OrElse ->
            choose z binary.Left yes (choose z binary.Right yes no)
        | :? UnaryExpression as unary when unary.NodeType = ExpressionType.Not -> choose z unary.Operand no yes
        | :? BinaryExpression as binary ->
            match operators.TryFind binary.NodeType |> Option.bind FormulaCalls.tryComparison with
            | Some compare -> compare (number z binary.Left) (number z binary.Right) yes no
            | None -> refuse $"a test by {binary.NodeType} has no place in it; tests are >, >=, < and <="
        | other -> refuse $"{other} is no test; tests are >, >=, < and <="

    /// The formula of a lambda expression in one variable: its operators, methods of Math and SpecialFunctions, ?:, and captured numbers.
    let translate (expression: Expression<Func<float, float>>) =
        FormulaCalls.attempt (fun () -> number expression.Parameters[0] expression.Body)
