namespace FiniteWidth.Cli

open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// JSON for people: indented, with letters of any alphabet as they are.
[<RequireQualifiedAccess>]
module JsonText =

    let private options =
        JsonWriterOptions(Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    /// What is written, as text.
    let create (write: Utf8JsonWriter -> unit) =
        use stream = new MemoryStream()
        using (new Utf8JsonWriter(stream, options)) write
        Encoding.UTF8.GetString(stream.ToArray())

    /// The same of an object.
    let ofObject write =
        create (fun writer ->
            writer.WriteStartObject()
            write writer
            writer.WriteEndObject())
