namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Data

/// Sources as a job names them, every key given.
[<RequireQualifiedAccess>]
module SourceWriter =

    let private names (writer: Utf8JsonWriter) (key: string) (values: string list) =
        writer.WriteStartArray key
        values |> List.iter writer.WriteStringValue
        writer.WriteEndArray()

    let private layout (writer: Utf8JsonWriter) (layout: CsvLayout) =
        match layout.Header with
        | Detected -> writer.WriteNull "header"
        | Present -> writer.WriteBoolean("header", true)
        | Absent -> writer.WriteBoolean("header", false)

        writer.WriteString("separator", string layout.Separator)
        writer.WriteString("decimal", string layout.Decimal)

        match layout.Targets with
        | LastColumn -> writer.WriteNull "target"
        | Named targets -> names writer "target" targets

        // Empty lists of names are no lists of a job.
        if not layout.Ignored.IsEmpty then
            names writer "ignore" layout.Ignored

        if not layout.Categories.IsEmpty then
            names writer "categories" layout.Categories

    let private counts (writer: Utf8JsonWriter) (train: int) (test: int) =
        writer.WriteNumber("train", train)
        writer.WriteNumber("test", test)

    let private teacher (writer: Utf8JsonWriter) (kind: string) (inputs: int) (train: int) (test: int) (seed: uint64) =
        writer.WriteString("source", "teacher")
        writer.WriteString("kind", kind)
        writer.WriteNumber("inputs", inputs)
        counts writer train test
        writer.WriteNumber("seed", seed)

    let private labels (writer: Utf8JsonWriter) (labels: int list) =
        writer.WriteStartArray "labels"
        labels |> List.iter writer.WriteNumberValue
        writer.WriteEndArray()

    let private seedOrNull (writer: Utf8JsonWriter) (seed: uint64 option) =
        match seed with
        | Some seed -> writer.WriteNumber("seed", seed)
        | None -> writer.WriteNull "seed"

    // What is done to inputs and targets, where a source has a say in it.
    type private Prepared =
        {
            Inputs: InputStandard option
            Targets: bool
        }

    let private prepared (writer: Utf8JsonWriter) prepared =
        writer.WriteString(
            "standardize",
            match prepared.Inputs with
            | None -> "none"
            | Some InputStandard.Scalar -> "scalar"
            | Some InputStandard.Features -> "features"
        )

        writer.WriteString("targets", (if prepared.Targets then "standardize" else "none"))

    let rec private fields (writer: Utf8JsonWriter) preparation source =
        match source with
        | Source.Npz path ->
            writer.WriteString("source", "npz")
            writer.WriteString("path", path)
            prepared writer preparation
        | Source.Npy files ->
            writer.WriteString("source", "npy")
            writer.WriteString("x_train", files.TrainInputs)
            writer.WriteString("y_train", files.TrainTargets)
            writer.WriteString("x_test", files.TestInputs)

            match files.TestTargets with
            | Some path -> writer.WriteString("y_test", path)
            | None -> writer.WriteNull "y_test"

            prepared writer preparation
        | Source.Hdf5 path ->
            writer.WriteString("source", "hdf5")
            writer.WriteString("path", path)
            prepared writer preparation
        | Source.Csv(train, test, csv) ->
            writer.WriteString("source", "csv")
            writer.WriteString("train", train)
            writer.WriteString("test", test)
            layout writer csv
            prepared writer preparation
        | Source.Mnist(digits, train, test, seed) ->
            writer.WriteString("source", "mnist")
            labels writer digits
            counts writer train test
            seedOrNull writer seed
        | Source.Cifar(kind, classes, train, test, isGrey, seed) ->
            writer.WriteString(
                "source",
                match kind with
                | Cifar.Ten -> "cifar-10"
                | Cifar.Hundred -> "cifar-100"
            )

            labels writer classes
            counts writer train test
            writer.WriteBoolean("grayscale", isGrey)
            seedOrNull writer seed
        | Source.LinearTeacher t ->
            teacher writer "linear" t.Inputs t.Train t.Test t.Seed
            writer.WriteNumber("noise", t.Noise)
        | Source.HiddenLayerTeacher(t, activation) ->
            teacher writer "hidden-layer" t.Inputs t.Train t.Test t.Seed
            writer.WriteNumber("noise", t.Noise)
            writer.WriteNumber("hidden", t.Hidden)
            writer.WritePropertyName "activation"
            ActivationJson.write writer activation
        | Source.TemplateTeacher t ->
            teacher writer "template" t.Inputs t.Train t.Test t.Seed
            writer.WriteNumber("templates", t.Templates)
            writer.WriteNumber("trainNoise", t.TrainNoise)
            writer.WriteNumber("testNoise", t.TestNoise)
        | Source.RandomLabels t -> teacher writer "random-labels" t.Inputs t.Train t.Test t.Seed
        | Source.Standardized(kind, source) -> fields writer { preparation with Inputs = Some kind } source
        | Source.StandardizedTargets source -> fields writer { preparation with Targets = true } source
        | Source.First(train, test, source) ->
            fields writer preparation source
            train |> Option.iter (fun count -> writer.WriteNumber("train", count))
            test |> Option.iter (fun count -> writer.WriteNumber("test", count))

    /// The source as a value of a job's "data".
    let write (writer: Utf8JsonWriter) source =
        writer.WriteStartObject()
        fields writer { Inputs = None; Targets = false } source
        writer.WriteEndObject()
