module FiniteWidth.Figures.Tests.PictureTests

open System
open System.Buffers.Binary
open System.IO
open System.Xml.Linq
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private chart =
    line
    |> Chart.withTitle "r < 1 & λ<sub>1</sub>"
    |> Chart.withXAxis (AxisStyle.log "N")
    |> Chart.withSize 400 300

/// Saves, and tells what a machine lacks that cannot draw.
let private saved save (path: string) =
    match save path chart with
    | Ok() -> File.ReadAllBytes path
    | Error(failure: FiniteWidth.Failure) ->
        let text = failure.Message

        if text.Contains "none was found" then
            Assert.Ignore text

        failwith text

[<Test>]
let ``a PNG has two pixels a px`` () =
    inFolder (fun folder ->
        let bytes = saved Chart.savePng (Path.Combine(folder, "figure.png"))
        Assert.That(bytes[..7], equalTo [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |])
        // The header chunk: width and height follow 8 bytes of signature and 8 of length and name.
        let size offset =
            BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, offset, 4))

        Assert.That((size 16, size 20), Is.EqualTo((800, 600)))
        Assert.That(bytes.Length, Is.GreaterThan 5000, "a blank page compresses to less"))

[<Test>]
let ``an SVG is well-formed, holds its texts, and repeats byte for byte`` () =
    inFolder (fun folder ->
        let first = saved Chart.saveSvg (Path.Combine(folder, "1.svg"))
        let second = saved Chart.saveSvg (Path.Combine(folder, "2.svg"))
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
            match Chart.savePng target chart with
            | Ok() -> Assert.Fail "a picture was drawn without Chromium"
            | Error failure ->
                let text = failure.Message
                Assert.That(text, Does.StartWith $"{target}: ")
                Assert.That(text, Does.Contain missing)

            Assert.That(Directory.GetFiles folder, Is.Empty)))

[<Test>]
let ``a browser that is none, and a plotly.js that is none, are failures`` () =
    inFolder (fun folder ->
        let library = Path.Combine(folder, "plotly.min.js")
        File.WriteAllText(library, "throw new Error('not plotly');")
        let target = Path.Combine(folder, "figure.png")

        let refused () =
            match Chart.savePng target chart with
            | Ok() -> Assert.Fail "a picture was drawn"
            | Error failure ->
                Assert.That(failure.Message, Does.Contain "No picture was written.")
                Assert.That(File.Exists target, Is.False)

        withVariable "FINITEWIDTH_PLOTLY" library (fun () ->
            // Where no Chromium is installed this says so, which is a failure as well.
            refused ()
            // Not a program at all.
            withVariable "FINITEWIDTH_CHROMIUM" library refused))
