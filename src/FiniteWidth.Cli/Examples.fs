namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// Loading the examples that a job or the flags name.
[<RequireQualifiedAccess>]
module Examples =

    let private top part count (matrix: Matrix) =
        match count with
        | Some count when nativeint count > matrix.Rows ->
            Error(
                BadData
                    $"{count} {part} examples are asked for and there are {matrix.Rows}: ask for at most {matrix.Rows}."
            )
        | Some count -> Ok(matrix.View(0n, 0n, nativeint count, matrix.Columns))
        | None -> Ok matrix

    let private first part count (data: DataSet) =
        result {
            let! inputs = top part count data.Inputs
            return! DataSet.create inputs (data.Targets.View(0n, 0n, inputs.Rows, data.Targets.Columns))
        }

    // Nothing is generated that could not be used.
    let private generated inputs train test generate teacher =
        result {
            do! Capacity.requireInputs inputs train test
            do! Capacity.requireKernels train test
            return! generate teacher
        }

    // Of a source that always knows the targets.
    let private labelled split = split |> Result.map Points.ofSplit

    let rec private points source =
        match source with
        | Source.Npz path -> Npz.pointsWhere Capacity.requireKernels path
        | Source.Csv(train, test, layout) -> Csv.readPoints layout train test
        | Source.Mnist(labels, train, test, seed) ->
            result {
                let order =
                    match seed with
                    | Some seed -> Shuffled seed
                    | None -> InFileOrder

                let! files = Mnist.locate ()

                return!
                    files
                    |> Protocol.ofMnist
                        { Protocol.create labels train test with
                            Order = order
                        }
                    |> labelled
            }
        | Source.LinearTeacher t -> generated t.Inputs t.Train t.Test LinearTeacher.generate t |> labelled
        | Source.HiddenLayerTeacher(t, _) -> generated t.Inputs t.Train t.Test HiddenLayerTeacher.generate t |> labelled
        | Source.TemplateTeacher t -> generated t.Inputs t.Train t.Test TemplateTeacher.generate t |> labelled
        | Source.RandomLabels t -> generated t.Inputs t.Train t.Test RandomLabels.generate t |> labelled
        | Source.Standardized source -> points source |> Result.bind Standardization.applyToPoints
        | Source.First(train, test, source) ->
            result {
                let! all = points source
                let! train = first "training" train all.Train
                let! inputs = top "test" test all.Inputs

                let targets =
                    all.Targets
                    |> Option.map (fun targets -> targets.View(0n, 0n, inputs.Rows, targets.Columns))

                return! Points.create train inputs targets
            }

    // The file that the points to predict at are in.
    let rec private file source =
        match source with
        | Source.Npz path
        | Source.Csv(_, path, _) -> Some path
        | Source.Standardized source
        | Source.First(_, _, source) -> file source
        | _ -> None

    /// The training set of a source and the points to predict at, where the kernels made of them fit into memory.
    let loadPoints source =
        result {
            let! points = points source
            do! Capacity.requireKernels points.Train.Count (int points.Inputs.Rows)
            return points
        }

    /// Points as a training and a test set, refused where they have no targets.
    let requireTargets source points = Points.split (file source) points

    /// The training and test set of a source, where the kernels made of them fit into memory.
    let load source =
        loadPoints source |> Result.bind (requireTargets source)
