namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// One fold of a cross-validation: what is trained on, and what is held out. The kernels of all folds are blocks of one.
type Fold =
    {
        /// Of the other folds' examples.
        Study: Study
        /// The examples that are predicted.
        Held: DataSet
    }

/// Cross-validation: every example is held out once.
[<RequireQualifiedAccess>]
module CrossValidation =

    let private rowsOf (rows: int[]) (matrix: Matrix) =
        Matrix.Create(nativeint rows.Length, matrix.Columns, fun i j -> matrix[nativeint rows[int i], j])

    let private part rows (data: DataSet) =
        DataSet.create (rowsOf rows data.Inputs) (rowsOf rows data.Targets)

    /// The folds of a data set, at least two and at most as many as there are examples, drawn at random: their sizes differ by at most one. A kernel in which no
    /// order parameter is left but in front of it is computed once for all of them.
    let folds count (seed: uint64) (data: DataSet) =
        if count < 2 || count > data.Count then
            Error(
                BadData
                    $"{count} folds are asked for and there are {data.Count} training examples: ask for 2 to {data.Count} folds."
            )
        else
            let order = [| 0 .. data.Count - 1 |]
            RandomStream.FromSeed(seed).Shuffle(order.AsSpan())
            let whole = WholeKernel data.Inputs

            [ 0 .. count - 1 ]
            |> Result.traverse (fun fold ->
                let inFold (i, _) = i % count = fold

                let held, train = order |> Array.indexed |> Array.partition inFold

                let held, train = Array.map snd held, Array.map snd train

                result {
                    let! examples = part train data
                    let! test = part held data

                    return
                        {
                            Study =
                                Study(examples, Some(FoldKernel(whole, train, held, test.Inputs)), StudySolver.Direct)
                            Held = test
                        }
                })
