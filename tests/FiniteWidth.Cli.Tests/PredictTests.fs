/// `finitewidth predict`: one JSON document that says what the issue of a job prescribes, with the numbers of the library.
module FiniteWidth.Cli.Tests.PredictTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private document outcome =
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.Clone()

let private points (root: JsonElement) =
    root.GetProperty("points").EnumerateArray() |> List.ofSeq

let private numbers (name: string) (element: JsonElement) =
    [ for item in element.GetProperty(name).EnumerateArray() -> item.GetDouble() ]

let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

let private names (element: JsonElement) =
    [ for property in element.EnumerateObject() -> property.Name ]

let private predictJob job =
    inFolder (predict job >> run >> document)

let private predictArrays arrays changes =
    inFolder (predictFrom arrays changes >> run >> document)

let private rows (name: string) (element: JsonElement) =
    [
        for row in element.GetProperty(name).EnumerateArray() ->
            [ for item in row.EnumerateArray() -> item.GetDouble() ]
    ]

let tests =
    testList "Predict" [
        testCase "The result has the keys that the format prescribes, in that order" (fun () ->
            let root =
                predictJob (soundBut [ "network", """{"activation": "erf", "widths": [20000]}""" ])

            let point = (points root).Head

            Expect.equal
                (names root)
                [
                    "points"
                    "version"
                    "command"
                    "job"
                    "seeds"
                    "provider"
                    "machine"
                    "started"
                    "seconds"
                ]
                "names"

            Expect.equal
                (names point)
                [
                    "widths"
                    "priors"
                    "temperature"
                    "orderParameters"
                    "action"
                    "residual"
                    "stationaryPoints"
                    "logEvidence"
                    "loss"
                    "bias"
                    "variance"
                    "errorBar"
                    "assumptionError"
                    "assumptionErrorStandardError"
                    "criterion"
                ]
                "names"

            Expect.equal (names (point.GetProperty "orderParameters")) [ "Qbar" ] "order parameters"

            Expect.equal
                (names (point.GetProperty "criterion"))
                [
                    "r"
                    "slope"
                    "exactSlope"
                    "exactSlopeError"
                    "finiteWidthWins"
                    "verdict"
                    "decidedBy"
                ]
                "criterion"

            Expect.equal (names (root.GetProperty "seconds")) [ "read"; "solve" ] "seconds"
            let stationary = point.GetProperty("stationaryPoints").EnumerateArray() |> Seq.head
            Expect.equal (names stationary) [ "Qbar"; "action"; "kind"; "residual" ] "names"
            Expect.equal (stationary.GetProperty("kind").GetString()) "minimum" "kind"
            Expect.isNonEmpty (root.GetProperty("provider").GetString()) "provider")

        testCase "The numbers are the library's to the last bit" (fun () ->
            let point = (points (predictJob (soundBut []))).Head

            let split = soundSplit

            let expected =
                LearningCurve.overWidths Theory.proportional 0.01 split [ 20 ] (Network.dense Activation.erf [ 20 ])
                |> Result.orFail
                |> List.head

            Expect.equal (number "loss" point) expected.Score.Loss "loss"
            Expect.equal (number "bias" point) expected.Score.Bias "bias"
            Expect.equal (number "variance" point) expected.Score.Variance "variance"
            Expect.equal (number "logEvidence" point) (Posterior.logEvidence expected.Posterior) "logEvidence"

            Expect.equal
                (numbers "Qbar" (point.GetProperty "orderParameters"))
                (List.ofArray expected.Posterior.OrderParameters)
                "order parameters")

        testCase "A sweep is the product of its lists, widths outermost and temperatures innermost" (fun () ->
            let root =
                predictJob (
                    soundBut [
                        "network", """{"activation": "erf", "widths": [7, 9], "priors": [1, 2, 3]}"""
                        "sweep", """{"width": [10, 20], "prior": [0.5, 4], "temperature": [0.1, 0.01]}"""
                    ]
                )

            let expected =
                [
                    for width in [ 10.0; 20.0 ] do
                        for prior in [ 0.5; 4.0 ] do
                            for temperature in [ 0.1; 0.01 ] -> [ width; width ], [ 1.0; 2.0; prior ], temperature
                ]

            let actual =
                [
                    for point in points root ->
                        numbers "widths" point, numbers "priors" point, number "temperature" point
                ]

            Expect.equal actual expected "value")

        testCase "A point of a sweep is what it is alone" (fun () ->
            let swept =
                predictJob (
                    soundBut [
                        "sweep", """{"width": [10, 20], "prior": [0.5, 1], "temperature": [0.1, 0.01]}"""
                    ]
                )

            let alone = predictJob (soundBut [])
            let last = List.last (points swept)
            // The same kernel and the same arithmetic, but a decomposition that an earlier point may have scaled: a few roundings.
            for name in [ "loss"; "bias"; "variance"; "logEvidence"; "action" ] do
                Expect.withinPercent 1e-11 (number name last) (number name (points alone).Head) "number"

            let criterion (point: JsonElement) =
                number "slope" (point.GetProperty "criterion")
            // Finite differences of the loss: 1e-8 of relative accuracy is theirs to lose.
            Expect.withinPercent 1e-6 (criterion last) (criterion (points alone).Head) "criterion")

        testCase "Unequal widths, priors and biases come back as they were given" (fun () ->
            let root =
                predictJob (
                    soundBut [
                        "network",
                        """{"activation": "erf", "widths": [7, 9], "priors": [1.5, 2, 3], "biases": [0.5, null]}"""
                    ]
                )

            let point = (points root).Head
            Expect.equal (numbers "widths" point) [ 7.0; 9.0 ] "widths"
            Expect.equal (numbers "priors" point) [ 1.5; 2.0; 3.0 ] "priors"
            Expect.equal ((numbers "Qbar" (point.GetProperty "orderParameters")).Length) 2 "order parameters")

        testCase "A bias changes the prediction and null leaves it out" (fun () ->
            let loss biases =
                let network =
                    sprintf """{"activation": "erf", "widths": [20], "biases": %s}""" biases

                predictJob (soundBut [ "network", network ])
                |> points
                |> List.head
                |> number "loss"

            Expect.equal (loss "[null]") (loss "null") "[null]"
            Expect.isGreaterThan (abs (loss "[1.0]" / loss "null" - 1.0)) 1e-3 "a bias changes the loss")

        testTheory
            "Every theory takes any activation and no number is missing from its result"
            [ "linear"; "relu"; "tanh"; "gelu" ]
            (fun activation ->
                for theory in [ "infinite-width"; "proportional"; "wishart"; "non-odd" ] do
                    let network = $"{{\"activation\": \"{activation}\", \"widths\": [20, 30]}}"
                    let job = soundBut [ "network", network; "theory", $"\"{theory}\"" ]
                    let outcome = inFolder (predict job >> run)
                    Expect.stringLacks outcome.Out "NaN" "out"
                    let point = (points (document outcome)).Head
                    let count = if theory = "infinite-width" then 0 else 2
                    let orderParameters = point.GetProperty "orderParameters"

                    Expect.equal
                        (if count = 0 then
                             0
                         else
                             (numbers "Qbar" orderParameters).Length)
                        count
                        "if count"

                    Expect.withinPercent
                        1e-12
                        (number "loss" point)
                        (number "bias" point + number "variance" point)
                        "loss")

        testCase "Infinite width has no order parameters and takes several outputs" (fun () ->
            let changes =
                [
                    "y_train", doubles [ 6; 2 ] (digits 2 12)
                    "y_test", doubles [ 4; 2 ] (digits 4 8)
                ]

            let point =
                (points (predictArrays (arraysBut changes) [ "theory", "\"infinite-width\"" ])).Head

            Expect.isEmpty (names (point.GetProperty "orderParameters")) "order parameters"
            Expect.isGreaterThan (number "loss" point) 0.0 "loss")

        testCase "At zero temperature the order parameter solves its quadratic equation" (fun () ->
            let point =
                predictJob (
                    soundBut [
                        "temperature", "0"
                        "network", """{"activation": "erf", "widths": [4], "priors": [1, 2]}"""
                    ]
                )
                |> points
                |> List.head

            let qbar = (numbers "Qbar" (point.GetProperty "orderParameters")).Head
            let r = number "r" (point.GetProperty "criterion")
            // Rounding in r, through the inverse of a kernel of condition number below 1e4.
            Expect.withinPercent 1e-9 qbar (SaddlePoint.zeroTemperature (8.0 / 4.0) r) "qbar"
            Expect.equal (number "temperature" point) 0.0 "temperature")

        testCase "Doubles, singles, integers and bytes of the same values give the same prediction" (fun () ->
            let loss encode =
                predictArrays (arrays encode) [] |> points |> List.head |> number "loss"

            let expected = loss doubles
            Expect.equal [ loss singles; loss integers; loss bytes ] [ expected; expected; expected ] "loss")

        testCase "Standardized inputs are what standardizing them beforehand makes of them" (fun () ->
            let train = digits 1 18
            let mean = List.average train
            let deviation = train |> List.averageBy (fun x -> (x - mean) ** 2.0) |> sqrt

            let scaled values =
                values |> List.map (fun x -> (x - mean) / deviation)

            let byHand =
                predictArrays
                    (arraysBut [
                        "x_train", doubles [ 6; 3 ] (scaled train)
                        "x_test", doubles [ 4; 3 ] (scaled (digits 3 12))
                    ])
                    []

            let asked =
                inFolder (fun folder ->
                    npz (Path.Combine(folder, "data.npz")) (arrays doubles)

                    predict
                        (soundBut [ "data", """{"source": "npz", "path": "data.npz", "standardize": "scalar"}""" ])
                        folder
                    |> run
                    |> document)

            let loss root = number "loss" (points root).Head
            // A few roundings of the inputs.
            Expect.withinPercent 1e-9 (loss asked) (loss byHand) "loss")

        testCase "A table of text gives what an archive of the same numbers gives" (fun () ->
            let line (x: float list) (y: float) =
                String.Join(",", [ for v in x @ [ y ] -> string v ])

            let table name seeds count folder =
                let x, y =
                    digits (fst seeds) (3 * count) |> List.chunkBySize 3, digits (snd seeds) count

                File.WriteAllLines(Path.Combine(folder, name), "a,b,c,y" :: List.map2 line x y)

            let fromText =
                inFolder (fun folder ->
                    table "train.csv" (1, 2) 6 folder
                    table "test.csv" (3, 4) 4 folder

                    predict
                        (soundBut [ "data", """{"source": "csv", "train": "train.csv", "test": "test.csv"}""" ])
                        folder
                    |> run
                    |> document)

            let fromArchive = predictArrays (arrays doubles) []
            Expect.equal (number "loss" (points fromText).Head) (number "loss" (points fromArchive).Head) "loss")

        testTheory
            "Every teacher teaches, and the same for the same seed"
            [
                "\"kind\": \"linear\", \"noise\": 0.1"
                "\"kind\": \"hidden-layer\", \"hidden\": 4, \"activation\": \"tanh\", \"noise\": 0.1"
                "\"kind\": \"template\", \"templates\": 2, \"trainNoise\": 0.1, \"testNoise\": 0.2"
                "\"kind\": \"random-labels\""
            ]
            (fun teacher ->
                let loss seed =
                    let source =
                        $"{{\"source\": \"teacher\", {teacher}, \"inputs\": 5, \"train\": 8, \"test\": 6, \"seed\": {seed}}}"

                    predictJob (soundBut [ "data", source ]) |> points |> List.head |> number "loss"

                Expect.equal (loss 3) (loss 3) "loss"
                Expect.notEqual (loss 4) (loss 3) "loss")

        testCase "MNIST is taken in file order without a seed and drawn with one" (fun () ->
            requireMnist ()

            let loss seed =
                let source =
                    $"{{\"source\": \"mnist\", \"labels\": [3, 8], \"train\": 20, \"test\": 20, \"seed\": {seed}}}"

                predictJob (soundBut [ "data", source ]) |> points |> List.head |> number "loss"

            Expect.equal (loss "null") (loss "null") "null"
            Expect.notEqual (loss "1") (loss "null") "1")

        testCase "Comments, a byte order mark and whole numbers written with a point are no mistakes" (fun () ->
            let job =
                "\uFEFF// a note\n"
                + soundBut [ "network", """{"activation": "erf", "widths": [20.0]}""" ]

            Expect.equal ((points (predictJob job)).Length) 1 "length of points")

        testCase "Widths whose sum is beyond integers are wide, not wrong" (fun () ->
            let network = """{"activation": "erf", "widths": [2000000000, 2000000000]}"""
            let point = (points (predictJob (soundBut [ "network", network ]))).Head
            // Qbar = 1 + O(P/N), and P/N is below 1e-8 here.
            for qbar in numbers "Qbar" (point.GetProperty "orderParameters") do
                Expect.within 1e-7 qbar 1.0 "qbar")

        testCase "The non-odd theory reports Q beside Qbar, the chosen point a saddle" (fun () ->
            let network = """{"activation": "relu", "widths": [20], "priors": [1, 2]}"""

            let point =
                (points (predictJob (soundBut [ "network", network; "theory", "\"non-odd\"" ]))).Head

            let orderParameters = point.GetProperty "orderParameters"
            Expect.equal (names orderParameters) [ "Qbar"; "Q" ] "names"
            Expect.equal ((numbers "Qbar" orderParameters).Length) 1 "length of Qbar"
            Expect.isGreaterThan ((numbers "Q" orderParameters).Head) -1.0 "head of Q"
            let stationary = point.GetProperty("stationaryPoints").EnumerateArray() |> Seq.head
            Expect.equal (stationary.GetProperty("kind").GetString()) "saddle of index 1" "kind")

        testCase "The verdict follows the exact slope, and what is missing has a reason" (fun () ->
            let widths =
                [
                    "network", """{"activation": "erf", "widths": [20]}"""
                    "sweep", """{"width": [1, 20000]}"""
                ]

            let sweep more =
                predictJob (soundBut (widths @ more)) |> points

            let text (name: string) (element: JsonElement) =
                nonNull (element.GetProperty(name).GetString())

            match sweep [] with
            | [ narrow; wide ] ->
                Expect.equal (narrow.GetProperty("assumptionError").ValueKind) JsonValueKind.Null "assumption error"

                Expect.equal
                    (narrow.GetProperty("assumptionErrorStandardError").ValueKind)
                    JsonValueKind.Null
                    "assumption error standard error"

                Expect.stringStarts
                    (text "assumptionErrorReason" narrow)
                    "At N = 1 the first order in 1/N is"
                    "assumptionErrorReason"

                let criterion = wide.GetProperty "criterion"
                let slope, exact = number "slope" criterion, number "exactSlope" criterion
                let error = number "exactSlopeError" criterion

                Expect.withinPercent
                    1e-9
                    (number "assumptionError" wide)
                    (abs (slope - exact) / 20000.0)
                    "assumptionError"

                Expect.withinPercent
                    1e-9
                    (number "assumptionErrorStandardError" wide)
                    (error / 20000.0)
                    "assumptionErrorStandardError"

                Expect.equal (text "decidedBy" criterion) "exactSlope" "decidedBy"

                let verdict, wins =
                    if exact < -2.0 * error then "wins", JsonValueKind.True
                    elif exact > 2.0 * error then "loses", JsonValueKind.False
                    else "undecided", JsonValueKind.Null

                Expect.equal (text "verdict" criterion) verdict "verdict"
                Expect.equal (criterion.GetProperty("finiteWidthWins").ValueKind) wins "finite width wins"
                // The slope is a property of infinite width.
                Expect.equal (number "exactSlope" (narrow.GetProperty "criterion")) exact "criterion"
            | other -> failtest $"{other}"

            for point in sweep [ "expansion", "false" ] do
                let criterion = point.GetProperty "criterion"
                Expect.stringContains (text "exactSlopeReason" criterion) "not asked for" "exactSlopeReason"
                Expect.stringContains (text "assumptionErrorReason" point) "not asked for" "assumptionErrorReason"
                Expect.equal (text "decidedBy" criterion) "slope" "decidedBy"

                Expect.equal
                    (text "verdict" criterion)
                    (if number "slope" criterion < 0.0 then "wins" else "loses")
                    "verdict"

            let outcome = inFolder (predict (soundBut [ "expansion", "\"no\"" ]) >> run)
            Expect.equal outcome.Code 2 "code"

            Expect.stringContains
                outcome.Err
                "job.expansion: this is the text \"no\", and true or false is needed."
                "err")

        testCase
            "The Student-t process reports its degrees of freedom, its inflation and its distance from the saddle"
            (fun () ->
                let point theory =
                    (points (
                        predictJob (
                            soundBut [
                                "theory", $"\"{theory}\""
                                "network", """{"activation": "erf", "widths": [30]}"""
                            ]
                        )
                    ))
                        .Head

                let studentT, saddle = point "student-t", point "wishart"
                Expect.within 1e-10 (number "degreesOfFreedom" studentT) 34.0 "degreesOfFreedom"

                Expect.within
                    1e-14
                    (number "errorBar" studentT)
                    (number "loss" studentT - number "loss" saddle)
                    "errorBar"

                Expect.isGreaterThan
                    ((numbers "Qbar" (studentT.GetProperty "orderParameters")).Head)
                    0.0
                    "order parameters"

                Expect.notEqual (number "logEvidence" studentT) (number "logEvidence" saddle) "logEvidence")

        testCase "The mixture reports its mean scale, its evidence and the error bar beside the saddle" (fun () ->
            let point theory =
                (points (predictJob (soundBut [ "theory", $"\"{theory}\"" ]))).Head

            let mixture, saddle = point "mixture", point "wishart"
            let loss, saddleLoss = number "loss" mixture, number "loss" saddle
            Expect.within 1e-14 (number "errorBar" mixture) (loss - saddleLoss) "errorBar"
            Expect.notEqual (number "errorBar" mixture) 0.0 "errorBar"
            Expect.within 1e-14 (number "errorBar" saddle) (loss - saddleLoss) "errorBar"
            Expect.isFalse (List.contains "errorBar" (names (point "infinite-width"))) "errorBar"

            Expect.stringContains
                (nonNull ((point "infinite-width").GetProperty("errorBarReason").GetString()))
                "no order parameter"
                "error bar reason"

            Expect.within 1e-14 loss (number "bias" mixture + number "variance" mixture) "loss"
            Expect.notEqual (number "logEvidence" mixture) (number "logEvidence" saddle) "logEvidence"
            Expect.equal ((numbers "Qbar" (mixture.GetProperty "orderParameters")).Length) 1 "order parameters")

        testCase "Gradient flow is predicted at every time of a sweep, null being the end" (fun () ->
            let flow changes =
                points (predictJob (soundBut ([ "theory", "\"ntk\"" ] @ changes)))

            let swept =
                flow [
                    "temperature", "0"
                    "sweep", """{"prior": [1.0, 2.0], "time": [0, 2.5, null]}"""
                ]

            Expect.equal swept.Length 6 "length of swept"

            for point in swept do
                Expect.within 1e-14 (number "loss" point) (number "bias" point + number "variance" point) "loss"

            let kinds = swept |> List.map (fun point -> point.GetProperty("time").ValueKind)
            Expect.equal (kinds[2]) JsonValueKind.Null "kinds"
            Expect.equal (number "time" swept[1]) 2.5 "time"
            // Eight examples in five dimensions, and an erf network: Theta is regular, and everything is learnt.
            Expect.isGreaterThan (number "trainLoss" swept[0]) (number "trainLoss" swept[1]) "trainLoss"
            Expect.equal (number "trainLoss" swept[2]) 0 "trainLoss"
            let one = flow [ "temperature", "0"; "time", "2.5" ]
            Expect.equal (number "loss" one.Head) (number "loss" swept[1]) "loss"
            let ended = flow [ "temperature", "0" ]
            Expect.equal (number "loss" ended.Head) (number "loss" swept[2]) "loss")

        testTheory
            "One-hot targets have a matrix for an order parameter, and an accuracy"
            [ "proportional", 1; "wishart", 2 ]
            (fun (theory, depth) ->
                let oneHot =
                    [ for mu in 0..5 -> if mu % 2 = 0 then [ 1.0; 0.0 ] else [ 0.0; 1.0 ] ]
                    |> List.concat

                let widths = List.replicate depth "30" |> String.concat ", "

                let point =
                    predictArrays
                        (arraysBut [
                            "y_train", doubles [ 6; 2 ] oneHot
                            "y_test", doubles [ 4; 2 ] (List.truncate 8 oneHot)
                        ])
                        [
                            "theory", $"\"{theory}\""
                            "network", $"""{{"activation": "erf", "widths": [{widths}]}}"""
                        ]
                    |> points
                    |> List.head

                let q = point.GetProperty "orderParameters" |> rows "Qbar"
                Expect.equal (List.map List.length q) [ 2; 2 ] "q"
                // Symmetric to rounding.
                Expect.within 1e-14 (q[0][1]) (q[1][0]) "q"
                Expect.isLessThan (number "residual" point) 1e-10 "residual"
                Expect.isInRange (number "accuracy" point) 0.0 1.0 "accuracy"
                Expect.within 1e-12 (number "loss" point) (number "bias" point + number "variance" point) "loss")

        testCase
            "The mixture of two outputs reports the mean of its matrix, the error bar and the quadrature's error"
            (fun () ->
                let oneHot =
                    [ for mu in 0..5 -> if mu % 2 = 0 then [ 1.0; 0.0 ] else [ 0.0; 1.0 ] ]
                    |> List.concat

                let point theory =
                    predictArrays
                        (arraysBut [
                            "y_train", doubles [ 6; 2 ] oneHot
                            "y_test", doubles [ 4; 2 ] (List.truncate 8 oneHot)
                        ])
                        [
                            "theory", $"\"{theory}\""
                            "network", """{"activation": "erf", "widths": [30]}"""
                        ]
                    |> points
                    |> List.head

                let mixture, saddle = point "mixture", point "proportional"
                let q = mixture.GetProperty "orderParameters" |> rows "Qbar"
                Expect.equal (List.map List.length q) [ 2; 2 ] "q"
                Expect.notEqual q (saddle.GetProperty "orderParameters" |> rows "Qbar") "q"

                Expect.within
                    1e-12
                    (number "errorBar" mixture)
                    (number "loss" mixture - number "loss" saddle)
                    "errorBar"

                Expect.isInRange (number "quadratureError" mixture) 0.0 1e-4 "quadratureError"
                Expect.isInRange (number "accuracy" mixture) 0.0 1.0 "accuracy"
                Expect.isFalse (List.contains "quadratureError" (names saddle)) "quadratureError")

        testTheory
            "A convolutional network has an order parameter for its patches, and sweeps over its filters"
            [ "none", 4; "average", 1 ]
            (fun (pooling, order) ->
                let results =
                    soundBut [
                        "data",
                        """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
                        "network",
                        $"""{{"kind": "convolution", "activation": "erf", "widths": [20], "priors": [1, 2], "patch": 2, "stride": 2, "image": [4, 4], "pooling": "{pooling}"}}"""
                        "sweep", """{"width": [20, 1000000000]}"""
                    ]
                    |> predictJob
                    |> points

                for point in results do
                    Expect.isLessThan (number "residual" point) 1e-10 "residual"
                    Expect.equal ((point.GetProperty "orderParameters" |> rows "Qbar").Length) order "length of rows"

                // P/N_c = 1e-8, times beta y^2 of order 100.
                let wide = results[1].GetProperty "orderParameters" |> rows "Qbar"
                Expect.within 1e-5 (wide[0][0]) 1.0 "wide")

        testTheory
            "Several convolutional layers have an order parameter for their final positions, or one number"
            [
                "\"theory\": \"wishart\"", "", 4
                "\"theory\": \"wishart\"", "\"pooling\": \"average\",", 1
                "\"theory\": \"wishart\"", "\"widths\": [20], \"biases\": [null, 2, null],", 1
                "\"theory\": \"proportional\"", "", 4
                "\"theory\": \"infinite-width\"", "", 4
                "\"theory\": \"auto\"", "", 4
            ]
            (fun (theory, more, order) ->
                let job =
                    $"""{{"data": {{"source": "teacher", "kind": "linear", "inputs": 32, "train": 8, "test": 6, "noise": 0.1, "seed": 1}},
                        "network": {{"kind": "convolution", "activation": "erf", "image": [4, 4], "channels": 2, {more}
                          "layers": [{{"channels": 20, "patch": 3, "padding": 1}},
                                     {{"channels": 20, "patch": [2, 3], "stride": [2, 2], "padding": "same"}}]}},
                        "temperature": 0.01, {theory}, "sweep": {{"width": [20, 1000000000], "prior": [1, 2]}}}}"""

                let results = predictJob job |> points
                Expect.hasLength results 4 "points"

                for point in results do
                    Expect.isLessThan (number "residual" point) 1e-8 "residual"
                    Expect.equal ((point.GetProperty "orderParameters" |> rows "Qbar").Length) order "length of rows"

                let wide = results[2].GetProperty "orderParameters" |> rows "Qbar"
                Expect.within 1e-5 (wide[0][0]) 1.0 "wide")

        testCase "An activation can be a formula" (fun () ->
            let loss network =
                (points (predictJob (soundBut [ "network", network ]))).Head |> number "loss"

            // The same closed form, and the same series: not a bit differs.
            for name, formula in
                [
                    "relu", "max(z, 0)"
                    "tanh", "tanh(z)"
                    "leaky-relu", "if(z > 0, z, 0.01 * z)"
                ] do
                Expect.equal
                    (loss $"""{{"activation": {{"formula": "{formula}"}}, "widths": [20]}}""")
                    (loss $"""{{"activation": "{name}", "widths": [20]}}""")
                    formula

            // Nothing built in: the same activation by another road, its series to an accuracy that T = 0.01 magnifies.
            let own =
                loss """{"activation": {"formula": "tanh(z) * (z / 2 + z / 2)"}, "widths": [20]}"""

            let coarse =
                loss """{"activation": {"formula": "z * tanh(z)", "accuracy": 1e-6}, "widths": [20]}"""

            Expect.within (1e-3 * coarse) own coarse "own")

        testCase "The activation of a teacher can be a formula" (fun () ->
            let loss activation =
                let data =
                    $"""{{"source": "teacher", "kind": "hidden-layer", "inputs": 5, "hidden": 7, "activation": {activation}, "train": 8, "test": 6}}"""

                (points (predictJob (soundBut [ "data", data ]))).Head |> number "loss"

            Expect.equal (loss """{"formula": "max(z, 0)"}""") (loss "\"relu\"") "{formula: max(z, 0)}")
    ]
