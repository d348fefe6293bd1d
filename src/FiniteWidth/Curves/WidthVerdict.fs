namespace FiniteWidth

/// What a wide but finite network does against an infinite one.
[<RequireQualifiedAccess>]
type WidthVerdict =
    /// The loss falls as the width comes down from infinity.
    | Wins
    /// It rises.
    | Loses
    /// The slope that is known lies within two standard errors of zero, or none is known.
    | Undecided

    /// "wins", "loses" or "undecided".
    override this.ToString() =
        match this with
        | Wins -> "wins"
        | Loses -> "loses"
        | Undecided -> "undecided"

/// Whose slope in 1/N a verdict follows.
[<RequireQualifiedAccess>]
type Witness =
    /// `WidthExpansion`: the hidden units as they are.
    | ExactSlope
    /// `Criterion`: the theory's own.
    | TheorySlope
    /// The slope does not exist.
    | NoSlope

/// The sign of the effect of finite width.
[<RequireQualifiedAccess>]
module WidthVerdict =

    /// What counts as significant, in standard errors.
    let standardErrors = 2.0

    /// The verdict of a slope d<eps_g>/d(1/N) and its standard error, 0 where it has none.
    let ofSlope (slope: float) (standardError: float) =
        if slope < -standardErrors * standardError then
            WidthVerdict.Wins
        elif slope > standardErrors * standardError then
            WidthVerdict.Loses
        else
            WidthVerdict.Undecided

    /// The verdict of the exact slope.
    let ofExpansion (expansion: WidthExpansion) =
        ofSlope expansion.Slope.Loss expansion.SlopeError.Loss

    /// The verdict of the best slope there is: the exact one, else the theory's.
    let ofSlopes (exact: Result<WidthExpansion, Failure>) (theory: Result<Criterion, Failure>) =
        match exact, theory with
        | Ok expansion, _ -> ofExpansion expansion, Witness.ExactSlope
        | Error _, Ok criterion -> ofSlope criterion.Slope 0.0, Witness.TheorySlope
        | Error _, Error _ -> WidthVerdict.Undecided, Witness.NoSlope
