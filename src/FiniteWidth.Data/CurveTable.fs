namespace FiniteWidth.Data

open FiniteWidth

/// Learning curves as tables, a row a network.
[<RequireQualifiedAccess>]
module CurveTable =

    let private widths (points: CurvePoint list) =
        let depth = points |> List.map _.Network.Depth |> List.max

        let equal =
            points
            |> List.forall (fun point -> (List.distinct point.Network.Widths).Length = 1)

        let width l (point: CurvePoint) =
            List.tryItem l point.Network.Widths
            |> Option.map float
            |> Option.defaultValue nan

        if equal then
            [ "N", width 0 ]
        else
            [ for l in 1..depth -> $"N_{l}", width (l - 1) ]

    let private orderParameters (points: CurvePoint list) =
        let name symbol =
            match symbol with
            | Symbol.Qbar l -> $"Qbar_{l}"
            | Symbol.Q l -> $"Q_{l}"
            | other -> Latex.symbol other

        points
        |> List.collect _.Posterior.Model.OrderParameters
        |> List.distinct
        |> List.map (fun symbol ->
            name symbol,
            fun (point: CurvePoint) ->
                List.tryFindIndex ((=) symbol) point.Posterior.Model.OrderParameters
                |> Option.map (Array.get point.Posterior.OrderParameters)
                |> Option.defaultValue nan)

    let private priors (points: CurvePoint list) =
        let count = points |> List.map _.Network.Priors.Length |> List.max

        [
            for l in 0 .. count - 1 ->
                $"lambda_{l}", fun (point: CurvePoint) -> List.tryItem l point.Network.Priors |> Option.defaultValue nan
        ]

    /// Widths, P, T, priors, activation, order parameters, loss, bias, variance, log-evidence and residual of each point: `N` where a network's layers
    /// are equally wide, else `N_1`, `N_2`, ...; NaN where a network has no such layer or order parameter.
    let ofPoints (points: CurvePoint seq) =
        let points = List.ofSeq points

        if points.IsEmpty then
            Error(BadData "A learning curve without points makes no table.")
        else
            let each value =
                points |> List.map value |> Array.ofList

            let numbers columns =
                columns |> List.map (fun (name, value) -> name, Column.Numbers(each value))

            numbers (
                widths points
                @ [ "P", (fun point -> float point.Posterior.Train.Count); "T", _.Temperature ]
                @ priors points
            )
            @ [ "activation", Column.Words(each _.Network.Activation.Name) ]
            @ numbers (
                orderParameters points
                @ [
                    "loss", _.Score.Loss
                    "bias", _.Score.Bias
                    "variance", _.Score.Variance
                    "log_evidence", (fun point -> Posterior.logEvidence point.Posterior)
                    "residual", _.Posterior.SaddlePoint.Chosen.Residual
                ]
            )
            |> Table.ofColumns
