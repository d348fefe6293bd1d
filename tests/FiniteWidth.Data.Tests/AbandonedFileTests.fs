/// What processes that were killed while they wrote have left.
module FiniteWidth.Data.Tests.AbandonedFileTests

open System
open System.IO
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Data.Tests.Workbench

let private leave name folder =
    let path = Path.Combine(folder, AtomicFile.temporaryName name)
    File.WriteAllText(path, "half of")
    path

[<Test>]
let ``the next writer of a file removes what an earlier one has left, and nothing else`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "note.txt")
        let left = leave "note.txt" folder

        let others =
            [
                leave "other.txt" folder
                Path.Combine(folder, "note.txt.tmp")
                Path.Combine(folder, "note.txt.0123456789abcdef.tmp")
                Path.Combine(folder, "note.txt.0123456789ABCDEF0123456789ABCDEF.tmp")
            ]

        for other in others do
            File.WriteAllText(other, "mine")

        AtomicFile.writeText path "text" |> ok
        Assert.That(File.Exists left, Is.False)
        Assert.That(Directory.GetFiles folder |> Array.sort, equalTo (path :: others |> List.sort |> Array.ofList)))

[<Test>]
let ``what somebody is writing is left alone`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "note.txt")

        AtomicFile.write path (fun stream ->
            stream.WriteByte 49uy
            // Another writer of the same file comes in between.
            AtomicFile.writeText path "inner" |> ok
            AtomicFile.sweep folder)
        |> ok

        Assert.That(File.ReadAllText path, equalTo "1")
        Assert.That(Directory.GetFiles folder, Has.Length.EqualTo 1))

[<Test>]
let ``a folder is swept of every temporary file; one that is missing is no matter`` () =
    inFolder (fun folder ->
        leave "a" folder |> ignore
        leave "b.csv" folder |> ignore
        let kept = Path.Combine(folder, "c.tmp")
        File.WriteAllText(kept, "")
        AtomicFile.sweep folder
        AtomicFile.sweep (Path.Combine(folder, "nowhere"))
        Assert.That(Directory.GetFiles folder, equalTo [| kept |]))
