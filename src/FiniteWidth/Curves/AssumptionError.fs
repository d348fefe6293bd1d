namespace FiniteWidth

/// How far a theory's loss is off at a width because it takes the hidden units for Gaussian, to first order in 1/N:
/// |slope - exact slope|/N, with the standard error of the exact slope over N.
type AssumptionError =
    {
        /// The theory less real networks, to first order in 1/N.
        Value: float
        /// Its standard error, from the random units.
        StandardError: float
    }

/// What the Gaussian assumption costs at a width.
[<RequireQualifiedAccess>]
module AssumptionError =

    /// Whether the theory's slope differs from the exact one by more than two standard errors of the latter.
    let isSignificant (slope: float) (expansion: WidthExpansion) =
        let noise = WidthVerdict.standardErrors * expansion.SlopeError.Loss
        abs (slope - expansion.Slope.Loss) > noise

    /// The error of a theory of the given slope at a width; refused where the first order is not small against the loss, there the expansion
    /// says nothing.
    let atWidth (slope: float) (width: int) (expansion: WidthExpansion) =
        let error = expansion.AssumptionError(slope, width)
        let loss = expansion.InfiniteWidth.Loss

        match expansion.TryLoss width with
        | Some _ when error < WidthExpansion.Small * loss ->
            Ok
                {
                    Value = error
                    StandardError = expansion.SlopeError.Loss / float width
                }
        | _ ->
            let first = max error (abs expansion.Slope.Loss / float width)

            Error(
                Inaccurate
                    $"At N = {width} the first order in 1/N is {first:G3}, not small against the loss {loss:G3} at infinite width: the expansion says nothing there."
            )
