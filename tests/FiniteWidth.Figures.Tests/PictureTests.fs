module FiniteWidth.Figures.Tests.PictureTests

open System
open System.Buffers.Binary
open System.IO
open System.Xml.Linq
open Expecto
open Plotly.NET
open FiniteWidth
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples
open FiniteWidth.Testing

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
            skiptest text

        failwith text

let tests =
    testList "Picture" [
        testCase "a PNG has two pixels a px" (fun () ->
            inFolder (fun folder ->
                let bytes = saved Export.savePng (Path.Combine(folder, "figure.png"))
                Expect.equal (bytes[..7]) [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |] "bytes"
                // The header chunk: width and height follow 8 bytes of signature and 8 of length and name.
                let size offset =
                    BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, offset, 4))

                Expect.equal (size 16, size 20) (800, 600) "size"
                Expect.isGreaterThan bytes.Length 5000 "a blank page compresses to less"))

        testCase "an SVG is well-formed, holds its texts, and repeats byte for byte" (fun () ->
            inFolder (fun folder ->
                let first = saved Export.saveSvg (Path.Combine(folder, "1.svg"))
                let second = saved Export.saveSvg (Path.Combine(folder, "2.svg"))
                Expect.equal second first "second"
                use stream = new MemoryStream(first)
                let root = nonNull (XDocument.Load(stream).Root)
                Expect.equal root.Name.LocalName "svg" "local name"
                Expect.equal ((nonNull (root.Attribute(XName.Get "width"))).Value) "400" "value of attribute"
                Expect.stringContains root.Value "r < 1 & λ" "value of root"))

        testCase "a missing Chromium is a failure that names it and writes nothing" (fun () ->
            inFolder (fun folder ->
                let missing = Path.Combine(folder, "no-chromium")
                let target = Path.Combine(folder, "figure.png")

                withVariable "FINITEWIDTH_CHROMIUM" missing (fun () ->
                    match Export.savePng target (chart ()) with
                    | Ok() -> failtest "a picture was drawn without Chromium"
                    | Error failure ->
                        let text = failure.Message
                        Expect.stringStarts text $"{target}: " "text"
                        Expect.stringContains text missing "text"

                    Expect.isEmpty (Directory.GetFiles folder) "files of the folder")))

        testCase "a browser that is none is a failure" (fun () ->
            inFolder (fun folder ->
                let program = Path.Combine(folder, "program")
                File.WriteAllText(program, "not a program")
                let target = Path.Combine(folder, "figure.png")

                withVariable "FINITEWIDTH_CHROMIUM" program (fun () ->
                    match Export.savePng target (chart ()) with
                    | Ok() -> failtest "a picture was drawn"
                    | Error failure ->
                        Expect.stringContains failure.Message "No picture was written." "message"
                        Expect.isFalse (File.Exists target) "existence")))
    ]
