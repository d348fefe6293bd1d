namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// E[sigma(z1) sigma(z2)] as a function of c11, c12, c22 that can be differentiated to any order: the plain counterpart
/// of an activation's vectorised kernel map.
[<RequireQualifiedAccess>]
module PairExpectation =

    let private bind c11 c12 c22 symbol =
        match symbol with
        | Symbol.Variance 1 -> c11
        | Symbol.Variance _ -> c22
        | _ -> c12

    let private c = Symbol.Variance 1

    let rec private ofOneVariable expression : ScalarFunction =
        {
            Value = fun x -> Scalar.evaluate (fun _ -> x) expression
            Derivative = lazy (ofOneVariable (Scalar.derivative c expression))
        }

    let private atEqualPoints expression =
        expression |> Scalar.substitute (fun _ -> Scalar.symbol c) |> ofOneVariable

    // The value at equal points is simplified before it is differentiated: derivatives at rho = 1 may be 0 times infinity.
    let private ofExpression expression =
        let rec differentiable expression =
            let part symbol =
                lazy (differentiable (Scalar.derivative symbol expression))

            PairFunction.create
                (fun c11 c12 c22 -> Scalar.evaluate (bind c11 c12 c22) expression)
                (part (Symbol.Variance 1))
                (part Symbol.Covariance)
                (part (Symbol.Variance 2))

        { differentiable expression with
            Diagonal = atEqualPoints expression
        }

    /// a_k(c) = E[sigma(sqrt(c) z) He_k(z)]/sqrt(k!) for k = 0 .. order, by quadrature on [-12, 12].
    let private coefficients (sigma: float -> float) order =
        let panels = 96

        let nodes =
            [|
                for panel in 0 .. panels - 1 do
                    let left = -12.0 + 24.0 * float panel / float panels
                    let rule = GaussLegendre.Rule(12, left, left + 24.0 / float panels)

                    for i in 0 .. rule.Order - 1 do
                        let z = rule.Nodes[i]
                        z, rule.Weights[i] * exp (-0.5 * z * z) / sqrt (2.0 * Math.PI)
            |]

        fun variance ->
            let a = Array.zeroCreate<float>(order + 1)

            for z, weight in nodes do
                let value = weight * sigma (sqrt variance * z)
                // He_k/sqrt(k!), by its recurrence.
                let mutable previous = 0.0
                let mutable current = 1.0

                for k in 0..order do
                    a[k] <- a[k] + value * current
                    let next = (z * current - sqrt (float k) * previous) / sqrt (float (k + 1))
                    previous <- current
                    current <- next

            a

    // With b_k(c) = E[sigma^(k)(sqrt(c) z)], E[sigma^(p)(z1) sigma^(q)(z2)] = sum_k b_(k+p)(c11) b_(k+q)(c22) c12^k/k!, and
    // b_k = sqrt(k!) a_k/c^(k/2).
    let private moment (sigma: float -> float) order =
        let expand = coefficients sigma order
        let cache = System.Collections.Concurrent.ConcurrentDictionary<float, float[]>()
        let a variance = cache.GetOrAdd(variance, expand)

        fun p q c11 c12 c22 ->
            let left, right = a c11, a c22
            let rho = c12 / sqrt (c11 * c22)
            let mutable sum = 0.0
            let mutable power = 1.0

            for k in 0 .. order - max p q do
                let mutable weight = 1.0

                for i in 1..p do
                    weight <- weight * sqrt (float (k + i))

                for i in 1..q do
                    weight <- weight * sqrt (float (k + i))

                sum <- sum + left[k + p] * right[k + q] * power * weight
                power <- power * rho

            sum / (c11 ** (float p / 2.0) * c22 ** (float q / 2.0))

    /// The expectation of an activation: exact where it is known in closed form, else 128 terms of its Hermite series.
    let ofActivation (activation: Activation) =
        let expectation =
            match activation.Dual with
            | Dual.Closed expression -> ofExpression expression
            | Dual.Series _ -> PairFunction.ofMoments (moment activation.Function 128)

        // Closed forms and series are in rho, which a point of variance 0 has none of: there sigma is sigma(0).
        let map (c11: float[]) (c12: Matrix) (c22: float[]) =
            let result = expectation.Map c11 c12 c22

            for i in 0 .. c11.Length - 1 do
                for j in 0 .. c22.Length - 1 do
                    if c11[i] = 0.0 || c22[j] = 0.0 then
                        result[nativeint i, nativeint j] <- activation.Map.Mean c11[i] * activation.Map.Mean c22[j]

            result

        { expectation with
            Map = map
            Diagonal =
                { expectation.Diagonal with
                    Value =
                        fun c ->
                            if c = 0.0 then
                                activation.Map.Variance 0.0
                            else
                                expectation.Diagonal.Value c
                }
        }
