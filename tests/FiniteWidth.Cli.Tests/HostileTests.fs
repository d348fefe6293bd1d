/// Files that are made to hang, to crash or to take all memory: refused at once, in one sentence.
module FiniteWidth.Cli.Tests.HostileTests

open System
open System.Diagnostics
open System.IO
open System.IO.Compression
open System.Runtime.InteropServices
open System.Text
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Cli.Tests.MalformedTests
open FiniteWidth.Testing

module private Native =

    [<DllImport("libc", SetLastError = true)>]
    extern int mkfifo([<MarshalAs(UnmanagedType.LPUTF8Str)>] string path, int mode)

let private requireUnix () =
    if OperatingSystem.IsWindows() then
        skiptest "Pipes and devices of Unix are not files of Windows."

let private notRegular =
    "This is not a regular file but a pipe, a device or a socket"

/// An archive with these entries, each of which `fill` writes.
let private archive (entries: (string * (Stream -> unit)) list) (folder: string) =
    use archive = ZipFile.Open(Path.Combine(folder, "data.npz"), ZipArchiveMode.Create)

    for name, fill in entries do
        use entry = archive.CreateEntry(name + ".npy", CompressionLevel.Fastest).Open()
        fill entry

let private bytesOf (content: byte[]) (stream: Stream) =
    stream.Write(content, 0, content.Length)

/// The header of an array, and as many zero bytes after it as asked for.
let private zeros descr shape (count: int64) (stream: Stream) =
    bytesOf (npy descr shape [||]) stream
    let block = Array.zeroCreate (1 <<< 20)
    let mutable left = count

    while left > 0L do
        let length = int (min left (int64 block.Length))
        stream.Write(block, 0, length)
        left <- left - int64 length

let private fromArchive entries folder =
    archive entries folder
    predict (soundBut [ npzSource ]) folder

let private small = [ for name, content in arrays doubles -> name, bytesOf content ]

let private but changes =
    [
        for name, fill in small ->
            name,
            changes
            |> List.tryFind (fst >> (=) name)
            |> Option.map snd
            |> Option.defaultValue fill
    ]

/// The archive of the sound arrays with some of its bytes overwritten: `edit` gets the bytes and the place of an entry's record in the
/// directory.
let private edited name (edit: byte[] -> int -> unit) folder =
    let arguments = predictFrom (arrays doubles) [] folder
    let path = Path.Combine(folder, "data.npz")
    let bytes = File.ReadAllBytes path
    let record = Encoding.ASCII.GetBytes(name + ".npy")

    let place =
        seq { 0 .. bytes.Length - 46 - record.Length }
        |> Seq.find (fun at ->
            BitConverter.ToUInt32(bytes, at) = 0x02014B50u
            && bytes.AsSpan(at + 46, record.Length).SequenceEqual(ReadOnlySpan record))

    edit bytes place
    File.WriteAllBytes(path, bytes)
    arguments

let private writeAt (bytes: byte[]) at (value: uint32) =
    BitConverter.TryWriteBytes(Span(bytes, at, 4), value) |> ignore

let private compressedBy method =
    edited "x_train" (fun bytes place ->
        bytes[place + 10] <- byte method
        // The entry's own header, which the directory points to.
        let own = BitConverter.ToInt32(bytes, place + 42)
        bytes[own + 8] <- byte method)

let private archives =
    [
        mistake
            "a million examples of nothing"
            "of memory"
            (fromArchive (
                but [
                    "x_train", zeros "|u1" [ 1_000_000; 3 ] 3_000_000L
                    "y_train", zeros "|u1" [ 1_000_000 ] 1_000_000L
                ]
            ))
        mistake
            "examples and targets of other numbers, by their headers"
            "There are 1000000 inputs and 6 targets"
            (fromArchive (but [ "x_train", zeros "|u1" [ 1_000_000; 3 ] 3_000_000L ]))
        mistake
            "features of other numbers, by their headers"
            "Training inputs have 500000 features and test inputs 3"
            (fromArchive (but [ "x_train", zeros "|u1" [ 6; 500_000 ] 3_000_000L ]))
        mistake
            "a trap of zeros"
            "as traps and empty tables do: save it without compression"
            (fromArchive (
                but [
                    "x_train", zeros "<f8" [ 6; 5_600_000 ] 268_800_000L
                    "x_test", zeros "<f8" [ 4; 5_600_000 ] 0L
                ]
            ))
        for rows in [ 1_000_000_000; Int32.MaxValue ] do
            mistake
                $"a header of {rows} rows"
                "the file is truncated or its header is wrong"
                (fromArchive (but [ "x_train", bytesOf (npy "<f8" [ rows; 3 ] (Array.zeroCreate 100)) ]))
        mistake
            "a header of nine thousand million rows"
            "the file is truncated or its header is wrong"
            (fromArchive (
                but [
                    "x_train",
                    bytesOf (
                        npy "<f8" [ 1_000_000_000; 3 ] (Array.zeroCreate 100)
                        |> Array.map (fun b -> if b = byte '1' then byte '9' else b)
                    )
                ]
            ))
        mistake
            "an entry of a forged size"
            "which no zip file does"
            (edited "x_train" (fun bytes place -> writeAt bytes (place + 24) 4_000_000_000u))
        mistake
            "an entry larger than its file"
            "in a file of"
            (edited "x_train" (fun bytes place -> writeAt bytes (place + 20) 2_000_000_000u))
        mistake
            "an entry of a size that is a little forged"
            "x_train: "
            (edited "x_train" (fun bytes place -> writeAt bytes (place + 24) 9_999u))
        mistake "an entry compressed with bzip2" "compressed with bzip2, which is not supported" (compressedBy 12)
        mistake "an entry compressed with LZMA" "compressed with LZMA, which is not supported" (compressedBy 14)
        mistake "an entry compressed with zstd" "compressed with zstd, which is not supported" (compressedBy 93)
        mistake "an entry compressed somehow" "compressed with method 77, which is not supported" (compressedBy 77)
        mistake "an encrypted entry" "It is encrypted: save the archive without a password" (fun folder ->
            edited
                "x_train"
                (fun bytes place ->
                    bytes[place + 8] <- bytes[place + 8] ||| 1uy
                    let own = BitConverter.ToInt32(bytes, place + 42)
                    bytes[own + 6] <- bytes[own + 6] ||| 1uy)
                folder)
    ]

let private inShell (limit: int64) folder (arguments: string list) =
    let start =
        ProcessStartInfo("bash", RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder)

    start.ArgumentList.Add "-c"
    start.ArgumentList.Add $"ulimit -v {limit} && exec dotnet \"$@\""
    start.ArgumentList.Add "limited"
    start.ArgumentList.Add typeof<FiniteWidth.Cli.Source>.Assembly.Location
    arguments |> List.iter start.ArgumentList.Add
    use child = Process.Start start |> nonNull

    let out, err =
        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

    child.WaitForExit()

    {
        Code = child.ExitCode
        Out = out.Result
        Err = err.Result
    }

let tests =
    testList "Hostile" [
        testTheory
            "A pipe that nobody writes to is refused at once"
            [ "job"; "npz"; "train.csv"; "test.csv" ]
            (fun place ->
                requireUnix ()

                inFolder (fun folder ->
                    let pipe = Path.Combine(folder, "pipe")
                    Expect.equal (Native.mkfifo (pipe, 0o600)) 0 "mkfifo"
                    File.WriteAllText(Path.Combine(folder, "table.csv"), "a,y\n1,2\n3,1\n")

                    let arguments =
                        match place with
                        | "job" -> [ "predict"; pipe ]
                        | "npz" -> predict (soundBut [ "data", """{"source": "npz", "path": "pipe"}""" ]) folder
                        | "train.csv" ->
                            predict
                                (soundBut [ "data", """{"source": "csv", "train": "pipe", "test": "table.csv"}""" ])
                                folder
                        | _ ->
                            predict
                                (soundBut [ "data", """{"source": "csv", "train": "table.csv", "test": "pipe"}""" ])
                                folder

                    assertRefused notRegular (run arguments)))

        testTheory "A device is refused at once" [ "/dev/zero"; "/dev/null"; "/dev/urandom" ] (fun device ->
            requireUnix ()

            for arguments in
                [
                    predict (soundBut [ "data", $"""{{"source": "npz", "path": "{device}"}}""" ])
                    predict (soundBut [ "data", $"""{{"source": "csv", "train": "{device}", "test": "{device}"}}""" ])
                    fun _ -> [ "predict"; device ]
                    fun _ -> [ "fit"; device ]
                    fun _ -> [ "explain"; device ]
                    fun _ -> [ "experiment"; device ]
                ] do
                inFolder (arguments >> run) |> assertRefused notRegular)

        testTheory "An archive that claims too much is refused before it is decoded" archives (fun mistake ->
            assertRefusedCleanly mistake)

        testCase "Too little memory is one sentence" (fun () ->
            if not (OperatingSystem.IsLinux()) then
                skiptest "Only Linux bounds the addresses of a process."

            let job =
                soundBut [
                    "data",
                    """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 9000, "test": 6, "noise": 0.1, "seed": 1}"""
                    "solver", "\"direct\""
                ]

            inFolder (fun folder -> inShell 2_500_000L folder (predict job folder))
            |> assertRefused "of memory")
    ]
