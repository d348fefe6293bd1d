module FiniteWidth.Data.Tests.NpzTests

open System.IO
open NUnit.Framework
open FsCheck.NUnit
open FiniteWidth.Numerics
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench

[<Test>]
let ``a split that numpy wrote is read, stored or deflated, inputs flattened and targets as columns`` () =
    for bytes in [ NumpyFiles.storedNpz; NumpyFiles.deflatedNpz ] do
        let split = withFile "data.npz" bytes Npz.split |> ok
        Assert.That(split.Train.Inputs.ToArray(), equalTo (array2D [ [ 0.0 .. 3.0 ]; [ 4.0 .. 7.0 ]; [ 8.0 .. 11.0 ] ]))
        Assert.That(split.Train.Targets.ToArray(), equalTo (array2D [ [ -1.0 ]; [ 1.0 ]; [ -1.0 ] ]))
        Assert.That(split.Test.Inputs.ToArray(), equalTo (array2D [ [ 0.0..0.5..1.5 ]; [ 2.0..0.5..3.5 ] ]))
        Assert.That(split.Test.Targets.ToArray(), equalTo (array2D [ [ 1.0 ]; [ -1.0 ] ]))

[<Test>]
let ``arrays are listed and read by name`` () =
    withFile "data.npz" NumpyFiles.deflatedNpz (fun path ->
        Assert.That(Npz.keys path |> ok, equalTo [ "x_test"; "x_train"; "y_test"; "y_train" ])
        let arrays = Npz.read [ "y_test"; "x_train" ] path |> ok
        Assert.That(arrays |> List.map _.Shape, equalTo [ [ 2; 1 ]; [ 3; 2; 2 ] ]))

[<Property>]
let ``arrays that are written are read to the bit`` (numbers: float[]) (others: float[]) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "results.npz")

        Npz.write path [ "b", NdArray.ofVector numbers; "a", NdArray.ofVector others ]
        |> ok

        match Npz.read [ "a"; "b" ] path |> ok with
        | [ a; b ] ->
            Array.forall2 (fun (x: float) y -> x.Equals y) others (entries a.Entries)
            && Array.forall2 (fun (x: float) y -> x.Equals y) numbers (entries b.Entries)
        | _ -> false)

[<Test>]
let ``the same arrays make the same bytes`` () =
    inFolder (fun folder ->
        let write name =
            let path = Path.Combine(folder, name)
            Npz.write path [ "x", NdArray.ofMatrix (Matrix.Zeros(3n, 4n)) ] |> ok
            File.ReadAllBytes path

        Assert.That(write "one.npz", equalTo (write "two.npz")))

[<Test>]
let ``arrays of the same name are not written`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "results.npz")
        let arrays = [ "a", NdArray.ofVector [| 1.0 |]; "a", NdArray.ofVector [| 2.0 |] ]
        Assert.That(Npz.write path arrays |> sentence, Does.EndWith "2 arrays are named a: names must differ.")
        Assert.That(Directory.GetFiles folder, Is.Empty))
