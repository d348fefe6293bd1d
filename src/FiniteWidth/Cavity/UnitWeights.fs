namespace FiniteWidth

/// Weights that take units from the density they were drawn from to another, and what the exact prior takes out of their noise.
[<RequireQualifiedAccess>]
module internal UnitWeights =

    /// Weights exp(l_i)/sum exp(l) and the logarithm of the sum.
    let normalise (logs: float[]) =
        let top = Array.max logs
        let weights = logs |> Array.map (fun l -> exp (l - top))
        let sum = Array.sum weights
        weights |> Array.map (fun w -> w / sum), top + log sum

    /// Where an increasing function vanishes between two numbers, or the nearer of them.
    let bisect excess low high =
        if excess low > 0.0 then
            low
        elif excess high < 0.0 then
            high
        else
            ((low, high), [ 1..40 ])
            ||> List.fold (fun (low, high) _ ->
                let middle = 0.5 * (low + high)
                if excess middle > 0.0 then low, middle else middle, high)
            |> fun (low, high) -> 0.5 * (low + high)

    /// The coefficient of a control variate x of known mean that leaves least noise in w: the regression of one on the other.
    let coefficient (w: float[]) (x: float[]) =
        CavityFields.dot w x / CavityFields.dot x x

    /// log z0 less what the sample's prior average of x is off from the exact one: what is left of its noise where x is log z0 to first
    /// order.
    let controlled (prior: float[]) (weights: float[]) (x: float[]) exact logZ0 =
        let mean = CavityFields.dot prior x
        let deviations = Array.map2 (fun p x -> p * (x - mean)) prior x
        let ratios = Array.map2 (-) weights prior
        logZ0 - coefficient ratios deviations * (mean - exact)
