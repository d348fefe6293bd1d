namespace FiniteWidth.Cli

open FiniteWidth.Data

/// Sources as a job names them, every key given.
[<RequireQualifiedAccess>]
module SourceWriter =

    let private layout (layout: CsvLayout) =
        [
            "header",
            match layout.Header with
            | Detected -> Tree.Nothing
            | Present -> Tree.Truth true
            | Absent -> Tree.Truth false

            "separator", Tree.Word(string layout.Separator)
            "decimal", Tree.Word(string layout.Decimal)

            "target",
            match layout.Targets with
            | LastColumn -> Tree.Nothing
            | Named targets -> Tree.words targets

            // Empty lists of names are no lists of a job.
            for name, columns in [ "ignore", layout.Ignored; "categories", layout.Categories ] do
                if not columns.IsEmpty then
                    name, Tree.words columns
        ]

    let private counts train test =
        [ "train", Tree.count train; "test", Tree.count test ]

    let private teacher kind inputs train test seed =
        [
            "source", Tree.Word "teacher"
            "kind", Tree.Word kind
            "inputs", Tree.count inputs
            yield! counts train test
            "seed", Tree.Whole seed
        ]

    // What is done to inputs and targets, where a source has a say in it.
    type private Prepared =
        {
            Inputs: InputStandard option
            Targets: bool
        }

    let private prepared prepared =
        [
            "standardize",
            match prepared.Inputs with
            | None -> Tree.Word "none"
            | Some InputStandard.Scalar -> Tree.Word "scalar"
            | Some InputStandard.Features -> Tree.Word "features"

            "targets", Tree.Word(if prepared.Targets then "standardize" else "none")
        ]

    let rec private fields preparation source =
        match source with
        | Source.Npz path -> [ "source", Tree.Word "npz"; "path", Tree.Word path ] @ prepared preparation
        | Source.Npy files ->
            [
                "source", Tree.Word "npy"
                "x_train", Tree.Word files.TrainInputs
                "y_train", Tree.Word files.TrainTargets
                "x_test", Tree.Word files.TestInputs
                "y_test", Tree.orNothing Tree.Word files.TestTargets
            ]
            @ prepared preparation
        | Source.Hdf5 path -> [ "source", Tree.Word "hdf5"; "path", Tree.Word path ] @ prepared preparation
        | Source.Csv(train, test, csv) ->
            [ "source", Tree.Word "csv"; "train", Tree.Word train; "test", Tree.Word test ]
            @ layout csv
            @ prepared preparation
        | Source.Mnist(digits, train, test, seed) ->
            [
                "source", Tree.Word "mnist"
                "labels", Tree.counts digits
                yield! counts train test
                "seed", Tree.orNothing Tree.Whole seed
            ]
        | Source.Cifar(kind, classes, train, test, isGrey, seed) ->
            [
                "source",
                match kind with
                | Cifar.Ten -> Tree.Word "cifar-10"
                | Cifar.Hundred -> Tree.Word "cifar-100"

                "labels", Tree.counts classes
                yield! counts train test
                "grayscale", Tree.Truth isGrey
                "seed", Tree.orNothing Tree.Whole seed
            ]
        | Source.LinearTeacher t ->
            teacher "linear" t.Inputs t.Train t.Test t.Seed
            @ [ "noise", Tree.Number t.Noise ]
        | Source.HiddenLayerTeacher(t, activation) ->
            teacher "hidden-layer" t.Inputs t.Train t.Test t.Seed
            @ [
                "noise", Tree.Number t.Noise
                "hidden", Tree.count t.Hidden
                "activation", ActivationJson.tree activation
            ]
        | Source.TemplateTeacher t ->
            teacher "template" t.Inputs t.Train t.Test t.Seed
            @ [
                "templates", Tree.count t.Templates
                "trainNoise", Tree.Number t.TrainNoise
                "testNoise", Tree.Number t.TestNoise
            ]
        | Source.RandomLabels t -> teacher "random-labels" t.Inputs t.Train t.Test t.Seed
        | Source.Standardized(kind, source) -> fields { preparation with Inputs = Some kind } source
        | Source.StandardizedTargets source -> fields { preparation with Targets = true } source
        | Source.First(train, test, source) ->
            let count name value =
                value |> Option.map (fun count -> name, Tree.count count) |> Option.toList

            fields preparation source @ count "train" train @ count "test" test

    /// The source as a value of a job's "data".
    let tree source =
        Tree.Object(fields { Inputs = None; Targets = false } source)
