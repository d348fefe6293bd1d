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

    let private teacher (writer: Utf8JsonWriter) (kind: string) (inputs: int) (train: int) (test: int) (seed: uint64) =
        writer.WriteString("source", "teacher")
        writer.WriteString("kind", kind)
        writer.WriteNumber("inputs", inputs)
        writer.WriteNumber("train", train)
        writer.WriteNumber("test", test)
        writer.WriteNumber("seed", seed)

    let rec private fields (writer: Utf8JsonWriter) standardize source =
        let standardized () =
            writer.WriteString("standardize", (if standardize then "scalar" else "none"))

        match source with
        | Source.Npz path ->
            writer.WriteString("source", "npz")
            writer.WriteString("path", path)
            standardized ()
        | Source.Csv(train, test, csv) ->
            writer.WriteString("source", "csv")
            writer.WriteString("train", train)
            writer.WriteString("test", test)
            layout writer csv
            standardized ()
        | Source.Mnist(labels, train, test, seed) ->
            writer.WriteString("source", "mnist")
            writer.WriteStartArray "labels"
            labels |> List.iter writer.WriteNumberValue
            writer.WriteEndArray()
            writer.WriteNumber("train", train)
            writer.WriteNumber("test", test)

            match seed with
            | Some seed -> writer.WriteNumber("seed", seed)
            | None -> writer.WriteNull "seed"
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
        | Source.Standardized source -> fields writer true source
        | Source.First(train, test, source) ->
            fields writer standardize source
            train |> Option.iter (fun count -> writer.WriteNumber("train", count))
            test |> Option.iter (fun count -> writer.WriteNumber("test", count))

    /// The source as a value of a job's "data".
    let write (writer: Utf8JsonWriter) source =
        writer.WriteStartObject()
        fields writer false source
        writer.WriteEndObject()

    /// The seed that draws the examples, where any are drawn.
    let rec seed source =
        match source with
        | Source.Mnist(_, _, _, seed) -> seed
        | Source.LinearTeacher t -> Some t.Seed
        | Source.HiddenLayerTeacher(t, _) -> Some t.Seed
        | Source.TemplateTeacher t -> Some t.Seed
        | Source.RandomLabels t -> Some t.Seed
        | Source.Standardized source
        | Source.First(_, _, source) -> seed source
        | Source.Npz _
        | Source.Csv _ -> None
