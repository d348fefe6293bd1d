module FiniteWidth.Data.Tests.MalformedFileTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.IdxTests
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

/// A file that cannot be read, and what the failure says about it.
[<ReferenceEquality>]
type Malformed =
    {
        Name: string
        Bytes: byte[]
        Read: string -> Result<unit, Failure>
        Says: string
    }

    override case.ToString() = case.Name

let private case read name (bytes: byte[]) says =
    {
        Name = name
        Bytes = bytes
        Read = read >> Result.map ignore
        Says = says
    }

let private ascii (text: string) = Encoding.ASCII.GetBytes text

let private cut count (bytes: byte[]) =
    Array.truncate (bytes.Length - count) bytes

let private append (more: byte list) bytes = Array.append bytes (List.toArray more)

let private flip at (bytes: byte[]) =
    let copy = Array.copy bytes
    copy[at] <- copy[at] ^^^ 0x55uy
    copy

let private digits = idx 0x08uy [ 2; 3 ] [ 0uy .. 5uy ]

let private idxCases =
    let case = case Idx.read

    [
        case "IDX: an empty file" [||] "The file is empty."
        case "IDX: a wrong magic number" (ascii "P5 28 28 255 ") "It starts with the bytes 50352032"
        case "IDX: an unknown element type" (idx 0x0Auy [ 1 ] [ 0uy ]) "The element type 0x0A is none of IDX"
        case "IDX: rank 0" (idx 0x08uy [] [ 0uy ]) "Its rank is 0"
        case "IDX: half a magic number" [| 0uy; 0uy |] "It needs 4 bytes for the magic number and 2 follow"
        case
            "IDX: cut within the lengths"
            (Array.truncate 7 digits)
            "It needs 8 bytes for the lengths of the dimensions and 3 follow"
        case
            "IDX: cut within the entries"
            (cut 1 digits)
            "It needs 6 bytes for the entries of an array of shape (2, 3) and 5 follow"
        case
            "IDX: bytes after the entries"
            (append [ 1uy; 2uy ] digits)
            "2 bytes follow the 18 that the header accounts for"
        case
            "IDX: lengths beyond the file"
            (idx 0x0Euy [ 0x7FFFFFFF; 28; 28 ] [ 1uy ])
            "and 1 follow: the file is truncated"
        case
            "IDX: lengths beyond any file"
            (idx 0x08uy [ -1; -1; -1; -1 ] [ 1uy ])
            "more entries than any file can hold"
        case "IDX: compressed, cut" (gzip digits |> Array.truncate 15) "the file is truncated"
        case "IDX: compressed, damaged" (gzip digits |> flip 10) "It is not a sound compressed file"
        case
            "IDX: compressed, its checksum damaged"
            (gzip digits |> fun bytes -> flip (bytes.Length - 6) bytes)
            "It is not a sound compressed file"
        case "IDX: compressed, bytes after the entries" (gzip (append [ 1uy ] digits)) "More bytes follow the 18"
        case
            "IDX: compressed, lengths beyond the file"
            (gzip (idx 0x08uy [ 60000; 28; 28 ] [ 1uy ]))
            "more than the compressed file can hold"
    ]

let private npy version (header: string) (entries: byte list) =
    let length =
        match version with
        | 1uy -> [ byte header.Length; byte (header.Length >>> 8) ]
        | _ ->
            [
                byte header.Length
                byte (header.Length >>> 8)
                byte (header.Length >>> 16)
                0uy
            ]

    [
        yield! "\x93NUMPY" |> Seq.map byte
        yield version
        yield 0uy
        yield! length
        yield! ascii header
        yield! entries
    ]
    |> List.toArray

let private described descr order shape =
    npy 1uy $"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"

let private npyCases =
    let case = case Npy.read
    let bytes = described "'|u1'" "False"

    [
        case "npy: an empty file" [||] "The file is empty."
        case "npy: a wrong magic number" digits "It starts with the bytes 000008020000"
        case "npy: format 4.0" (npy 4uy "{}" []) "Its format version is 4.0"
        case "npy: half a preamble" (ascii "\x93NUM") "It needs 8 bytes for the magic number and 4 follow"
        case "npy: a header longer than the file" (npy 1uy "{}" [] |> flip 8) "bytes for the header and 2 follow"
        case "npy: a header too long to be one" (npy 2uy "{}" [] |> flip 11) "no array needs more than"
        case "npy: a header that is no dictionary" (npy 1uy "shape 3" []) "Its header shape 3 is not a dictionary"
        case
            "npy: a header without a shape"
            (npy 1uy "{'descr': '<f8', 'fortran_order': False}" [])
            "is not a dictionary of"
        case
            "npy: a header with a key twice"
            (npy 1uy "{'shape': (1,), 'shape': (1,), 'descr': '<f8'}" [])
            "is not a dictionary of"
        case
            "npy: a header with another key"
            (npy 1uy "{'descr': '<f8', 'fortran_order': False, 'shape': (), 'x': True}" [])
            "is not a dictionary of"
        case
            "npy: a dtype that there is not"
            (described "'<f3'" "False" "(1,)" [ 0uy ])
            "Its dtype '<f3' is not one that can be read"
        case "npy: an empty dtype" (described "''" "False" "(1,)" [ 0uy ]) "Its dtype is empty."
        case
            "npy: Python objects"
            NumpyFiles.arrayOfObjects
            "is Python objects, stored as a pickle, which is never read"
        case "npy: records" NumpyFiles.arrayOfRecords "is a record of several fields"
        case "npy: text" NumpyFiles.arrayOfText "Its dtype '<U2' is not one that can be read"
        case "npy: complex numbers" NumpyFiles.arrayOfComplexNumbers "Its dtype '<c16' is not one that can be read"
        case "npy: a negative length" (bytes "(-1, 2)" []) "is not a dictionary of"
        case "npy: a length beyond 64 bits" (bytes "(99999999999999999999,)" []) "is not a tuple of lengths"
        case
            "npy: lengths whose product is beyond 64 bits"
            (bytes "(4294967296, 4294967296, 2)" [])
            "more entries than any file can hold"
        case
            "npy: no entries but too long rows"
            (bytes "(0, 4294967296)" [])
            "more rows, or more entries in a row, than"
        case
            "npy: no entries but rows whose length is beyond 64 bits"
            (bytes "(0, 65536, 65536, 65536, 65536)" [])
            "more entries than any file can hold"
        case
            "npy: lengths beyond the file"
            (bytes "(50000, 3072)" [ 1uy ])
            "It needs 153600000 bytes for the entries of an array of shape (50000, 3072) and 1 follow"
        case
            "npy: cut within the entries"
            (bytes "(2, 2)" [ 1uy; 2uy; 3uy ])
            "It needs 4 bytes for the entries of an array of shape (2, 2) and 3 follow"
        case "npy: bytes after the entries" (bytes "(2,)" [ 1uy; 2uy; 3uy ]) "1 bytes follow the"
    ]

let private npz compression (arrays: (string * byte[]) list) =
    let file = new MemoryStream()

    do
        use archive = new ZipArchive(file, ZipArchiveMode.Create)

        for name, bytes in arrays do
            use entry = archive.CreateEntry(name, compression).Open()
            entry.Write(bytes, 0, bytes.Length)

    file.ToArray()

let private x rows =
    described "'|u1'" "False" $"({rows}, 2)" (List.replicate (2 * rows) 1uy)

let private y rows =
    described "'|i1'" "False" $"({rows},)" (List.replicate rows 1uy)

let private arrays =
    Map [ "x_train.npy", x 3; "y_train.npy", y 3; "x_test.npy", x 2; "y_test.npy", y 2 ]

let private stored (arrays: Map<string, byte[]>) =
    npz CompressionLevel.NoCompression (Map.toList arrays)

let private npzCases =
    let case name bytes says = case Npz.split name bytes says

    let changed name key bytes says =
        case name (stored (Map.add key bytes arrays)) says

    let whole = stored arrays

    let notANumber =
        described "'<f4'" "False" "(2, 2)" [ yield! List.replicate 12 0uy; yield! BitConverter.GetBytes nanf ]

    // The third byte from the end of the first stored array: its name, the 30 bytes before it and its content come first.
    let inEntry = 30 + "x_test.npy".Length + (x 2).Length - 3

    [
        case "npz: an empty file" [||] "The file is empty."
        case "npz: another format" digits "It is not a sound compressed file"
        case "npz: cut" (cut 30 whole) "It is not a sound compressed file"
        case "npz: an archive without arrays" (stored (Map [ "notes.txt", ascii "hello" ])) "it has no arrays"
        case
            "npz: a missing array"
            (stored (Map.remove "y_test.npy" arrays))
            "It has the inputs of a test set and not its targets: a test error needs them."
        case
            "npz: arrays of other names"
            (stored (Map [ "arr_0.npy", x 3 ]))
            "It lacks the arrays x_test, x_train, y_test, y_train; it has arr_0."
        case
            "npz: an array twice"
            (npz CompressionLevel.Fastest [ "a.npy", x 1; "a.npy", x 1 ])
            "more than one array named a"
        case "npz: a damaged entry" (flip inEntry whole) "x_test: Its entries have the checksum"
        case "npz: a damaged deflated entry" (npz CompressionLevel.Optimal (Map.toList arrays) |> flip 80) "x_test: "
        changed
            "npz: an entry that is no array"
            "x_test.npy"
            (ascii "not an array")
            "x_test: It starts with the bytes 6E6F7420616E"
        changed "npz: an entry cut" "x_test.npy" (cut 1 (x 2)) "x_test: It needs 4 bytes"
        changed "npz: inputs of rank 1" "x_train.npy" (y 3) "x_train has shape (3,): inputs are P x N0"
        changed
            "npz: targets of rank 3"
            "y_train.npy"
            (described "'|u1'" "False" "(3, 1, 1)" [ 1uy; 1uy; 1uy ])
            "y_train has shape (3, 1, 1): targets are P or P x D."
        changed
            "npz: fewer targets than inputs"
            "y_train.npy"
            (y 2)
            "x_train and y_train: There are 3 inputs and 2 targets"
        changed "npz: no examples" "x_test.npy" (x 0) "There are 0 inputs and 2 targets"
        changed
            "npz: not a number"
            "x_test.npy"
            notANumber
            "x_test and y_test: Input 1 (counted from 0) has the value NaN in feature 1"
        changed
            "npz: other features in the test set"
            "x_test.npy"
            (described "'|u1'" "False" "(2, 1)" [ 1uy; 1uy ])
            "Training inputs have 2 features and test inputs 1"
    ]

let private csvCases =
    let table layout name text says =
        case (Csv.read layout) name (ascii text) says

    let standard = table Csv.standard

    let named names =
        table
            { Csv.standard with
                Targets = Named names
            }

    [
        standard "CSV: an empty file" "" "The file is empty."
        standard "CSV: blank lines" "\n\n\n" "It has no lines but blank ones."
        standard "CSV: only a header" "a,b,y\n" "It has a header and no lines of numbers."
        standard
            "CSV: text for a number"
            "a,b,y\n1,2,3\n4,five,6\n"
            "Line 3, column 2 (b) is 'five', which is not a number: "
        standard
            "CSV: text for a number, blank lines before it"
            "1,2,3\n\n\n4,5,six\n"
            "Line 4, column 3 is 'six', which is not a number: "
        standard "CSV: an empty field" "1,2,3\n4,,6\n" "Line 2, column 2 is empty"
        standard
            "CSV: a field that is not finite"
            "1,2,3\n4,Infinity,6\n"
            "Line 2, column 2 is Infinity: every value must be finite."
        standard "CSV: a short line" "1,2,3\n4,5\n" "Line 2 has 2 fields and the first line 3."
        standard "CSV: a long line" "1,2,3\n4,5,6,7\n" "Line 2 has 4 fields and the first line 3."
        standard
            "CSV: a header that may be none"
            "a,2,3\n4,5,6\n"
            "Its first line has both numbers ('2') and other text ('a')"
        standard "CSV: a single column" "1\n2\n" "Its 1 columns are all targets"
        standard "CSV: another separator" "1;2\n3;4\n" "(is the separator ';'?"
        standard "CSV: a misplaced quotation mark" "1,2\n3\"4,5\n" "It has a misplaced quotation mark in '3\"4,5'."
        named
            [ "z" ]
            "CSV: a target that there is not"
            "a,b,y\n1,2,3\n"
            "There is no column named 'z', which \"target\" asks for; there are a, b, y."
        named [ "a" ] "CSV: a target named twice in the header" "a,a,y\n1,2,3\n" "2 columns are named 'a'"
        named
            [ "y" ]
            "CSV: a named target without a header"
            "1,2,3\n"
            "\"target\" names the column 'y' and the first line is no header"
        named [ "y"; "y" ] "CSV: a target named twice" "a,b,y\n1,2,3\n" "The target 'y' is named twice"
        case
            (Csv.read { Csv.standard with Separator = '\n' })
            "CSV: a separator that is none"
            (ascii "1,2\n")
            "U+000A is given as its separator"
        named [] "CSV: no target" "a,b\n1,2\n" "No target column is named"
        named [ "a"; "b" ] "CSV: nothing but targets" "a,b\n1,2\n" "Its 2 columns are all targets"
    ]

let private cases = idxCases @ npyCases @ npzCases @ csvCases

let tests =
    testList "Malformed file" [
        testTheory "a malformed file fails with one sentence that says what is wrong" cases (fun case ->
            withFile "file" case.Bytes (fun path ->
                let text = case.Read path |> sentence
                Expect.stringStarts text $"{path}: " "text"
                Expect.stringContains text case.Says "text"
                Expect.stringEnds text "." "text"
                Expect.stringLacks text "\n" "text"))

        testCase "a file that is not there, a folder and an empty path are named" (fun () ->
            inFolder (fun folder ->
                let readers: (string -> Result<unit, Failure>) list =
                    [
                        Idx.read >> Result.map ignore
                        Npy.read >> Result.map ignore
                        Npz.split >> Result.map ignore
                        Csv.read Csv.standard >> Result.map ignore
                    ]

                for read in readers do
                    Expect.stringEnds
                        (read (Path.Combine(folder, "none")) |> sentence)
                        "none: There is no such file."
                        "sentence"

                    Expect.stringEnds
                        (read (Path.Combine(folder, "none", "none")) |> sentence)
                        "There is no such file."
                        "sentence"

                    Expect.equal
                        (read folder |> sentence)
                        (folder + ": This is a folder: give the path of a file.")
                        "sentence"

                    for path in [ ""; " "; "a\000b" ] do
                        Expect.equal
                            (read path |> sentence)
                            "The path of a data file is empty or has a zero character: give the path of a file."
                            "sentence"))
    ]
