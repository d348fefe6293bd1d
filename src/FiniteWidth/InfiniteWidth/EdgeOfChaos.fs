namespace FiniteWidth

/// A point of the line chi = 1 between order and chaos.
type EdgePoint =
    {
        /// sigma_w^2.
        WeightVariance: float
        /// sigma_b^2.
        BiasVariance: float
        /// The fixed length there: 0 where lengths vanish, 1 where every length stays.
        Length: float
    }

/// The edge of chaos, chi = sigma_w^2 E[sigma'^2] = 1 at the fixed length c = sigma_w^2 E[sigma^2] + sigma_b^2. Along it
///
/// sigma_w^2 = 1/E[sigma'^2], sigma_b^2 = c - E[sigma^2]/E[sigma'^2], z of variance c.
[<RequireQualifiedAccess>]
module EdgeOfChaos =

    let private ofLength biasVariance (table: LengthTable) c =
        {
            WeightVariance = 1.0 / table.SlopeMoment c
            BiasVariance = biasVariance
            Length = c
        }

    // A fixed length that its neighbours leave is no edge of what one sees.
    let private isStable (table: LengthTable) edge =
        edge.WeightVariance * table.MomentDerivative edge.Length < 1.0

    // At sigma_b^2 = 0 lengths may vanish up to the edge: where V'(0) = 1 the next order decides.
    let private atZero (table: LengthTable) =
        if table.Moments[0] = 0.0 && table.MomentDerivative 0.0 > 0.0 then
            let edge = ofLength 0.0 table 0.0
            let small = 1e-4

            if edge.WeightVariance * table.Moment small < small then
                [ edge ]
            else
                []
        else
            []

    let private search biasVariance (table: LengthTable) =
        let excess c moment slope = c - moment / slope - biasVariance

        // Below 1e-6 the difference of an odd activation, c^2, is rounding of c.
        let lengths, tabulated =
            Array.zip3 table.Lengths table.Moments table.Slopes
            |> Array.choose (fun (c, moment, slope) ->
                if c >= 1e-6 && slope > 0.0 then
                    Some(c, excess c moment slope)
                else
                    None)
            |> Array.unzip

        LengthTable.Zeros lengths tabulated (fun c -> excess c (table.Moment c) (table.SlopeMoment c))
        |> List.map (ofLength biasVariance table)
        |> List.filter (isStable table)

    /// The points of the edge at this bias variance, at stable fixed lengths from 1e-6 to 1e8 (or 0): one for tanh and erf; for a homogeneous
    /// activation one at sigma_b^2 = 0, and none above.
    let at biasVariance activation =
        Failures.catch (fun () ->
            result {
                do! SignalPropagation.checkVariances 1.0 biasVariance
                let! table = SignalPropagation.table activation

                return
                    match table.Proportion with
                    | Some _ when biasVariance > 0.0 -> []
                    | Some _ -> [ ofLength 0.0 table 1.0 ]
                    | None when biasVariance = 0.0 -> atZero table @ search 0.0 table
                    | None -> search biasVariance table
            })
