namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// Results of one type: how they are shown, and what targets have to do with them.
[<NoComparison; NoEquality>]
type ResultKind<'Point> =
    {
        Tree: 'Point -> (string * Tree) list
        InUnits: TargetUnits -> 'Point -> 'Point
        /// Without all that the targets of the test set tell.
        WithoutTargets: 'Point -> 'Point
        AtPoints: ('Point -> PointPredictions) option
    }

/// Predictions of one type of results.
[<RequireQualifiedAccess>]
module ResultKind =

    /// Results that targets have no part in, which say nothing at points.
    let ofTree tree =
        {
            Tree = tree
            InUnits = fun _ -> id
            WithoutTargets = id
            AtPoints = None
        }

    /// What results say, in the units of the targets.
    let predicted kind (examples: ReadExamples) results =
        let inUnits = examples.Units |> Option.map kind.InUnits |> Option.defaultValue id

        let known = if examples.IsLabelled then id else kind.WithoutTargets
        let results = results |> List.map (inUnits >> known)

        {
            Before = []
            Points = List.map kind.Tree results
            AtPoints = kind.AtPoints |> Option.map (fun atPoints -> lazy List.map atPoints results)
            IsWhole = true
        }

    /// Solves one point after the other, and tells how far it is.
    let solve kind (examples: ReadExamples) solver points =
        Terminal.withProgress "solving" (List.length points) (fun step ->
            points
            |> Result.traverse (fun point ->
                let solved = solver point
                step ()
                solved))
        |> Result.map (predicted kind examples)

    /// The same of images, whose kernels take the time.
    let solveImages kind (examples: ReadExamples) solver points =
        Terminal.withProgress "kernel" examples.Split.Train.Count (fun step ->
            examples.ImageStep.Value <- step
            points |> Result.traverse solver)
        |> Result.map (predicted kind examples)
