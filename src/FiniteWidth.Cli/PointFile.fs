namespace FiniteWidth.Cli

open System
open System.IO
open System.Text
open System.Text.Json
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// What one network at one temperature predicts at every test point.
type PointPredictions =
    {
        Widths: int list
        ReadoutPrior: float
        Temperature: float
        /// Points x outputs.
        Laws: PredictiveLaw[,]
    }

/// `--points FILE`: the law of f at every test point, as a table (.csv), as arrays (.npz) or as JSON.
[<RequireQualifiedAccess>]
module PointFile =

    // Quantiles that the file has.
    let private levels = [ 0.05; 0.25; 0.5; 0.75; 0.95 ]

    let ofPoint (result: PointResult) =
        let posterior = result.Point.Posterior

        {
            Widths = posterior.Network.Widths
            ReadoutPrior = List.last posterior.Network.Priors
            Temperature = posterior.Temperature
            Laws = result.Laws.Value
        }

    let ofMatrix (result: MatrixPointResult) =
        {
            Widths = result.Widths
            ReadoutPrior = List.last result.Priors
            Temperature = result.Temperature
            Laws = result.Laws.Value
        }

    let private columns: (string * (PredictiveLaw -> float)) list =
        [
            yield "mean", (fun law -> law.Mean)
            yield "deviation", (fun law -> law.Deviation)

            for level in levels do
                yield $"q{int (100.0 * level):D2}", (fun law -> law.Quantile level)

            yield "positive", (fun law -> law.Above 0.0)
        ]

    // Every law with the prediction that it is of, point by point and output by output.
    let private flat (predictions: PointPredictions list) =
        [|
            for prediction in predictions do
                for t in 0 .. Array2D.length1 prediction.Laws - 1 do
                    for d in 0 .. Array2D.length2 prediction.Laws - 1 do
                        struct (prediction, t, d, prediction.Laws[t, d])
        |]

    /// The table, whatever the file's name.
    let table path (targets: Matrix option) (predictions: PointPredictions list) =
        let rows = flat predictions
        let first = predictions.Head
        let each value = Array.map value rows
        let depth = first.Widths.Length

        let width l =
            each (fun struct (prediction, _, _, _) -> float prediction.Widths[l])

        [
            if depth = 1 then
                "N", width 0
            else
                for l in 1..depth do
                    $"N_{l}", width (l - 1)

            $"lambda_{depth}", each (fun struct (prediction, _, _, _) -> prediction.ReadoutPrior)
            "T", each (fun struct (prediction, _, _, _) -> prediction.Temperature)
            "point", each (fun struct (_, t, _, _) -> float (t + 1))

            if Array2D.length2 first.Laws > 1 then
                "output", each (fun struct (_, _, d, _) -> float (d + 1))

            for name, value in columns do
                name, each (fun struct (_, _, _, law) -> value law)

            match targets with
            | Some targets -> "target", each (fun struct (_, t, d, _) -> targets[nativeint t, nativeint d])
            | None -> ()
        ]
        |> Table.create
        |> Result.bind (Table.writeCsv path)

    let private npz path (targets: Matrix option) (predictions: PointPredictions list) =
        let first = predictions.Head
        let points, outputs = Array2D.length1 first.Laws, Array2D.length2 first.Laws
        let count = predictions.Length

        let cube value =
            let laws = [| for prediction in predictions -> prediction.Laws |]

            Matrix.Create(
                nativeint count,
                nativeint (points * outputs),
                fun k i -> value (Array2D.get laws[int k] (int i / outputs) (int i % outputs))
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
            "temperature", vector _.Temperature
            for name, value in columns do
                name, cube value
            match targets with
            | Some targets -> "target", NdArray.ofMatrix targets
            | None -> ()
        ]
        |> Npz.write path

    let private json path (targets: Matrix option) (predictions: PointPredictions list) =
        AtomicFile.write path (fun stream ->
            use writer =
                new Utf8JsonWriter(stream, JsonWriterOptions(Indented = true, NewLine = "\n"))

            let number (value: float) = writer.WriteNumberValue value
            writer.WriteStartObject()
            writer.WriteStartArray "predictions"

            for prediction in predictions do
                writer.WriteStartObject()
                Results.numbers writer "widths" (List.map float prediction.Widths)
                Results.number writer "prior" prediction.ReadoutPrior
                Results.number writer "temperature" prediction.Temperature
                writer.WriteStartArray "points"

                for t in 0 .. Array2D.length1 prediction.Laws - 1 do
                    writer.WriteStartObject()
                    let laws = prediction.Laws[t, *]

                    for name, value in columns do
                        match laws with
                        | [| law |] -> Results.number writer name (value law)
                        | laws -> Results.numbers writer name (Array.map value laws)

                    match targets with
                    | Some targets when targets.Columns = 1n -> Results.number writer "target" targets[nativeint t, 0n]
                    | Some targets -> Results.numbers writer "target" (targets.Row(nativeint t).ToArray())
                    | None -> ()

                    writer.WriteEndObject()

                writer.WriteEndArray()
                writer.WriteEndObject()

            writer.WriteEndArray()
            writer.WriteEndObject())

    let private writers = [ ".csv", table; ".json", json; ".npz", npz ]

    /// How a file of that name is written; refused for an ending that is not known.
    let writer (path: string) =
        let ending =
            (Path.GetExtension path |> Option.ofObj |> Option.defaultValue "").ToLowerInvariant()

        match writers |> List.tryFind (fun (known, _) -> known = ending) with
        | Some(_, write) -> Ok(write path)
        | None -> Error(BadFile(path, "The points are written to a file that ends in .csv, .json or .npz."))
