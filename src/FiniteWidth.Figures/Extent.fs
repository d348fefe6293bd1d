namespace FiniteWidth.Figures

open System

/// The values that an axis must show.
module internal Extent =

    let private ofErrors (values: float[]) errors =
        match errors with
        | None -> Seq.empty
        | Some bars ->
            let below, above = ErrorBars.lengths bars
            Seq.append (Seq.map2 (-) values below) (Seq.map2 (+) values above)

    let private xs (trace: Trace) : float seq =
        match trace.Mark with
        | Curve curve -> curve.X
        | Band(x, _, _) -> x
        | Bars(Horizontal, _, values, errors) -> Seq.append values (ofErrors values errors)
        | HeatMap { X = Some x } -> x
        | Histogram(values, _, _) -> values
        | Bars _
        | HeatMap _ -> Seq.empty

    let private ys (trace: Trace) : float seq =
        match trace.Mark with
        | Curve curve -> Seq.append curve.Y (ofErrors curve.Y curve.Errors)
        | Band(_, lower, upper) -> Seq.append lower upper
        | Bars(Vertical, _, values, errors) -> Seq.append values (ofErrors values errors)
        | HeatMap { Y = Some y } -> y
        | Bars _
        | HeatMap _
        | Histogram _ -> Seq.empty

    let private positive (values: float seq) =
        let fold struct (low, high) value =
            if value > 0.0 && Double.IsFinite value then
                struct (min low value, max high value)
            else
                struct (low, high)

        match Seq.fold fold (struct (infinity, 0.0)) values with
        | struct (low, high) when low <= high -> low, high
        | _ -> 1.0, 10.0

    let private guides direction panel =
        panel.Guides |> Seq.filter (fun g -> g.Direction = direction) |> Seq.map _.At

    /// The smallest and the largest positive x of a panel; 1 and 10 where there is none.
    let positiveX panel =
        Seq.append (Seq.collect xs panel.Traces) (guides Vertical panel) |> positive

    /// The smallest and the largest positive y of a panel; 1 and 10 where there is none.
    let positiveY panel =
        Seq.append (Seq.collect ys panel.Traces) (guides Horizontal panel) |> positive
