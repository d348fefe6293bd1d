/// What processes that were killed while they wrote have left.
module FiniteWidth.Data.Tests.AbandonedFileTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private leave name folder =
    let path = Path.Combine(folder, AtomicFile.temporaryName name)
    File.WriteAllText(path, "half of")
    path

let tests =
    testList "Abandoned file" [
        testCase "the next writer of a file removes what an earlier one has left, and nothing else" (fun () ->
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
                Expect.isFalse (File.Exists left) "existence"

                Expect.equal
                    (Directory.GetFiles folder |> Array.sort)
                    (path :: others |> List.sort |> Array.ofList)
                    "files of the folder"))

        testCase "what somebody is writing is left alone" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "note.txt")

                AtomicFile.write path (fun stream ->
                    stream.WriteByte 49uy
                    // Another writer of the same file comes in between.
                    AtomicFile.writeText path "inner" |> ok
                    AtomicFile.sweep folder)
                |> ok

                Expect.equal (File.ReadAllText path) "1" "text of the file"
                Expect.hasLength (Directory.GetFiles folder) 1 "files of the folder"))

        testCase "a folder is swept of every temporary file; one that is missing is no matter" (fun () ->
            inFolder (fun folder ->
                leave "a" folder |> ignore
                leave "b.csv" folder |> ignore
                let kept = Path.Combine(folder, "c.tmp")
                File.WriteAllText(kept, "")
                AtomicFile.sweep folder
                AtomicFile.sweep (Path.Combine(folder, "nowhere"))
                Expect.equal (Directory.GetFiles folder) [| kept |] "files of the folder"))
    ]
