namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// Loading the examples that a job or the flags name.
[<RequireQualifiedAccess>]
module Examples =

    let private first part count (data: DataSet) =
        match count with
        | None -> Ok data
        | Some count when count > data.Count ->
            Error(
                BadData
                    $"{count} {part} examples are asked for and there are {data.Count}: ask for at most {data.Count}."
            )
        | Some count ->
            let top (matrix: Matrix) =
                matrix.View(0n, 0n, nativeint count, matrix.Columns)

            DataSet.create (top data.Inputs) (top data.Targets)

    // Nothing is generated that could not be used.
    let private generated inputs train test generate teacher =
        result {
            do! Capacity.requireInputs inputs train test
            do! Capacity.requireKernels train test
            return! generate teacher
        }

    let rec private split source =
        match source with
        | Source.Npz path -> Npz.splitWhere Capacity.requireKernels path
        | Source.Csv(train, test, layout) -> Csv.readSplit layout train test
        | Source.Mnist(labels, train, test, seed) ->
            result {
                let! images = Mnist.locate () |> Result.bind Mnist.load

                let order =
                    match seed with
                    | Some seed -> Shuffled seed
                    | None -> InFileOrder

                return!
                    images
                    |> Protocol.apply
                        { Protocol.create labels train test with
                            Order = order
                        }
            }
        | Source.LinearTeacher t -> generated t.Inputs t.Train t.Test LinearTeacher.generate t
        | Source.HiddenLayerTeacher(t, _) -> generated t.Inputs t.Train t.Test HiddenLayerTeacher.generate t
        | Source.TemplateTeacher t -> generated t.Inputs t.Train t.Test TemplateTeacher.generate t
        | Source.RandomLabels t -> generated t.Inputs t.Train t.Test RandomLabels.generate t
        | Source.Standardized source -> split source |> Result.bind Standardization.apply
        | Source.First(train, test, source) ->
            result {
                let! all = split source
                let! train = first "training" train all.Train
                let! test = first "test" test all.Test
                return! Split.create train test
            }

    /// The training and test set of a source, where the kernels made of them fit into memory.
    let load source =
        result {
            let! split = split source
            do! Capacity.requireKernels split.Train.Count split.Test.Count
            return split
        }
