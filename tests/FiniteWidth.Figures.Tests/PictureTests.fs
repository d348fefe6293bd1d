module FiniteWidth.Figures.Tests.PictureTests

open System
open System.Buffers.Binary
open System.IO
open System.Xml.Linq
open NUnit.Framework
open Plotly.NET
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private chart () =
    line ()
    |> Axes.logX "N"
    |> Frame.titled "r < 1 & λ<sub>1</sub>" ""
    |> Chart.withSize (400, 300)

/// Saves, and tells what a machine lacks that cannot draw.
let private saved save (path: string) =
    match save path (chart ()) with
    | Ok() -> File.ReadAllBytes path
    | Error(failure: FiniteWidth.Failure) ->
        let text = failure.Message

        if text.Contains "none was found" then
            Assert.Ignore text

        failwith text

[<Test>]
let ``a PNG has two pixels a px`` () =
    inFolder (fun folder ->
        let bytes = saved Export.savePng (Path.Combine(folder, "figure.png"))
        Assert.That(bytes[..7], equalTo [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |])
        // The header chunk: width and height follow 8 bytes of signature and 8 of length and name.
        let size offset =
            BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, offset, 4))

        Assert.That((size 16, size 20), Is.EqualTo((800, 600)))
        Assert.That(bytes.Length, Is.GreaterThan 5000, "a blank page compresses to less"))

[<Test>]
let ``an SVG is well-formed, holds its texts, and repeats byte for byte`` () =
    inFolder (fun folder ->
        let first = saved Export.saveSvg (Path.Combine(folder, "1.svg"))
        let second = saved Export.saveSvg (Path.Combine(folder, "2.svg"))
        Assert.That(second, equalTo first)
        use stream = new MemoryStream(first)
        let root = nonNull (XDocument.Load(stream).Root)
        Assert.That(root.Name.LocalName, Is.EqualTo "svg")
        Assert.That((nonNull (root.Attribute(XName.Get "width"))).Value, Is.EqualTo "400")
        Assert.That(root.Value, Does.Contain "r < 1 & λ"))

[<Test>]
let ``a missing Chromium is a failure that names it and writes nothing`` () =
    inFolder (fun folder ->
        let missing = Path.Combine(folder, "no-chromium")
        let target = Path.Combine(folder, "figure.png")

        withVariable "FINITEWIDTH_CHROMIUM" missing (fun () ->
            match Export.savePng target (chart ()) with
            | Ok() -> Assert.Fail "a picture was drawn without Chromium"
            | Error failure ->
                let text = failure.Message
                Assert.That(text, Does.StartWith $"{target}: ")
                Assert.That(text, Does.Contain missing)

            Assert.That(Directory.GetFiles folder, Is.Empty)))

[<Test>]
let ``a browser that is none is a failure`` () =
    inFolder (fun folder ->
        let program = Path.Combine(folder, "program")
        File.WriteAllText(program, "not a program")
        let target = Path.Combine(folder, "figure.png")

        withVariable "FINITEWIDTH_CHROMIUM" program (fun () ->
            match Export.savePng target (chart ()) with
            | Ok() -> Assert.Fail "a picture was drawn"
            | Error failure ->
                Assert.That(failure.Message, Does.Contain "No picture was written.")
                Assert.That(File.Exists target, Is.False)))
