namespace FiniteWidth.Cli

open System
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
