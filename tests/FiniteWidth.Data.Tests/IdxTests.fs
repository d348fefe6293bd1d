module FiniteWidth.Data.Tests.IdxTests

open System.IO
open System.IO.Compression
open Expecto
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

/// An IDX file of the given element type, lengths and entries, as the format's definition lays them out.
let idx (elementType: byte) (lengths: int list) (entries: byte list) =
    let bigEndian (n: int) =
        [ byte (n >>> 24); byte (n >>> 16); byte (n >>> 8); byte n ]

    [
        yield! [ 0uy; 0uy; elementType; byte lengths.Length ]
        yield! List.collect bigEndian lengths
        yield! entries
    ]
    |> List.toArray

let gzip (bytes: byte[]) =
    let compressed = new MemoryStream()

    do
        use stream = new GZipStream(compressed, CompressionLevel.Optimal)
        stream.Write(bytes, 0, bytes.Length)

    compressed.ToArray()

let private read bytes =
    withFile "array.idx" bytes Idx.read |> ok

let tests =
    testList "IDX" [
        testCase "every element type of IDX is read, big-endian" (fun () ->
            // -2 and 1.5 (or 1) in each type, written out by hand.
            let cases =
                [
                    0x08uy, [ 0xFEuy; 0x01uy ], [| 254.0; 1.0 |]
                    0x09uy, [ 0xFEuy; 0x01uy ], [| -2.0; 1.0 |]
                    0x0Buy, [ 0xFFuy; 0xFEuy; 0x00uy; 0x01uy ], [| -2.0; 1.0 |]
                    0x0Cuy, [ 0xFFuy; 0xFFuy; 0xFFuy; 0xFEuy; 0x00uy; 0x00uy; 0x00uy; 0x01uy ], [| -2.0; 1.0 |]
                    0x0Duy, [ 0xC0uy; 0x00uy; 0x00uy; 0x00uy; 0x3Fuy; 0xC0uy; 0x00uy; 0x00uy ], [| -2.0; 1.5 |]
                    0x0Euy,
                    [
                        0xC0uy
                        0uy
                        0uy
                        0uy
                        0uy
                        0uy
                        0uy
                        0uy
                        0x3Fuy
                        0xF8uy
                        0uy
                        0uy
                        0uy
                        0uy
                        0uy
                        0uy
                    ],
                    [| -2.0; 1.5 |]
                ]

            for elementType, bytes, expected in cases do
                Expect.equal (entries (read (idx elementType [ 2 ] bytes)).Entries) expected "entries")

        testCase "an array of rank 3 has its first dimension as rows and the others flattened in order" (fun () ->
            let array = read (idx 0x08uy [ 2; 2; 3 ] [ 0uy .. 11uy ])
            Expect.equal array.Shape [ 2; 2; 3 ] "shape"
            Expect.equal (array.Entries.ToArray()) (array2D [ [ 0.0 .. 5.0 ]; [ 6.0 .. 11.0 ] ]) "entries")

        testProperty "a gzipped file reads as the plain one" (fun (bytes: byte list) ->
            let file = idx 0x08uy [ bytes.Length; 1 ] bytes
            let expected = bytes |> List.map float |> List.toArray

            entries (read file).Entries = expected
            && entries (read (gzip file)).Entries = expected)
    ]
