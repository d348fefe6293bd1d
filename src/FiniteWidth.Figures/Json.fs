namespace FiniteWidth.Figures

open System
open System.Buffers
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open System.Text.Unicode

/// A JSON value as plotly.js reads it.
type internal Json =
    | Null
    | Bool of bool
    | Number of float
    | Text of string
    /// Numbers that are not finite become null, which plotly.js shows as a gap.
    | Numbers of float[]
    | Items of Json list
    | Fields of (string * Json) list

module internal Json =

    // Letters of every script stay readable; <, > and & are escaped, so that JSON inside a page cannot end its script.
    let private options =
        JsonWriterOptions(Encoder = JavaScriptEncoder.Create UnicodeRanges.All)

    let private number (writer: Utf8JsonWriter) (value: float) =
        if Double.IsFinite value then
            writer.WriteNumberValue value
        else
            writer.WriteNullValue()

    let rec private write (writer: Utf8JsonWriter) json =
        match json with
        | Null -> writer.WriteNullValue()
        | Bool value -> writer.WriteBooleanValue value
        | Number value -> number writer value
        | Text value -> writer.WriteStringValue value
        | Numbers values ->
            writer.WriteStartArray()
            Array.iter (number writer) values
            writer.WriteEndArray()
        | Items items ->
            writer.WriteStartArray()
            List.iter (write writer) items
            writer.WriteEndArray()
        | Fields fields ->
            writer.WriteStartObject()

            for name, value in fields do
                writer.WritePropertyName name
                write writer value

            writer.WriteEndObject()

    let toText json =
        let buffer = ArrayBufferWriter<byte>()

        do
            use writer = new Utf8JsonWriter(buffer, options)
            write writer json

        Encoding.UTF8.GetString buffer.WrittenSpan

    let color color = Text(Color.toCss color)
    let int (value: int) = Number(float value)
