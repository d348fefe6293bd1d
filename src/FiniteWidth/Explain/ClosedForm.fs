namespace FiniteWidth

/// The saddle point at T = 0 in closed form, where a model has one order parameter q in front of a constant kernel, K_R = c q K, and
/// dEntropy/dq = a - b/q:
///
/// q = [ (b - alpha) + sqrt( (b - alpha)^2 + 4 a alpha r ) ]/(2 a), alpha = P/N_L, r = y^T K^(-1) y/(c P).
type ClosedForm =
    {
        /// The order parameter.
        Variable: Symbol
        /// c.
        Scale: Scalar
        /// K.
        Constant: Kernel
        /// a.
        Growth: Scalar
        /// b.
        Decay: Scalar
    }

/// Saddle-point equations that have a solution in closed form.
[<RequireQualifiedAccess>]
module ClosedForm =

    let private termsOf scalar =
        match scalar with
        | Scalar.Sum terms -> terms
        | term -> [ term ]

    let private isFreeOf variable scalar =
        not (Set.contains variable (Scalar.symbols scalar))

    /// The closed form of a model, where it has one.
    let tryOfModel (model: Model) =
        match model.OrderParameters, Kernel.normalForm model.OrderParameters model.Kernel with
        | [ variable ], NormalForm.Scaled(scale, constant) ->
            let q = Scalar.symbol variable
            let c = scale / q

            // q dEntropy/dq = a q - b, term by term, so that q cancels.
            let slope =
                Scalar.derivative variable model.Entropy
                |> termsOf
                |> List.map (fun term -> q * term)
                |> Scalar.sum

            let a = Scalar.derivative variable slope

            let b =
                slope
                |> Scalar.substitute (fun s -> if s = variable then Scalar.zero else Scalar.symbol s)

            if isFreeOf variable c && isFreeOf variable a && a <> Scalar.zero then
                Some
                    {
                        Variable = variable
                        Scale = c
                        Constant = constant
                        Growth = a
                        Decay = -b
                    }
            else
                None
        | _ -> None

    /// q for a number of examples and y^T K^(-1) y.
    let evaluate (network: Network) examples energy closedForm =
        let value = Scalar.evaluate (EffectiveAction.bind network [] [||])
        let a, b = value closedForm.Growth, value closedForm.Decay
        let alpha = float examples / float (List.last network.Widths)
        let r = energy / (value closedForm.Scale * float examples)
        let half = b - alpha
        let root = sqrt (half * half + 4.0 * a * alpha * r)

        // Of the two forms of the root the one that does not cancel.
        if half >= 0.0 then
            (half + root) / (2.0 * a)
        else
            2.0 * alpha * r / (root - half)
