module FiniteWidth.Data.Tests.NpzTests

open System.IO
open Expecto
open FiniteWidth.Numerics
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let tests =
    testList "npz" [
        testCase
            "a split that numpy wrote is read, stored or deflated, inputs flattened and targets as columns"
            (fun () ->
                for bytes in [ NumpyFiles.storedNpz; NumpyFiles.deflatedNpz ] do
                    let split = withFile "data.npz" bytes Npz.split |> ok

                    Expect.equal
                        (split.Train.Inputs.ToArray())
                        (array2D [ [ 0.0 .. 3.0 ]; [ 4.0 .. 7.0 ]; [ 8.0 .. 11.0 ] ])
                        "inputs"

                    Expect.equal (split.Train.Targets.ToArray()) (array2D [ [ -1.0 ]; [ 1.0 ]; [ -1.0 ] ]) "targets"

                    Expect.equal
                        (split.Test.Inputs.ToArray())
                        (array2D [ [ 0.0..0.5..1.5 ]; [ 2.0..0.5..3.5 ] ])
                        "inputs"

                    Expect.equal (split.Test.Targets.ToArray()) (array2D [ [ 1.0 ]; [ -1.0 ] ]) "targets")

        testCase "arrays are listed and read by name" (fun () ->
            withFile "data.npz" NumpyFiles.deflatedNpz (fun path ->
                Expect.equal (Npz.keys path |> ok) [ "x_test"; "x_train"; "y_test"; "y_train" ] "keys"
                let arrays = Npz.read [ "y_test"; "x_train" ] path |> ok
                Expect.equal (arrays |> List.map _.Shape) [ [ 2; 1 ]; [ 3; 2; 2 ] ] "shape"))

        testProperty "arrays that are written are read to the bit" (fun (numbers: float[]) (others: float[]) ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "results.npz")

                Npz.write path [ "b", NdArray.ofVector numbers; "a", NdArray.ofVector others ]
                |> ok

                match Npz.read [ "a"; "b" ] path |> ok with
                | [ a; b ] ->
                    Array.forall2 (fun (x: float) y -> x.Equals y) others (entries a.Entries)
                    && Array.forall2 (fun (x: float) y -> x.Equals y) numbers (entries b.Entries)
                | _ -> false))

        testCase "the same arrays make the same bytes" (fun () ->
            inFolder (fun folder ->
                let write name =
                    let path = Path.Combine(folder, name)
                    Npz.write path [ "x", NdArray.ofMatrix (Matrix.Zeros(3n, 4n)) ] |> ok
                    File.ReadAllBytes path

                Expect.equal (write "one.npz") (write "two.npz") "one.npz"))

        testCase "arrays of the same name are not written" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "results.npz")
                let arrays = [ "a", NdArray.ofVector [| 1.0 |]; "a", NdArray.ofVector [| 2.0 |] ]

                Expect.stringEnds
                    (Npz.write path arrays |> sentence)
                    "2 arrays are named a: names must differ."
                    "sentence"

                Expect.isEmpty (Directory.GetFiles folder) "files of the folder"))
    ]
