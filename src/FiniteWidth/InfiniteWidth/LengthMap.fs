namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A squared length that a layer of random weights reproduces: c* = V(c*), V(c) = sigma_w^2 E[sigma(z)^2] + sigma_b^2 with z of variance c.
type FixedLength =
    {
        /// c*.
        Length: float
        /// dV/dc there: a deviation shrinks by this factor a layer.
        Slope: float
    }

    /// Lengths near c* approach it.
    member this.IsStable = abs this.Slope < 1.0

    /// xi_q = -1/log |dV/dc|, the number of layers in which a deviation falls by e; infinite where it does not fall.
    member this.DepthScale =
        if this.IsStable then
            -1.0 / log (abs this.Slope)
        else
            infinity

/// What becomes of squared lengths from layer to layer.
[<RequireQualifiedAccess>]
type LengthFate =
    /// They approach a positive fixed length.
    | Settles of FixedLength
    /// They approach zero.
    | Vanishes of FixedLength
    /// Every length is a fixed length: a homogeneous activation at its edge.
    | Stays
    /// They grow without bound, or beyond 1e8.
    | Grows

/// The second moments E[sigma^2] and E[sigma'^2] of an activation, tabulated over the variance c: one table serves every sigma_w^2 and
/// sigma_b^2.
[<Sealed>]
type internal LengthTable(activation: Activation, slope: PairMap) =

    // Half a decade contains at most one crossing of the maps in use; Newton's method does the rest.
    let lengths =
        Array.append [| 0.0 |] [| for e in -48 .. 32 -> 10.0 ** (float e / 4.0) |]

    let moments = lazy (lengths |> Array.map activation.Map.Variance)
    let slopes = lazy (lengths |> Array.map slope.Variance)

    member _.Activation = activation
    member _.Slope = slope

    /// 0, and 1e-12 to 1e8.
    member _.Lengths = lengths

    /// E[sigma^2] at each.
    member _.Moments = moments.Value

    /// E[sigma'^2] at each.
    member _.Slopes = slopes.Value

    /// E[sigma^2] of z of variance c.
    member _.Moment c = activation.Map.Variance c

    /// d E[sigma^2]/dc.
    member _.MomentDerivative c = activation.Map.VarianceDerivative c

    /// E[sigma'^2].
    member _.SlopeMoment c = slope.Variance c

    /// Where E[sigma^2] = a c for all c, a.
    member table.Proportion =
        match activation.Degree with
        | Some 1.0 -> Some(table.Moment 1.0)
        | _ -> None

    /// The zeros of a function of c, each between two lengths of the table at which its tabulated values differ in sign. Values below
    /// 1e-10 c are rounding of terms as large as c and have no sign.
    static member Zeros (lengths: float[]) (tabulated: float[]) (f: float -> float) =
        let refine lower upper =
            match
                MathNet.Numerics.RootFinding.Brent.TryFindRoot(Func<float, float> f, lower, upper, 1e-15 * upper, 100)
            with
            | true, root -> root
            | _ -> 0.5 * (lower + upper)

        Array.zip lengths tabulated
        |> Array.filter (fun (c, value) -> abs value > 1e-10 * c)
        |> Array.pairwise
        |> Array.choose (fun ((lower, below), (upper, above)) ->
            if (below > 0.0) <> (above > 0.0) then
                Some(refine lower upper)
            else
                None)
        |> List.ofArray

/// V(c) = sigma_w^2 E[sigma^2] + sigma_b^2 of one network.
[<Sealed>]
type internal LengthMap(table: LengthTable, weightVariance: float, biasVariance: float) =

    let apply c =
        weightVariance * table.Moment c + biasVariance

    let fixedAt c =
        {
            Length = c
            Slope = weightVariance * table.MomentDerivative c
        }

    // A homogeneous activation of degree one has V(c) = sigma_w^2 a c + sigma_b^2.
    let homogeneous proportion =
        let slope = weightVariance * proportion

        if biasVariance = 0.0 then
            [ { Length = 0.0; Slope = slope } ]
        elif slope < 1.0 then
            [
                {
                    Length = biasVariance / (1.0 - slope)
                    Slope = slope
                }
            ]
        else
            []

    let searched =
        lazy
            (let excess =
                Array.map2 (fun c moment -> weightVariance * moment + biasVariance - c) table.Lengths table.Moments

             let atZero = if excess[0] = 0.0 then [ 0.0 ] else []

             atZero @ LengthTable.Zeros table.Lengths excess (fun c -> apply c - c)
             |> List.map fixedAt)

    let fixedLengths =
        match table.Proportion with
        | Some proportion -> homogeneous proportion
        | None -> searched.Value

    let isMonotone =
        lazy
            (table.Moments
             |> Array.pairwise
             |> Array.forall (fun (a, b) -> a <= b * (1.0 + 1e-12)))

    let at (point: FixedLength) =
        if point.Length = 0.0 then
            LengthFate.Vanishes point
        else
            LengthFate.Settles point

    // A map that does not fall leads to the next fixed length above, or below. Where there is none below, V(c) = c up to rounding.
    let climb (start: float) =
        if apply start > start then
            match fixedLengths |> List.tryFind (fun point -> point.Length > start) with
            | Some point -> at point
            | None -> LengthFate.Grows
        else
            fixedLengths
            |> List.tryFindBack (fun point -> point.Length <= start)
            |> Option.defaultWith (fun () -> fixedAt start)
            |> at

    // The stable fixed length that a length is at, but for rounding.
    let nearest c =
        fixedLengths
        |> List.tryFind (fun point -> point.IsStable && abs (c - point.Length) <= 1e-6 * max c point.Length)

    // d log V/d log c >= -1/2, because the density of N(0, c) falls no faster than c^(-1/2) anywhere. So there are no cycles: also
    // where V falls lengths approach a fixed one, by turns from both sides, and may pass others on their way.
    let iterate start =
        let rec follow remaining c =
            match nearest c with
            | Some point -> at point
            | None when not (c < 1e8) -> LengthFate.Grows
            | None when remaining = 0 -> climb c
            | None -> follow (remaining - 1) (apply c)

        follow 1000 start

    member _.Apply c = apply c
    member _.FixedLengths = fixedLengths

    /// Where lengths end that begin at `start` > 0.
    member _.Fate start =
        match table.Proportion with
        // Rounding of sigma_w^2 and of a.
        | Some proportion when biasVariance = 0.0 && abs (weightVariance * proportion - 1.0) <= 4e-15 ->
            LengthFate.Stays
        | _ ->
            match nearest start with
            | Some point -> at point
            | None when isMonotone.Value -> climb start
            | None -> iterate start
