module FiniteWidth.Data.Tests.AtomicFileTests

open System
open System.IO
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Data.Tests.Workbench

[<Test>]
let ``text is written, and replaces what was there`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "note.txt")
        AtomicFile.writeText path "a long first version" |> ok
        AtomicFile.writeText path "größer" |> ok
        Assert.That(File.ReadAllBytes path, equalTo (Text.Encoding.UTF8.GetBytes "größer"))
        Assert.That(Directory.GetFiles folder, Has.Length.EqualTo 1))

[<Test>]
let ``a writer that fails leaves the old file and no debris`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "note.txt")
        File.WriteAllText(path, "old")

        let failing (error: exn) (stream: Stream) =
            stream.Write(Array.zeroCreate<byte> 100_000, 0, 100_000)
            raise error

        Assert.That(
            AtomicFile.write path (failing (IOException "No space left.")) |> sentence,
            equalTo $"{path}: Writing failed (No space left)."
        )

        // Not a matter of files: the exception is the caller's own and passes through.
        Assert.Throws<InvalidOperationException>(fun () ->
            AtomicFile.write path (failing (InvalidOperationException())) |> ignore)
        |> ignore

        Assert.That(File.ReadAllText path, equalTo "old")
        Assert.That(Directory.GetFiles folder, Has.Length.EqualTo 1))

[<Test>]
let ``a place that cannot be written is named`` () =
    inFolder (fun folder ->
        Assert.That(
            AtomicFile.writeText folder "" |> sentence,
            Does.EndWith "This is a folder: give the path of a file to write."
        )

        Assert.That(
            AtomicFile.writeText "" "" |> sentence,
            equalTo "The path of a file to write is empty or has a zero character."
        )

        let file = Path.Combine(folder, "file")
        File.WriteAllText(file, "")

        Assert.That(
            AtomicFile.writeText (Path.Combine(file, "note.txt")) "" |> sentence,
            Does.StartWith $"{file}/note.txt: "
        )

        Assert.That(Directory.GetFileSystemEntries folder, equalTo [| file |]))

[<Test>]
let ``a folder that is missing is made`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a", "b", "note.txt")
        AtomicFile.writeText path "text" |> ok
        Assert.That(File.ReadAllText path, equalTo "text"))
