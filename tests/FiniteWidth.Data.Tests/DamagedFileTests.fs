module FiniteWidth.Data.Tests.DamagedFileTests

open System
open Expecto
open FsCheck
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.IdxTests
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

/// A way to damage a file: at a place, as a fraction of its length.
type Damage =
    | Overwrite of place: uint16 * value: byte
    | Remove of place: uint16 * count: byte
    | Insert of place: uint16 * values: byte list
    | Truncate of place: uint16

let private damage (bytes: byte[]) damage =
    let at (place: uint16) =
        int place * bytes.Length / (int UInt16.MaxValue + 1)

    match damage with
    | _ when bytes.Length = 0 -> bytes
    | Overwrite(place, value) -> Array.updateAt (at place) value bytes
    | Remove(place, count) -> Array.removeManyAt (at place) (min (int count) (bytes.Length - at place)) bytes
    | Insert(place, values) -> Array.insertManyAt (at place) values bytes
    | Truncate place -> Array.truncate (at place) bytes

let private digits = idx 0x08uy [ 4; 5 ] [ 0uy .. 19uy ]

let private table =
    Text.Encoding.ASCII.GetBytes "a,\"b\",y\n1,2,3\n4,5,6\n7,\"8\",9\n"

let private files: (byte[] * (string -> Result<unit, Failure>)) list =
    [
        digits, Idx.read >> Result.map ignore
        gzip digits, Idx.read >> Result.map ignore
        NumpyFiles.npyFiles.Head.Bytes, Npy.read >> Result.map ignore
        NumpyFiles.storedNpz, Npz.split >> Result.map ignore
        NumpyFiles.deflatedNpz, Npz.split >> Result.map ignore
        table, Csv.read Csv.standard >> Result.map ignore
    ]

let tests =
    testList "Damaged file" [
        testPropertyWithConfig
            (maxTest 300)
            "a damaged file is read or fails with a sentence, and never otherwise"
            (fun (damages: NonEmptyArray<Damage>) ->
                for bytes, read in files do
                    match withFile "file" (Array.fold damage bytes damages.Get) read with
                    | Ok() -> ()
                    | Error failure -> Expect.stringEnds failure.Message "." "message")
    ]
