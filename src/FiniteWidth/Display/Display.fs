namespace FiniteWidth

open System
open System.Globalization
open System.IO
open System.Net

/// Names the formatters of a type to .NET Interactive, which knows this attribute by its name: no package of its own is referenced.
[<Sealed; AttributeUsage(AttributeTargets.Class)>]
type TypeFormatterSourceAttribute
    /// Names the source of formatters of the type that it marks.
    (formatterSourceType: Type) =
    inherit Attribute()
    /// The source of formatters.
    member _.FormatterSourceType = formatterSourceType
    /// The formats that notebooks ask for first.
    member val PreferredMimeTypes = [| "text/html" |] with get, set

/// What F# Interactive and consoles (as text) and notebooks (as HTML) show of a solution: a title and a small table.
[<TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type DisplayTable =
    {
        /// What the table is of.
        Title: string
        /// Empty where the first column names what stands beside it.
        Header: string list
        /// The cells, row by row, the first row being the names of the columns.
        Rows: string list list
    }

    /// Lines of text, the columns aligned.
    member this.Text =
        let lines =
            if this.Header.IsEmpty then
                this.Rows
            else
                this.Header :: this.Rows

        let width column =
            lines
            |> List.fold (fun widest cells -> max widest (String.length cells[column])) 0

        let columns =
            lines |> List.tryHead |> Option.map List.length |> Option.defaultValue 0

        let widths = List.init columns width

        let line cells =
            let padded =
                List.map2 (fun (cell: string) (width: int) -> cell.PadRight width) cells widths

            ("  " + String.concat "  " padded).TrimEnd()

        this.Title :: List.map line lines |> String.concat "\n"

    /// An HTML table with the title as its caption.
    member this.Html =
        let row tag cells =
            let cell (text: string) =
                $"<{tag}>{WebUtility.HtmlEncode text}</{tag}>"

            cells |> List.map cell |> String.concat "" |> sprintf "<tr>%s</tr>"

        let header =
            if this.Header.IsEmpty then
                ""
            else
                $"""<thead>{row "th" this.Header}</thead>"""

        let rows = this.Rows |> List.map (row "td") |> String.concat ""
        $"<table><caption>{WebUtility.HtmlEncode this.Title}</caption>{header}<tbody>{rows}</tbody></table>"

    override this.ToString() = this.Text

    interface IDisplayed with
        member this.Display = this

/// A solution that shows itself.
and IDisplayed =
    /// The value as a small table.
    abstract Display: DisplayTable

/// Writes an `IDisplayed` under one MIME type. Notebooks find its members by their names.
and [<Sealed>] DisplayFormatter internal (mimeType: string, write: DisplayTable -> string) =
    /// text/html.
    member _.MimeType = mimeType

    /// Writes the value as HTML; false where it is not one that shows itself.
    member _.Format(instance: obj, writer: TextWriter) =
        match instance with
        | :? IDisplayed as displayed ->
            writer.Write(write displayed.Display)
            true
        | _ -> false

/// The formatters of an `IDisplayed`.
and [<Sealed>] DisplayFormatterSource
    /// What notebooks make to find the formatters.
    () =
    /// The formatters of values that show themselves.
    member _.CreateTypeFormatters() : obj seq =
        [
            DisplayFormatter("text/html", _.Html)
            DisplayFormatter("text/plain", _.Text)
        ]

/// Numbers as tables show them.
[<RequireQualifiedAccess>]
module internal Display =

    /// Five digits.
    let number (value: float) =
        value.ToString("G5", CultureInfo.InvariantCulture)

    let numbers (values: float seq) =
        values |> Seq.map number |> String.concat ", "

    /// A value and its standard error.
    let measured (value: float) (error: float) = $"{number value} +- {error:G2}"
