namespace FiniteWidth.Cli

open System
open System.Threading
open FiniteWidth

/// Points that were solved one after the other, and whether they are all.
[<NoComparison; NoEquality>]
type InTurn<'Solution> =
    {
        Points: 'Solution list
        IsWhole: bool
    }

/// Sampled theories, whose points start from each other and which may be told to stop.
[<RequireQualifiedAccess>]
module InTurn =

    /// Solves each point from the solution before it, until one is called off.
    let solve solveOne points =
        let solveOne previous point =
            try
                solveOne previous point |> Result.map Some
            with :? OperationCanceledException ->
                Ok None

        let solvedSoFar isWhole points =
            Ok
                {
                    Points = List.rev points
                    IsWhole = isWhole
                }

        let rec next previous solved points =
            match points with
            | [] -> solvedSoFar true solved
            | point :: rest ->
                solveOne previous point
                |> Result.bind (fun result ->
                    match result with
                    | Some result -> next (Some result) (result :: solved) rest
                    | None -> solvedSoFar false solved)

        next None [] points

    /// What is solved until a signal tells it to stop, as a prediction.
    let predicted tree (examples: ReadExamples) (solve: CancellationToken -> Result<InTurn<'Point>, Failure>) =
        Stoppable.run solve
        |> Result.map (fun solved ->
            { ResultKind.predicted (ResultKind.ofTree tree) examples solved.Points with
                IsWhole = solved.IsWhole
            })
