module FiniteWidth.Data.Tests.NpyTests

open System.IO
open Expecto
open FsCheck
open FiniteWidth.Numerics
open FiniteWidth.Data
open FiniteWidth.Data.Tests.NumpyFiles
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private files = npyFiles

let private throughFile (array: NdArray) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "array.npy")
        Npy.write path array |> ok
        Npy.read path |> ok)

let tests =
    testList "npy" [
        testTheory "what numpy writes is read exactly" files (fun file ->
            let array = withFile "array.npy" file.Bytes Npy.read |> ok
            let count = List.fold (*) 1 file.Shape
            Expect.equal array.Shape file.Shape "shape"

            Expect.equal
                (entries array.Entries)
                (Array.init count (fun i -> file.First + file.Step * float i))
                "entries")

        testProperty "an array that is written is read to the bit" (fun (numbers: float[]) (columns: PositiveInt) ->
            let columns = columns.Get
            let rows = numbers.Length / columns

            let matrix =
                Matrix.Create(nativeint rows, nativeint columns, fun i j -> numbers[int i * columns + int j])

            let array = throughFile (NdArray.ofMatrix matrix)
            let vector = throughFile (NdArray.ofVector numbers)

            array.Shape = [ rows; columns ]
            && Array.forall2 (fun (x: float) y -> x.Equals y) (entries matrix) (entries array.Entries)
            && vector.Shape = [ numbers.Length ]
            && Array.forall2 (fun (x: float) y -> x.Equals y) numbers (entries vector.Entries))

        testCase "a view is written without the entries around it" (fun () ->
            let matrix = Matrix.Create(4n, 5n, fun i j -> float (10n * i + j))
            let array = throughFile (NdArray.ofMatrix (matrix.View(1n, 2n, 2n, 3n)))
            Expect.equal (array.Entries.ToArray()) (array2D [ [ 12.0; 13.0; 14.0 ]; [ 22.0; 23.0; 24.0 ] ]) "entries")

        testCase "arrays longer than a block are read whole, in either order" (fun () ->
            // 70,001 rows of 3 fill several blocks and end within one; the Fortran file lists the columns one after the other.
            let rows = 70_001

            let header order =
                let text =
                    $"{{'descr': '<i4', 'fortran_order': {order}, 'shape': ({rows}, 3), }}".PadRight(117)
                    + "\n"

                Array.append
                    [| 0x93uy; 78uy; 85uy; 77uy; 80uy; 89uy; 1uy; 0uy; 118uy; 0uy |]
                    (System.Text.Encoding.ASCII.GetBytes text)

            let bytes numbers =
                numbers
                |> Seq.collect (fun (n: int) -> System.BitConverter.GetBytes n)
                |> Seq.toArray

            let inRows = bytes (seq { 0 .. 3 * rows - 1 })

            let inColumns =
                bytes (
                    seq {
                        for j in 0..2 do
                            for i in 0 .. rows - 1 -> 3 * i + j
                    }
                )

            for file in [ Array.append (header "False") inRows; Array.append (header "True") inColumns ] do
                let array = withFile "array.npy" file Npy.read |> ok
                Expect.equal (entries array.Entries) (Array.init (3 * rows) float) "entries")

        testCase "an array's shape must be that of its matrix" (fun () ->
            Expect.equal
                (NdArray.create [ 2; 3; 2 ] (Matrix.Zeros(2n, 5n)) |> sentence)
                "An array of shape (2, 3, 2) is a 2 x 6 matrix, not 2 x 5."
                "sentence"

            Expect.equal ((NdArray.create [ 2; 3; 2 ] (Matrix.Zeros(2n, 6n)) |> ok).Rank) 3 "rank")
    ]
