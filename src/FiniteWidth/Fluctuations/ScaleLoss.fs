namespace FiniteWidth

open System
open System.Collections.Generic

/// The loss on a test set of the Gaussian process of kernel q K as a function of x = log q, a number or a pass over the test kernel each.
///
/// As a function of x it is analytic but for poles at distance pi and more from the real line, where T + q k_i = 0. A polynomial through `order`
/// Chebyshev points of a panel of unit length therefore errs by a relative (2 pi + sqrt(1 + 4 pi^2))^(-order), 1e-13: two widths, whose
/// posteriors of q overlap, share the passes.
[<Sealed>]
type ScaleLoss
    /// The loss of a posterior on a test set.
    (posterior: Posterior, test: DataSet) =

    let order = 12

    // Chebyshev points of the first kind on [0, 1] and their barycentric weights.
    let angles =
        [| for k in 0 .. order - 1 -> Math.PI * (float k + 0.5) / float order |]

    let points = angles |> Array.map (fun angle -> 0.5 * (1.0 + cos angle))

    let weights =
        angles
        |> Array.mapi (fun k angle -> (if k % 2 = 0 then 1.0 else -1.0) * sin angle)

    let layers = posterior.OrderParameters.Length
    let panels = Dictionary<int64, float[]>()

    let loss x =
        let theta = Array.create layers (exp (x / float layers))
        (Posterior.predictAt theta test.Inputs posterior |> Prediction.score test.Targets).Loss

    let panel index =
        match panels.TryGetValue index with
        | true, known -> known
        | _ ->
            let values = points |> Array.map (fun u -> loss (float index + u))
            panels.Add(index, values)
            values

    /// The number of passes that were made.
    member _.Passes = order * panels.Count

    /// The loss at log q = x.
    member _.At(x: float) =
        let index = floor x
        let values = panel (int64 index)
        let mutable above, below = 0.0, 0.0
        let mutable exact = nan

        for k in 0 .. order - 1 do
            let distance = x - index - points[k]

            if distance = 0.0 then
                exact <- values[k]
            else
                above <- above + weights[k] * values[k] / distance
                below <- below + weights[k] / distance

        if Double.IsNaN exact then above / below else exact
