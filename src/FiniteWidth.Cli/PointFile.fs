namespace FiniteWidth.Cli

open System
open System.IO
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// What one network at one temperature predicts at every test point.
type PointPredictions =
    {
        Widths: int list
        ReadoutPrior: float
        /// The temperature, or beta of a softmax likelihood.
        Temperature: float
        /// Whether the outputs are logits.
        IsLogits: bool
        /// Points x outputs.
        Laws: PredictiveLaw[,]
        /// The probability of each of several outputs to be the largest, where it is known.
        Classes: float[,] option
    }

/// Where predictions at points go: to a file, or in place of the result, as the text that files of that ending have.
[<RequireQualifiedAccess>]
type PointPlace =
    | File of path: string
    | Printed of ending: string

/// `--points FILE`: the law of f at every test point, as a table (.csv), as arrays (.npz) or as JSON.
[<RequireQualifiedAccess>]
module PointFile =

    // Quantiles that the file has.
    let private levels = [ 0.05; 0.25; 0.5; 0.75; 0.95 ]

    // Of point t and output d.
    let private columns (first: PointPredictions) : (string * (PointPredictions -> int -> int -> float)) list =
        let ofLaw (value: PredictiveLaw -> float) (prediction: PointPredictions) t d = value prediction.Laws[t, d]

        [
            yield "mean", ofLaw _.Mean
            yield "deviation", ofLaw _.Deviation

            for level in levels do
                yield $"q{int (100.0 * level):D2}", ofLaw _.Quantile(level)

            yield "positive", ofLaw _.Above(0.0)

            if first.Classes.IsSome then
                yield
                    "class",
                    fun prediction t d ->
                        match prediction.Classes with
                        | Some classes -> classes[t, d]
                        | None -> nan
        ]

    // Every point and output of every prediction.
    let private flat (predictions: PointPredictions list) =
        [|
            for prediction in predictions do
                for t in 0 .. Array2D.length1 prediction.Laws - 1 do
                    for d in 0 .. Array2D.length2 prediction.Laws - 1 do
                        struct (prediction, t, d)
        |]

    let private table path (targets: Matrix option) (predictions: PointPredictions list) =
        let rows = flat predictions
        let first = predictions.Head
        let each value = Array.map value rows
        let depth = first.Widths.Length

        let width l =
            each (fun struct (prediction, _, _) -> float prediction.Widths[l])

        [
            if depth = 1 then
                "N", width 0
            else
                for l in 1..depth do
                    $"N_{l}", width (l - 1)

            $"lambda_{depth}", each (fun struct (prediction, _, _) -> prediction.ReadoutPrior)
            (if first.IsLogits then "beta" else "T"), each (fun struct (prediction, _, _) -> prediction.Temperature)
            "point", each (fun struct (_, t, _) -> float (t + 1))

            if Array2D.length2 first.Laws > 1 then
                "output", each (fun struct (_, _, d) -> float (d + 1))

            for name, value in columns first do
                name, each (fun struct (prediction, t, d) -> value prediction t d)

            match targets with
            | Some targets -> "target", each (fun struct (_, t, d) -> targets[nativeint t, nativeint d])
            | None -> ()
        ]
        |> Table.create
        |> Result.bind (Table.writeCsv path)

    let private npz path (targets: Matrix option) (predictions: PointPredictions list) =
        let first = predictions.Head
        let points, outputs = Array2D.length1 first.Laws, Array2D.length2 first.Laws
        let count = predictions.Length

        let cube value =
            let predictions = Array.ofList predictions

            Matrix.Create(
                nativeint count,
                nativeint (points * outputs),
                fun k i -> value predictions[int k] (int i / outputs) (int i % outputs)
            )
            |> NdArray.create [ count; points; outputs ]
            |> Result.orFail

        let vector value =
            predictions |> List.map value |> Array.ofList |> NdArray.ofVector

        [
            "widths",
            NdArray.ofMatrix (
                Matrix.Create(
                    nativeint count,
                    nativeint first.Widths.Length,
                    fun k l -> float predictions[int k].Widths[int l]
                )
            )
            "prior", vector _.ReadoutPrior
            (if first.IsLogits then "beta" else "temperature"), vector _.Temperature
            for name, value in columns first do
                name, cube value
            match targets with
            | Some targets -> "target", NdArray.ofMatrix targets
            | None -> ()
        ]
        |> Npz.write path

    // Of one output a number, of several a list.
    let private cell outputs value =
        if outputs = 1 then
            Tree.Number(value 0)
        else
            Tree.numbers (List.init outputs value)

    let private point (targets: Matrix option) (prediction: PointPredictions) t =
        let outputs = Array2D.length2 prediction.Laws

        [
            for name, value in columns prediction do
                name, cell outputs (value prediction t)

            match targets with
            | Some targets -> "target", cell (int targets.Columns) (fun d -> targets[nativeint t, nativeint d])
            | None -> ()
        ]

    let private json path (targets: Matrix option) (predictions: PointPredictions list) =
        let tree =
            Tree.Object
                [
                    "predictions",
                    Tree.objects
                        [
                            for prediction in predictions ->
                                [
                                    "widths", Tree.numbers (List.map float prediction.Widths)
                                    "prior", Tree.Number prediction.ReadoutPrior
                                    (if prediction.IsLogits then "beta" else "temperature"),
                                    Tree.Number prediction.Temperature
                                    "points",
                                    Tree.objects
                                        [
                                            for t in 0 .. Array2D.length1 prediction.Laws - 1 ->
                                                point targets prediction t
                                        ]
                                ]
                        ]
                ]

        AtomicFile.write path (fun stream -> Tree.save stream tree)

    let private writers = [ ".csv", table; ".json", json; ".npz", npz ]

    /// What the name of a file ends in, from the last full stop on, in small letters.
    let ending (path: string) =
        (Path.GetExtension path |> Option.ofObj |> Option.defaultValue "").ToLowerInvariant()

    /// How predictions are written that stand in place of a result, by the ending of the file that it goes to: a table but for JSON.
    let text ending =
        match ending with
        | ".json" -> Ok json
        | ".npz" -> Error(BadData "--output takes text, .csv or .json: --points FILE.npz writes arrays.")
        | _ -> Ok table

    /// How a file of that name is written; refused for an ending that is not known.
    let writer (path: string) =
        match writers |> List.tryFind (fun (known, _) -> known = ending path) with
        | Some(_, write) -> Ok(write path)
        | None -> Error(BadFile(path, "The points are written to a file that ends in .csv, .json or .npz."))
