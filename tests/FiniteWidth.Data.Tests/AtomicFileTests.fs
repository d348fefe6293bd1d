module FiniteWidth.Data.Tests.AtomicFileTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let tests =
    testList "Atomic file" [
        testCase "text is written, and replaces what was there" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "note.txt")
                AtomicFile.writeText path "a long first version" |> ok
                AtomicFile.writeText path "größer" |> ok
                Expect.equal (File.ReadAllBytes path) (Text.Encoding.UTF8.GetBytes "größer") "bytes of the file"
                Expect.hasLength (Directory.GetFiles folder) 1 "files of the folder"))

        testCase "a writer that fails leaves the old file and no debris" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "note.txt")
                File.WriteAllText(path, "old")

                let failing (error: exn) (stream: Stream) =
                    stream.Write(Array.zeroCreate<byte> 100_000, 0, 100_000)
                    raise error

                Expect.equal
                    (AtomicFile.write path (failing (IOException "No space left.")) |> sentence)
                    $"{path}: Writing failed (No space left)."
                    "sentence"

                // Not a matter of files: the exception is the caller's own and passes through.
                Expect.throwsT<InvalidOperationException>
                    (fun () -> AtomicFile.write path (failing (InvalidOperationException())) |> ignore)
                    "invalid operation exception"

                Expect.equal (File.ReadAllText path) "old" "text of the file"
                Expect.hasLength (Directory.GetFiles folder) 1 "files of the folder"))

        testCase "a place that cannot be written is named" (fun () ->
            inFolder (fun folder ->
                Expect.stringEnds
                    (AtomicFile.writeText folder "" |> sentence)
                    "This is a folder: give the path of a file to write."
                    "sentence"

                Expect.equal
                    (AtomicFile.writeText "" "" |> sentence)
                    "The path of a file to write is empty or has a zero character."
                    "sentence"

                let file = Path.Combine(folder, "file")
                File.WriteAllText(file, "")

                Expect.stringStarts
                    (AtomicFile.writeText (Path.Combine(file, "note.txt")) "" |> sentence)
                    $"{file}/note.txt: "
                    "sentence"

                Expect.equal (Directory.GetFileSystemEntries folder) [| file |] "entries of the folder"))

        testCase "a folder that is missing is made" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "a", "b", "note.txt")
                AtomicFile.writeText path "text" |> ok
                Expect.equal (File.ReadAllText path) "text" "text of the file"))
    ]
