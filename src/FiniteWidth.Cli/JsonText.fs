namespace FiniteWidth.Cli

open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// JSON for people: indented, with letters of any alphabet as they are.
[<RequireQualifiedAccess>]
module JsonText =

    let private options isIndented =
        JsonWriterOptions(Indented = isIndented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    let private text isIndented (write: Utf8JsonWriter -> unit) =
        use stream = new MemoryStream()
        using (new Utf8JsonWriter(stream, options isIndented)) write
        Encoding.UTF8.GetString(stream.ToArray())

    /// What is written, as text.
    let create write = text true write

    /// The same in one line.
    let line write = text false write

    /// The same of an object.
    let ofObject write =
        create (fun writer ->
            writer.WriteStartObject()
            write writer
            writer.WriteEndObject())
