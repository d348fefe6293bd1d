namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// Loading the examples that a job names.
[<RequireQualifiedAccess>]
module Examples =

    let private standardized standardize split =
        if standardize then Standardization.apply split else Ok split

    /// The training and test set of a source.
    let load source =
        match source with
        | Source.Npz(path, standardize) -> Npz.split path |> Result.bind (standardized standardize)
        | Source.Csv(train, test, standardize) ->
            result {
                let! train = Csv.read Csv.standard train
                let! test = Csv.read Csv.standard test
                let! split = Split.create train test
                return! standardized standardize split
            }
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
                            Order = order }
            }
        | Source.LinearTeacher teacher -> LinearTeacher.generate teacher
        | Source.HiddenLayerTeacher teacher -> HiddenLayerTeacher.generate teacher
        | Source.TemplateTeacher teacher -> TemplateTeacher.generate teacher
        | Source.RandomLabels teacher -> RandomLabels.generate teacher
