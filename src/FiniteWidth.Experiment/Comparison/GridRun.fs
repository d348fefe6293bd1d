namespace FiniteWidth.Experiment

open FiniteWidth
open FiniteWidth.Numerics

/// The points of a grid measured one after the other.
[<RequireQualifiedAccess>]
module internal GridRun =

    /// The split with its first training examples alone.
    let first count (split: Split) =
        let data = split.Train

        if count < 1 || count > data.Count then
            Error(
                BadData
                    $"{count} training examples are asked for and there are {data.Count}: ask for 1 to {data.Count}."
            )
        else
            let top (matrix: Matrix) =
                matrix.View(0n, 0n, nativeint count, matrix.Columns)

            DataSet.create (top data.Inputs) (top data.Targets)
            |> Result.map (fun train -> { split with Train = train })

    let private check (theories: 'theory list) (grid: 'point list) =
        if theories.IsEmpty || grid.IsEmpty then
            Error(
                BadData
                    $"There are {theories.Length} theories and {grid.Length} points: a comparison needs at least one of both."
            )
        else
            Ok()

    /// What is made of each number of examples, once.
    let private parts (examples: 'point -> int) make grid =
        grid
        |> List.map examples
        |> List.distinct
        |> Result.traverse (fun count -> make count |> Result.map (fun part -> count, part))
        |> Result.map Map.ofList

    /// Measures points in order: those that have a result, and those that have none, cancelled before they were reached, or out of time before there were
    /// enough draws.
    let private measure
        (settings: 'point -> RunSettings)
        (measureAt: 'point -> Result<'measured, Failure>)
        runOf
        points
        =
        let rec go measured missed remaining =
            let stop measured notReached =
                Ok(List.rev measured, List.rev missed @ notReached)

            match remaining with
            | [] -> stop measured []
            | point :: rest ->
                let settings = settings point

                let cancelled () =
                    settings.Cancellation.IsCancellationRequested

                if cancelled () then
                    stop measured remaining
                else
                    match measureAt point with
                    | Ok compared when (runOf compared: Run).Stopped = Stop.Cancelled ->
                        stop (compared :: measured) rest
                    | Ok compared -> go (compared :: measured) missed rest
                    // Too few draws to say anything.
                    | Error _ when cancelled () -> stop measured remaining
                    | Error(Inaccurate _) when settings.TimeLimit.IsSome -> go measured (point :: missed) rest
                    | Error failure -> Error failure

        go [] [] points

    /// Compares theories with a measurement at every point: what is made of each number of examples, then what the theories predict, since where they fail
    /// the experiment is in vain, then the measurements.
    let compare examples settings partOf predict comparePoint runOf theories grid =
        result {
            do! check theories grid
            let! parts = parts examples partOf grid

            let! predicted =
                grid
                |> Result.traverse (fun point ->
                    predict (Map.find (examples point) parts) point
                    |> Result.map (fun predictions -> point, predictions))

            let! measured, missing =
                predicted
                |> measure
                    (fun (point, _) -> settings point)
                    (fun (point, predictions) -> comparePoint (Map.find (examples point) parts) predictions point)
                    runOf

            return measured, List.map fst missing
        }
