/// Binary archives of CIFAR with few images, written by the format's definition: labels, then a plane of 32 x 32 for each colour.
module FiniteWidth.Data.Tests.CifarTests

open System
open System.IO
open Expecto
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

// Image i has the label i mod 2, and red 10 i, green 10 i + 1, blue 10 i + 2 everywhere but at its second pixel, which is 0.
let private record before i =
    let planes =
        [
            for colour in 0..2 -> Array.init 1024 (fun pixel -> if pixel = 1 then 0uy else byte (10 * i + colour))
        ]

    Array.concat ([ before; [| byte (i % 2) |] ] @ planes)

let private write folder (name: string) before images =
    File.WriteAllBytes(Path.Combine(folder, name), images |> List.map (record before) |> Array.concat)

let private ten folder =
    for batch in 1..5 do
        write folder $"data_batch_{batch}.bin" [||] [ 2 * batch - 2; 2 * batch - 1 ]

    write folder "test_batch.bin" [||] [ 20; 21; 22 ]

let private hundred folder =
    write folder "train.bin" [| 9uy |] [ 0; 1; 2 ]
    write folder "test.bin" [| 9uy |] [ 3; 4 ]

let tests =
    testList "CIFAR" [
        test "the images of five batches follow each other, colours within a pixel" {
            inFolder (fun folder ->
                ten folder
                let images = Cifar.load Cifar.Ten folder |> ok
                Expect.equal images.Train.Count 10 "training images"
                Expect.equal images.Test.Count 3 "test images"
                Expect.equal (images.Train.Labels.ToArray()) [| 0; 1; 0; 1; 0; 1; 0; 1; 0; 1 |] "labels"

                Expect.equal
                    (images.Train.Pixels(3).Slice(0, 9).ToArray())
                    [| 30uy; 31uy; 32uy; 0uy; 0uy; 0uy; 30uy; 31uy; 32uy |]
                    "pixels")
        }

        test "of two labels the fine one counts" {
            inFolder (fun folder ->
                hundred folder
                let images = Cifar.load Cifar.Hundred folder |> ok
                Expect.equal (images.Test.Labels.ToArray()) [| 1; 0 |] "labels")
        }

        test "a protocol makes grey examples of them" {
            inFolder (fun folder ->
                ten folder

                let split =
                    Cifar.load Cifar.Ten folder
                    |> Result.bind (
                        Protocol.apply
                            { Protocol.create [ 0; 1 ] 6 2 with
                                Transforms = [ Grayscale ]
                            }
                    )
                    |> ok

                Expect.equal split.Train.Features 1024 "features"
                Expect.equal (entries split.Train.Targets) [| -1.0; 1.0; -1.0; 1.0; -1.0; 1.0 |] "targets")
        }

        test "a file of another length is refused" {
            inFolder (fun folder ->
                ten folder
                File.AppendAllText(Path.Combine(folder, "test_batch.bin"), "x")
                Expect.stringContains (sentence (Cifar.load Cifar.Ten folder)) "have 3073 each" "sentence")
        }

        test "CIFAR is found where its variable says, or below the current folder" {
            inFolder (fun folder ->
                let before = Environment.CurrentDirectory

                try
                    Environment.CurrentDirectory <- folder
                    let missing = sentence (Cifar.locate Cifar.Ten)
                    Expect.stringContains missing "unpack cifar-10-binary.tar.gz" "what to do"
                    let unpacked = Directory.CreateDirectory "cifar-10-batches-bin"
                    Expect.stringContains (sentence (Cifar.locate Cifar.Ten)) "CIFAR-10 lacks data_batch_1.bin" "files"
                    ten unpacked.FullName
                    Expect.equal (Path.GetFileName(ok (Cifar.locate Cifar.Ten))) "cifar-10-batches-bin" "found"
                    Environment.SetEnvironmentVariable("FINITEWIDTH_CIFAR100", "/nowhere")

                    Expect.stringContains
                        (sentence (Cifar.locate Cifar.Hundred))
                        "/nowhere: There is no such folder"
                        "named"
                finally
                    Environment.SetEnvironmentVariable("FINITEWIDTH_CIFAR100", null)
                    Environment.CurrentDirectory <- before)
        }
    ]
