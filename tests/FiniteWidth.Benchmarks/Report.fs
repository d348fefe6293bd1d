namespace FiniteWidth.Benchmarks

/// Measurements as a table of text.
[<RequireQualifiedAccess>]
module Report =

    let private header =
        [
            "case"
            "P"
            "against"
            "ours, s"
            "theirs, s"
            "ratio"
            "target"
            ""
            "differ by"
            "residual"
            "peak, P x P"
        ]

    let private orDash format value =
        value |> Option.map (Table.number format) |> Option.defaultValue "-"

    let private row measurement =
        let case = measurement.Case

        let ratio =
            measurement.Baseline |> Option.map (fun theirs -> theirs / measurement.Ours)

        let target, isMet =
            match case.Target with
            | Target.Ratio least -> ">= " + Table.number "F2" least, ratio |> Option.map (fun ratio -> ratio >= least)
            | Target.Seconds most -> "<= " + Table.number "F1" most + " s", Some(measurement.Ours <= most)

        let matrix = 8.0 * float case.Examples * float case.Examples

        [
            case.Name
            string case.Examples
            (match case.Baseline with
             | Baseline.Naive _ -> "numpy"
             | Baseline.Torch _ -> "PyTorch"
             | Baseline.Sampler(description, _)
             | Baseline.Ours(description, _) -> description)
            Table.number "G3" measurement.Ours
            orDash "G3" measurement.Baseline
            orDash "F2" ratio
            target
            (match isMet with
             | Some true -> "met"
             | Some false -> "missed"
             | None -> "")
            orDash "0.0E+0" measurement.Disagreement
            orDash "0.0E+0" measurement.Residual
            orDash "F2" (measurement.Peak |> Option.map (fun bytes -> bytes / matrix))
        ]

    /// A line a measurement, in aligned columns.
    let table measurements =
        header :: List.map row measurements |> Table.aligned
