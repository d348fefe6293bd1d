namespace FiniteWidth

open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// Models evaluated in differentiable numbers: the same mathematics as the fast paths, written plainly. Tests hold the fast
/// paths against it, and scripts build their own actions from its pieces.
[<RequireQualifiedAccess>]
module DifferentiableModel =

    /// The value of a symbolic scalar, given the symbols' values.
    let rec scalar (value: Symbol -> D) expression : D =
        match expression with
        | Scalar.Number x -> D x
        | Scalar.Symbol s -> value s
        | Scalar.Sum xs -> xs |> List.map (scalar value) |> List.reduce (+)
        | Scalar.Product xs -> xs |> List.map (scalar value) |> List.reduce (*)
        | Scalar.Power(x, e) -> scalar value x ** e
        | Scalar.Apply(f, x) ->
            let v = scalar value x

            match f with
            | Function.Log -> log v
            | Function.Exp -> exp v
            | Function.Sin -> sin v
            | Function.Cos -> cos v
            | Function.Sinh -> sinh v
            | Function.Cosh -> cosh v
            | Function.Arcsin -> asin v
            | Function.Arccos -> acos v

    let private mean (activation: Activation) : ScalarFunction =
        let map = activation.Map

        {
            Value = map.Mean
            Derivative =
                lazy
                    ({
                        Value = map.MeanDerivative
                        Derivative =
                            lazy
                                (raise (
                                    FailureException(
                                        Unsupported "Second derivatives of an activation's mean are not available."
                                    )
                                ))
                    })
        }

    /// The kernel's matrix on the training set, given the symbols' values and X X^T/N0.
    let rec kernel (value: Symbol -> D) (gram: DM) expression : DM =
        match expression with
        | Kernel.Gram -> gram
        | Kernel.Ones -> DM.init gram.Rows gram.Columns (fun _ _ -> D 1.0)
        | Kernel.Dual(activation, inner) ->
            PairFunction.apply (PairExpectation.ofActivation activation) (kernel value gram inner)
        | Kernel.MeanOuter(activation, _) when activation.Parity = Parity.Odd ->
            DM.init gram.Rows gram.Columns (fun _ _ -> D 0.0)
        | Kernel.MeanOuter(activation, inner) ->
            let m =
                kernel value gram inner |> DM.diagonal |> ScalarFunction.apply (mean activation)

            DM.outer m m
        | Kernel.Scaled(s, inner) -> scalar value s * kernel value gram inner
        | Kernel.Sum kernels -> kernels |> List.map (kernel value gram) |> List.reduce (+)

    /// log det(T I + K) - P log T + y^T (T I + K)^(-1) y, the data term of N_L S. At T = 0 the term P log T is left out.
    let dataTerm temperature (targets: float[]) (k: DM) : D =
        let a = Spd.factor (DM.addIdentity (D temperature) k)

        let constant =
            if temperature > 0.0 then
                float targets.Length * log temperature
            else
                0.0

        Spd.logDet a + Spd.quadratic (DV targets) a - constant

    /// The effective action of a model with one output, as a function of its order parameters.
    let effectiveAction (model: Model) (network: Network) temperature (data: DataSet) : DV -> D =
        let gram = Matrix.Uninitialized(data.Inputs.Rows, data.Inputs.Rows)
        LinearAlgebra.Default.Gram(data.Inputs, 1.0 / float data.Features, gram)
        let targets = DataSet.target 0 data

        fun theta ->
            let value symbol =
                match List.tryFindIndex ((=) symbol) model.OrderParameters with
                | Some i -> theta[i]
                | None -> Network.tryValue symbol network |> Option.get |> D

            let k = kernel value (DM gram) model.Kernel

            scalar value model.Entropy
            + dataTerm temperature targets k / float (List.last network.Widths)
