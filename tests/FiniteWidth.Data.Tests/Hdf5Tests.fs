/// HDF5 files written by PureHDF, and by MATLAB's rule: dimensions reversed, an attribute that says so.
module FiniteWidth.Data.Tests.Hdf5Tests

open System.IO
open Expecto
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing
open PureHDF

let private inputs = array2D [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0; 6.0 ] ]
let private targets = [| 1; -1; 2 |]

let private write (entries: (string * obj) list) (f: string -> 'T) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "data.h5")
        let file = H5File()

        for name, entry in entries do
            file[name] <- entry

        file.Write path
        f path)

let private plain: (string * obj) list =
    [
        "x_train", inputs
        "y_train", targets
        "x_test", array2D [ [ 0.5f; 7.0f ] ]
        "y_test", [| 3.5f |]
    ]

let private read path = Hdf5.pointsWhere (fun _ _ -> Ok()) path

let private matlab (values: float[,]) =
    let reversed =
        Array2D.init (Array2D.length2 values) (Array2D.length1 values) (fun j i -> values[i, j])

    let data = H5Dataset reversed
    data.Attributes["MATLAB_class"] <- "double"
    nonNull (box data)

let tests =
    testList "HDF5" [
        test "arrays of several types are read" {
            let points = write plain read |> ok
            Expect.equal (entries points.Train.Inputs) [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |] "inputs"
            Expect.equal (entries points.Train.Targets) [| 1.0; -1.0; 2.0 |] "targets"
            Expect.equal (entries points.Inputs) [| 0.5; 7.0 |] "points"
            Expect.equal (entries points.Targets.Value) [| 3.5 |] "test targets"
        }

        for value: obj, type' in
            [
                box [| 1y; -1y; 2y |], "signed bytes"
                box [| 1s; -1s; 2s |], "16 bits"
                box [| 1L; -1L; 2L |], "64 bits"
                box [| 1.0f; -1.0f; 2.0f |], "single"
            ] do
            test $"targets of {type'} are read" {
                let changed =
                    ("y_train", nonNull value) :: List.filter (fst >> (<>) "y_train") plain

                Expect.equal (entries (write changed read |> ok).Train.Targets) [| 1.0; -1.0; 2.0 |] "targets"
            }

        test "arrays of MATLAB are transposed" {
            let points =
                write
                    [
                        "x_train", matlab inputs
                        "y_train", matlab (array2D [ [ 1.0 ]; [ -1.0 ]; [ 2.0 ] ])
                        "x_test", matlab (array2D [ [ 0.5; 7.0 ] ])
                    ]
                    read
                |> ok

            Expect.equal (entries points.Train.Inputs) [| 1.0; 2.0; 3.0; 4.0; 5.0; 6.0 |] "inputs"
            Expect.equal (entries points.Train.Targets) [| 1.0; -1.0; 2.0 |] "targets"
            Expect.isNone points.Targets "no test targets"
        }

        test "what is missing is named beside what is there" {
            let sentence = write (List.filter (fst >> (<>) "y_train") plain) read |> sentence
            Expect.stringContains sentence "It lacks the arrays y_train; it has x_test, x_train, y_test." "sentence"
        }

        test "shapes that do not fit are refused before anything is read" {
            let changed =
                ("y_train", nonNull (box [| 1.0 |]))
                :: List.filter (fst >> (<>) "y_train") plain

            Expect.stringContains (write changed read |> sentence) "There are 3 inputs and 1 targets" "sentence"
        }

        test "text is no HDF5 file" {
            let sentence = withFile "data.h5" "x,y\n1,2\n"B read |> sentence
            Expect.stringContains sentence "It is no HDF5 file that can be read" "sentence"
        }

        test "a file that ends early is refused" {
            let sentence =
                write plain (fun path ->
                    let bytes = File.ReadAllBytes path
                    File.WriteAllBytes(path, bytes[.. bytes.Length / 3])
                    read path |> sentence)

            Expect.stringContains sentence "data.h5: " "sentence"
        }

        // Written by h5py 3.7 as MATLAB lays files out: a user block of 512 bytes, dimensions reversed, attributes.
        let matlabFile (name: string) =
            Path.Combine(__SOURCE_DIRECTORY__, "matlab", name + ".mat")

        for name in [ "plain"; "struct" ] do
            test $"a file of MATLAB v7.3 is read, {name}" {
                let points = read (matlabFile name) |> ok

                Expect.equal
                    (entries points.Train.Inputs)
                    [| for i in 0..11 -> float i + 0.25 |]
                    "doubles, a row an example"

                Expect.equal (entries points.Train.Targets) [| 1.0; -1.0; 2.0; 3.0 |] "int16"
                Expect.equal (entries points.Inputs) [| for i in 0..5 -> float i + 0.25 |] "single"
                Expect.equal (entries points.Targets.Value) [| 1.0; 0.0 |] "logical"
            }

        for name, says in
            [
                "char", "y_train is text of MATLAB"
                "cell", "y_train is a cell array of MATLAB"
                "sparse", "x_train is a sparse matrix of MATLAB: save full(x_train)."
                "complex", "x_train has entries of several parts, such as complex numbers"
                "empty", "y_train is empty."
            ] do
            test $"what MATLAB has besides numbers is refused, {name}" {
                match read (matlabFile name) with
                | Ok _ -> failtest "It is read."
                | Error failure -> Expect.stringContains failure.Message says "sentence"
            }
    ]
