module FiniteWidth.Data.Tests.ProtocolTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

/// The digits where they are installed; skips the test, with the reason, where they are not.
let private digits =
    lazy
        (match Mnist.locate () with
         | Ok files -> Mnist.load files |> ok
         | Error failure ->
             skiptest failure.Message
             failwith "unreachable")

/// Sum of entry i times (i mod 97), entries numbered row after row: it changes when any two neighbours are exchanged.
let private ramp numbers =
    numbers |> Array.mapi (fun i x -> float (i % 97) * x) |> Array.sum

// The golden values come from numpy running naive.py's `mnist` (X, y, Xt, yt below); sums of up to 47,040 terms of order
// 100 in two orders of summation agree to better than 1e-8, single entries to 1e-12.
let private close (tolerance: float) (expected: float) (actual: float) =
    Expect.within tolerance actual expected "what numpy gives"

/// Images of random pixels from a fixed seed, of labels 0, 1, 2, 0, 1, 2, ...
let private random height width channels count =
    let generator = Random 1
    let pixels = Array.zeroCreate (height * width * channels * count)
    generator.NextBytes pixels

    LabelledImages.create height width channels pixels (Array.init count (fun i -> i % 3))
    |> ok

let private images: ImageSplit =
    {
        Train = random 4 6 3 30
        Test = random 4 6 3 12
    }

/// The inputs that `transform` of an image's pixels (from 0 to 255) gives, standardized, as a plain program computes them.
let private expected (transform: float[] -> float[]) (count: int) labels =
    let chosen =
        [| 0..29 |]
        |> Array.filter (fun i -> List.contains (i % 3) labels)
        |> Array.truncate count

    let rows =
        chosen
        |> Array.map (fun i -> (images.Train.Pixels i).ToArray() |> Array.map float |> transform)

    let mean, deviation = moments (Array.concat rows)
    rows |> Array.map (Array.map (fun x -> (x - mean) / deviation))

let private check (transform: float[] -> float[]) transforms =
    let protocol =
        { Protocol.create [ 2; 0 ] 15 5 with
            Transforms = transforms
        }

    let split = Protocol.apply protocol images |> ok
    let expected = expected transform 15 [ 0; 2 ]
    Expect.equal split.Train.Features (expected[0].Length) "features"

    for x, y in Seq.zip (entries split.Train.Inputs) (Array.concat expected) do
        // A few roundings of numbers of order 1.
        close 1e-13 y x

let tests =
    testList "Protocol" [
        testCase "digits 0 and 1, P = 100, are what numpy makes of them" (fun () ->
            let split = digits.Value |> Protocol.apply (Protocol.create [ 0; 1 ] 100 50) |> ok
            let x, xTest = split.Train.Inputs, entries split.Test.Inputs

            Expect.equal
                (split.Train.Count, split.Train.Features, split.Test.Count)
                (100, 784, 50)
                "P, N0 and the test examples"

            close 1e-12 -0.40421091826874217 x[0n, 0n]
            close 1e-12 -0.1568544736801446 x[7n, 406n]
            close 1e-12 2.9155729433150674 (Seq.max (entries x))
            close 1e-8 12528.999004574696 (ramp (entries x))
            close 1e-8 -2723.6548301252883 (Array.sum xTest)
            close 1e-8 -128710.43328435614 (ramp xTest)
            let y = DataSet.target 0 split.Train
            Expect.isTrue (Array.forall (fun target -> abs target = 1.0) y) "every target: abs target = 1.0"
            Expect.equal (Array.sum y) 14.0 "sum of y"
            Expect.equal (ramp y) 749.0 "ramp")

        testCase "ten digits become one-hot targets" (fun () ->
            let split = digits.Value |> Protocol.apply (Protocol.create [ 0..9 ] 60 40) |> ok
            close 1e-12 -0.4145093668496702 split.Train.Inputs[0n, 0n]
            close 1e-8 4909.526378470742 (ramp (entries split.Train.Inputs))
            close 1e-8 -45984.15727177518 (ramp (entries split.Test.Inputs))
            Expect.equal split.Train.Outputs 10 "outputs"

            let weighted =
                [|
                    for d in 0..9 ->
                        DataSet.target d split.Train
                        |> Array.mapi (fun mu y -> float mu * y)
                        |> Array.sum
                |]

            Expect.equal weighted [| 200.0; 177.0; 74.0; 229.0; 168.0; 93.0; 138.0; 176.0; 190.0; 325.0 |] "weighted")

        testCase "asking for more digits than there are says how many there are" (fun () ->
            let says train test (text: string) =
                Expect.equal
                    (digits.Value |> Protocol.apply (Protocol.create [ 0; 1 ] train test) |> sentence)
                    text
                    "sentence"

            says
                12666
                10
                "12666 training examples are asked for and 12665 have one of the labels 0, 1: ask for at most 12665."

            says 10 2116 "2116 test examples are asked for and 2115 have one of the labels 0, 1: ask for at most 2115.")

        testCase "the first of two labels is -1 and the second +1, in file order" (fun () ->
            let split = Protocol.apply (Protocol.create [ 2; 0 ] 5 4) images |> ok
            Expect.equal (DataSet.target 0 split.Train) [| 1.0; -1.0; 1.0; -1.0; 1.0 |] "target"
            check id [])

        testCase "two labels are one-hot on request, columns in the order chosen" (fun () ->
            let protocol =
                { Protocol.create [ 2; 0 ] 2 1 with
                    Encoding = OneHot
                }

            let split = Protocol.apply protocol images |> ok
            Expect.equal (split.Train.Targets.ToArray()) (array2D [ [ 0.0; 1.0 ]; [ 1.0; 0.0 ] ]) "targets")

        testCase "colour becomes luma" (fun () ->
            check
                (fun pixels ->
                    Array.init 24 (fun i ->
                        0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2]))
                [ Grayscale ])

        testCase "halving by area averages blocks, and 4 x 6 to 3 x 3 weighs rows that are covered in part" (fun () ->
            let pixel (pixels: float[]) i j c = pixels[(i * 6 + j) * 3 + c]

            check
                (fun pixels ->
                    [|
                        for i in 0..1 do
                            for j in 0..1 do
                                for c in 0..2 ->
                                    Array.average [|
                                        for a in 0..1 do
                                            for b in 0..2 -> pixel pixels (2 * i + a) (3 * j + b) c
                                    |]
                    |])
                [ Resize(2, AreaAverage) ]

            // Four rows in three: a new row covers 4/3 of the old ones.
            let rows = [| [ 0, 0.75; 1, 0.25 ]; [ 1, 0.5; 2, 0.5 ]; [ 2, 0.25; 3, 0.75 ] |]

            check
                (fun pixels ->
                    [|
                        for i in 0..2 do
                            for j in 0..2 do
                                for c in 0..2 ->
                                    rows[i]
                                    |> List.sumBy (fun (a, w) ->
                                        w * (pixel pixels a (2 * j) c + pixel pixels a (2 * j + 1) c) / 2.0)
                    |])
                [ Resize(3, AreaAverage) ])

        testCase "a bilinear pixel lies between the centres of its neighbours" (fun () ->
            let pixel (pixels: float[]) i j c = pixels[(i * 6 + j) * 3 + c]
            // Centres of three new rows among four old ones lie at 1/6, 3/2, 17/6; of three columns among six at 1/2, 5/2, 9/2.
            let rows =
                [|
                    [ 0, 5.0 / 6.0; 1, 1.0 / 6.0 ]
                    [ 1, 0.5; 2, 0.5 ]
                    [ 2, 1.0 / 6.0; 3, 5.0 / 6.0 ]
                |]

            check
                (fun pixels ->
                    [|
                        for i in 0..2 do
                            for j in 0..2 do
                                for c in 0..2 ->
                                    rows[i]
                                    |> List.sumBy (fun (a, w) ->
                                        w * (pixel pixels a (2 * j) c + pixel pixels a (2 * j + 1) c) / 2.0)
                    |])
                [ Resize(3, Bilinear) ])

        testCase "resizing a constant image leaves it constant, and to its own size as it is" (fun () ->
            for resampling in [ AreaAverage; Bilinear ] do
                for side in [ 1; 2; 3; 5; 7; 11; 28 ] do
                    // Half of the images black and half white: the standardized inputs are exactly these two values.
                    let pixels = Array.init (10 * 25) (fun i -> if i / 25 % 2 = 0 then 0uy else 255uy)

                    let images =
                        LabelledImages.create 5 5 1 pixels (Array.init 10 (fun i -> i % 2)) |> ok

                    let protocol =
                        { Protocol.create [ 0; 1 ] 10 10 with
                            Transforms = [ Resize(side, resampling) ]
                        }

                    let split = Protocol.apply protocol { Train = images; Test = images } |> ok

                    for mu in 0n .. 9n do
                        for x in split.Train.Inputs.Row(mu).ToArray() do
                            close 1e-13 (if mu % 2n = 0n then -1.0 else 1.0) x

            check id []

            let square: ImageSplit =
                {
                    Train = random 5 5 1 9
                    Test = random 5 5 1 9
                }

            let plain = Protocol.apply (Protocol.create [ 0; 1 ] 5 5) square |> ok

            for resampling in [ AreaAverage; Bilinear ] do
                let same =
                    Protocol.apply
                        { Protocol.create [ 0; 1 ] 5 5 with
                            Transforms = [ Grayscale; Resize(5, resampling) ]
                        }
                        square
                    |> ok

                Expect.equal (same.Train.Inputs.ToArray()) (plain.Train.Inputs.ToArray()) "inputs")

        testProperty
            "the training inputs have mean 0 and deviation 1, and the test inputs go through the same map"
            (fun (seed: uint64) ->
                let protocol =
                    { Protocol.create [ 0; 1; 2 ] 7 12 with
                        Order = Shuffled seed
                    }

                let split = Protocol.apply protocol { images with Test = images.Train } |> ok
                let mean, deviation = moments (entries split.Train.Inputs)

                let rows (data: DataSet) =
                    [ for mu in 0 .. data.Count - 1 -> data.Inputs.Row(nativeint mu).ToArray() ]
                // 504 terms of order 1.
                let standard = abs mean < 1e-13 && abs (deviation - 1.0) < 1e-13
                // The steps between the 256 grey values are the same in both sets: x = (k/255 - m)/s for whole k.
                let levels =
                    rows split.Train @ rows split.Test
                    |> Seq.concat
                    |> Seq.distinctBy (fun x -> Math.Round(x, 10))
                    |> Seq.length

                let all = List.distinct (rows split.Test) |> List.length
                standard && levels <= 256 && all = 12)

        testCase "a shuffled selection repeats with its seed, and another seed selects others" (fun () ->
            let inputs seed =
                let protocol =
                    { Protocol.create [ 0; 1; 2 ] 10 5 with
                        Order = Shuffled seed
                    }

                entries (Protocol.apply protocol images |> ok).Train.Inputs

            Expect.equal (inputs 1UL) (inputs 1UL) "inputs"
            Expect.notEqual (inputs 1UL) (inputs 2UL) "inputs")

        testCase "what a protocol cannot do is said in one sentence" (fun () ->
            let says protocol images (text: string) =
                Expect.equal (Protocol.apply protocol images |> sentence) text "sentence"

            let two = Protocol.create [ 0; 1 ] 5 5
            says (Protocol.create [] 5 5) images "The number of chosen labels is 0: at least two are needed."
            says (Protocol.create [ 1 ] 5 5) images "The number of chosen labels is 1: at least two are needed."
            says (Protocol.create [ 1; 1 ] 5 5) images "The label 1 is chosen twice: labels must differ."
            says (Protocol.create [ 1; 7 ] 5 5) images "No training example has the label 7."
            says { two with Train = 0 } images "The number of training examples is 0: it must be at least 1."
            says { two with Test = -1 } images "The number of test examples is -1: it must be at least 1."

            says
                { Protocol.create [ 0; 1; 2 ] 5 5 with
                    Encoding = Signs
                }
                images
                "The targets of 3 labels cannot be signs: use one-hot targets."

            says
                { two with
                    Transforms = [ Resize(0, Bilinear) ]
                }
                images
                "Images cannot be resized to 0 x 0 pixels: the side must be from 1 to 4096."

            says
                { two with Transforms = [ Grayscale ] }
                {
                    Train = random 2 2 4 9
                    Test = random 2 2 4 9
                }
                "Images with 4 channels cannot be made grey: they need 3 (red, green, blue)."

            says two { images with Test = random 6 4 3 12 } "The training and the test images differ in size."

            let grey =
                LabelledImages.create 2 2 1 (Array.create 36 51uy) (Array.init 9 (fun i -> i % 3))
                |> ok

            says
                two
                { Train = grey; Test = grey }
                "All 20 training inputs have the value 0.2: constant data cannot be standardized.")

        testCase "a split of any kind is standardized, and stays as it was" (fun () ->
            let data rows =
                DataSet.create (matrixOf rows) (matrixOf [ for _ in rows -> [ 1.0 ] ]) |> ok

            let split =
                Split.create (data [ [ 0.0; 2.0 ]; [ 4.0; 6.0 ] ]) (data [ [ 3.0; 8.0 ] ]) |> ok

            let standardized = Standardization.apply split |> ok
            // Mean 3, deviation sqrt 5.
            Expect.within 2.3e-16 (standardized.Train.Inputs[1n, 1n]) (3.0 / sqrt 5.0) "an input, to the last digit"
            Expect.allWithin 1e-15 (entries standardized.Test.Inputs) [ 0.0; sqrt 5.0 ] "inputs"
            Expect.equal (split.Train.Inputs[1n, 1n]) 6.0 "inputs"

            // A million times 0.1 has a mean that is rounded: no deviation may come of it.
            let constant =
                DataSet.create
                    (FiniteWidth.Numerics.Matrix.Create(1000n, 1000n, fun _ _ -> 0.1))
                    (FiniteWidth.Numerics.Matrix.Zeros(1000n, 1n))
                |> ok

            Expect.stringStarts
                (Standardization.ofInputs constant |> sentence)
                "All 1000000 training inputs have the value 0.1"
                "sentence"

            // The squares of these underflow.
            let tiny = data [ [ 1e-200; -1e-200 ] ]
            Expect.stringContains (Standardization.ofInputs tiny |> sentence) "beyond what doubles can hold" "sentence")
    ]
