module FiniteWidth.Data.Tests.Workbench

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Testing

/// What `f` makes of a new empty folder, which is gone afterwards.
let inFolder (f: string -> 'T) =
    let folder = Directory.CreateTempSubdirectory("finitewidth-")

    try
        f folder.FullName
    finally
        folder.Delete true

/// What `f` makes of the path of a file with these bytes.
let withFile (name: string) (bytes: byte[]) (f: string -> 'T) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, name)
        File.WriteAllBytes(path, bytes)
        f path)

/// The value of a success; fails the test, with the failure's sentence, otherwise.
let ok (result: Result<'T, Failure>) =
    match result with
    | Ok value -> value
    | Error failure -> failtest failure.Message

/// The sentence of a failure; fails the test if it succeeded.
let sentence (result: Result<'T, Failure>) =
    match result with
    | Ok _ -> failtest "It succeeded."
    | Error failure -> failure.Message

/// Entries row after row.
let entries (matrix: Matrix) =
    matrix.ToArray() |> Seq.cast<float> |> Seq.toArray

let matrixOf (rows: float list list) = Matrix.FromArray(array2D rows)

/// The mean and the population standard deviation.
let moments (numbers: float[]) =
    let mean = Array.average numbers
    mean, numbers |> Array.averageBy (fun x -> (x - mean) ** 2.0) |> sqrt
