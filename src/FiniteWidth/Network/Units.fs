namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// What the units of a network do to whole layers of preactivations: an activation and its derivative over spans.
[<RequireQualifiedAccess>]
module Units =

    let private named =
        [
            Activation.linear, ActivationFunctions.Linear
            Activation.erf, ActivationFunctions.Erf
            Activation.relu, ActivationFunctions.Relu
            Activation.sign, ActivationFunctions.Sign
            Activation.step, ActivationFunctions.Step
            Activation.sin, ActivationFunctions.Sin
            Activation.cos, ActivationFunctions.Cos
            Activation.square, ActivationFunctions.Square
            Activation.exp, ActivationFunctions.Exp
            Activation.tanh, ActivationFunctions.Tanh
            Activation.sigmoid, ActivationFunctions.Logistic
            Activation.softplus, ActivationFunctions.Softplus
            Activation.silu, ActivationFunctions.Silu
            Activation.gelu, ActivationFunctions.Gelu
            Activation.elu, ActivationFunctions.Elu
        ]

    /// The activation over spans: vectorised where it has a name or is homogeneous of degree 1, which makes it linear on either
    /// side of 0; otherwise its function, once an element, with the derivative of its formula, or central differences where it has none.
    let ofActivation (activation: Activation) =
        match named |> List.tryFind (fun (known, _) -> known = activation), activation.Degree with
        | Some(_, units), _ -> units
        | None, Some 1.0 -> ActivationFunctions.PiecewiseLinear(activation.Function 1.0, -(activation.Function -1.0))
        | None, _ ->
            let f = activation.Function

            match activation.Definition with
            | Definition.Numeric -> ActivationFunctions.Create(Func<float, float> f)
            | Definition.Symbolic _ ->
                let slope = Activation.derivative activation
                ActivationFunctions.Create(Func<float, float> f, Func<float, float> slope)
