/// `finitewidth predict`: one JSON document that says what the issue of a job prescribes, with the numbers of the library.
module FiniteWidth.Cli.Tests.PredictTests

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs

let private document outcome =
    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Code, Is.EqualTo 0)
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

[<Test>]
let ``The result has the keys that the format prescribes, in that order`` () =
    let root =
        predictJob (soundBut [ "network", """{"activation": "erf", "widths": [20000]}""" ])

    let point = (points root).Head

    Assert.That(
        names root,
        equalTo
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
    )

    Assert.That(
        names point,
        equalTo
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
    )

    Assert.That(names (point.GetProperty "orderParameters"), equalTo [ "Qbar" ])

    Assert.That(
        names (point.GetProperty "criterion"),
        equalTo
            [
                "r"
                "slope"
                "exactSlope"
                "exactSlopeError"
                "finiteWidthWins"
                "verdict"
                "decidedBy"
            ]
    )

    Assert.That(names (root.GetProperty "seconds"), equalTo [ "read"; "solve" ])
    let stationary = point.GetProperty("stationaryPoints").EnumerateArray() |> Seq.head
    Assert.That(names stationary, equalTo [ "Qbar"; "action"; "kind"; "residual" ])
    Assert.That(stationary.GetProperty("kind").GetString(), Is.EqualTo "minimum")
    Assert.That(root.GetProperty("provider").GetString(), Is.Not.Empty)

[<Test>]
let ``The numbers are the library's to the last bit`` () =
    let point = (points (predictJob (soundBut []))).Head

    let split =
        LinearTeacher.generate
            {
                Inputs = 5
                Train = 8
                Test = 6
                Noise = 0.1
                Seed = 1UL
            }
        |> Result.orFail

    let expected =
        LearningCurve.overWidths Theory.proportional 0.01 split [ 20 ] (Network.dense Activation.erf [ 20 ])
        |> Result.orFail
        |> List.head

    Assert.That(number "loss" point, Is.EqualTo expected.Score.Loss)
    Assert.That(number "bias" point, Is.EqualTo expected.Score.Bias)
    Assert.That(number "variance" point, Is.EqualTo expected.Score.Variance)
    Assert.That(number "logEvidence" point, Is.EqualTo(Posterior.logEvidence expected.Posterior))

    Assert.That(
        numbers "Qbar" (point.GetProperty "orderParameters"),
        equalTo (List.ofArray expected.Posterior.OrderParameters)
    )

[<Test>]
let ``A sweep is the product of its lists, widths outermost and temperatures innermost`` () =
    let root =
        predictJob (
            soundBut
                [
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
            for point in points root -> numbers "widths" point, numbers "priors" point, number "temperature" point
        ]

    Assert.That(actual, equalTo expected)

[<Test>]
let ``A point of a sweep is what it is alone`` () =
    let swept =
        predictJob (
            soundBut
                [
                    "sweep", """{"width": [10, 20], "prior": [0.5, 1], "temperature": [0.1, 0.01]}"""
                ]
        )

    let alone = predictJob (soundBut [])
    let last = List.last (points swept)
    // The same kernel and the same arithmetic, but a decomposition that an earlier point may have scaled: a few roundings.
    for name in [ "loss"; "bias"; "variance"; "logEvidence"; "action" ] do
        Assert.That(number name last, Is.EqualTo(number name (points alone).Head).Within(1e-11).Percent)

    let criterion (point: JsonElement) =
        number "slope" (point.GetProperty "criterion")
    // Finite differences of the loss: 1e-8 of relative accuracy is theirs to lose.
    Assert.That(criterion last, Is.EqualTo(criterion (points alone).Head).Within(1e-6).Percent)

[<Test>]
let ``Unequal widths, priors and biases come back as they were given`` () =
    let root =
        predictJob (
            soundBut
                [
                    "network",
                    """{"activation": "erf", "widths": [7, 9], "priors": [1.5, 2, 3], "biases": [0.5, null]}"""
                ]
        )

    let point = (points root).Head
    Assert.That(numbers "widths" point, equalTo [ 7.0; 9.0 ])
    Assert.That(numbers "priors" point, equalTo [ 1.5; 2.0; 3.0 ])
    Assert.That((numbers "Qbar" (point.GetProperty "orderParameters")).Length, Is.EqualTo 2)

[<Test>]
let ``A bias changes the prediction and null leaves it out`` () =
    let loss biases =
        let network =
            sprintf """{"activation": "erf", "widths": [20], "biases": %s}""" biases

        predictJob (soundBut [ "network", network ])
        |> points
        |> List.head
        |> number "loss"

    Assert.That(loss "[null]", Is.EqualTo(loss "null"))
    Assert.That(loss "[1.0]", Is.Not.EqualTo(loss "null").Within(0.1).Percent)

[<TestCase("linear")>]
[<TestCase("relu")>]
[<TestCase("tanh")>]
[<TestCase("gelu")>]
let ``Every theory takes any activation and no number is missing from its result`` (activation: string) =
    for theory in [ "infinite-width"; "proportional"; "wishart"; "non-odd" ] do
        let network = $"{{\"activation\": \"{activation}\", \"widths\": [20, 30]}}"
        let job = soundBut [ "network", network; "theory", $"\"{theory}\"" ]
        let outcome = inFolder (predict job >> run)
        Assert.That(outcome.Out, Does.Not.Contain "NaN")
        let point = (points (document outcome)).Head
        let count = if theory = "infinite-width" then 0 else 2
        let orderParameters = point.GetProperty "orderParameters"

        Assert.That(
            (if count = 0 then
                 0
             else
                 (numbers "Qbar" orderParameters).Length),
            Is.EqualTo count
        )

        Assert.That(
            number "loss" point,
            Is.EqualTo(number "bias" point + number "variance" point).Within(1e-12).Percent
        )

[<Test>]
let ``Infinite width has no order parameters and takes several outputs`` () =
    let changes =
        [
            "y_train", doubles [ 6; 2 ] (digits 2 12)
            "y_test", doubles [ 4; 2 ] (digits 4 8)
        ]

    let point =
        (points (predictArrays (arraysBut changes) [ "theory", "\"infinite-width\"" ])).Head

    Assert.That(names (point.GetProperty "orderParameters"), Is.Empty)
    Assert.That(number "loss" point, Is.GreaterThan 0.0)

[<Test>]
let ``At zero temperature the order parameter solves its quadratic equation`` () =
    let point =
        predictJob (
            soundBut
                [
                    "temperature", "0"
                    "network", """{"activation": "erf", "widths": [4], "priors": [1, 2]}"""
                ]
        )
        |> points
        |> List.head

    let qbar = (numbers "Qbar" (point.GetProperty "orderParameters")).Head
    let r = number "r" (point.GetProperty "criterion")
    // Rounding in r, through the inverse of a kernel of condition number below 1e4.
    Assert.That(qbar, Is.EqualTo(SaddlePoint.zeroTemperature (8.0 / 4.0) r).Within(1e-9).Percent)
    Assert.That(number "temperature" point, Is.EqualTo 0.0)

[<Test>]
let ``Doubles, singles, integers and bytes of the same values give the same prediction`` () =
    let loss encode =
        predictArrays (arrays encode) [] |> points |> List.head |> number "loss"

    let expected = loss doubles
    Assert.That([ loss singles; loss integers; loss bytes ], equalTo [ expected; expected; expected ])

[<Test>]
let ``Standardized inputs are what standardizing them beforehand makes of them`` () =
    let train = digits 1 18
    let mean = List.average train
    let deviation = train |> List.averageBy (fun x -> (x - mean) ** 2.0) |> sqrt

    let scaled values =
        values |> List.map (fun x -> (x - mean) / deviation)

    let byHand =
        predictArrays
            (arraysBut
                [
                    "x_train", doubles [ 6; 3 ] (scaled train)
                    "x_test", doubles [ 4; 3 ] (scaled (digits 3 12))
                ])
            []

    let asked =
        inFolder (fun folder ->
            npz (Path.Combine(folder, "data.npz")) (arrays doubles)

            predict (soundBut [ "data", """{"source": "npz", "path": "data.npz", "standardize": "scalar"}""" ]) folder
            |> run
            |> document)

    let loss root = number "loss" (points root).Head
    // A few roundings of the inputs.
    Assert.That(loss asked, Is.EqualTo(loss byHand).Within(1e-9).Percent)

[<Test>]
let ``A table of text gives what an archive of the same numbers gives`` () =
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

            predict (soundBut [ "data", """{"source": "csv", "train": "train.csv", "test": "test.csv"}""" ]) folder
            |> run
            |> document)

    let fromArchive = predictArrays (arrays doubles) []
    Assert.That(number "loss" (points fromText).Head, Is.EqualTo(number "loss" (points fromArchive).Head))

[<TestCase("\"kind\": \"linear\", \"noise\": 0.1")>]
[<TestCase("\"kind\": \"hidden-layer\", \"hidden\": 4, \"activation\": \"tanh\", \"noise\": 0.1")>]
[<TestCase("\"kind\": \"template\", \"templates\": 2, \"trainNoise\": 0.1, \"testNoise\": 0.2")>]
[<TestCase("\"kind\": \"random-labels\"")>]
let ``Every teacher teaches, and the same for the same seed`` (teacher: string) =
    let loss seed =
        let source =
            $"{{\"source\": \"teacher\", {teacher}, \"inputs\": 5, \"train\": 8, \"test\": 6, \"seed\": {seed}}}"

        predictJob (soundBut [ "data", source ]) |> points |> List.head |> number "loss"

    Assert.That(loss 3, Is.EqualTo(loss 3))
    Assert.That(loss 4, Is.Not.EqualTo(loss 3))

[<Test>]
let ``MNIST is taken in file order without a seed and drawn with one`` () =
    requireMnist ()

    let loss seed =
        let source =
            $"{{\"source\": \"mnist\", \"labels\": [3, 8], \"train\": 20, \"test\": 20, \"seed\": {seed}}}"

        predictJob (soundBut [ "data", source ]) |> points |> List.head |> number "loss"

    Assert.That(loss "null", Is.EqualTo(loss "null"))
    Assert.That(loss "1", Is.Not.EqualTo(loss "null"))

[<Test>]
let ``Comments, a byte order mark and whole numbers written with a point are no mistakes`` () =
    let job =
        "\uFEFF// a note\n"
        + soundBut [ "network", """{"activation": "erf", "widths": [20.0]}""" ]

    Assert.That((points (predictJob job)).Length, Is.EqualTo 1)

[<Test>]
let ``Widths whose sum is beyond integers are wide, not wrong`` () =
    let network = """{"activation": "erf", "widths": [2000000000, 2000000000]}"""
    let point = (points (predictJob (soundBut [ "network", network ]))).Head
    // Qbar = 1 + O(P/N), and P/N is below 1e-8 here.
    for qbar in numbers "Qbar" (point.GetProperty "orderParameters") do
        Assert.That(qbar, Is.EqualTo(1.0).Within 1e-7)

[<Test>]
let ``The non-odd theory reports Q beside Qbar, the chosen point a saddle`` () =
    let network = """{"activation": "relu", "widths": [20], "priors": [1, 2]}"""

    let point =
        (points (predictJob (soundBut [ "network", network; "theory", "\"non-odd\"" ]))).Head

    let orderParameters = point.GetProperty "orderParameters"
    Assert.That(names orderParameters, equalTo [ "Qbar"; "Q" ])
    Assert.That((numbers "Qbar" orderParameters).Length, Is.EqualTo 1)
    Assert.That((numbers "Q" orderParameters).Head, Is.GreaterThan -1.0)
    let stationary = point.GetProperty("stationaryPoints").EnumerateArray() |> Seq.head
    Assert.That(stationary.GetProperty("kind").GetString(), Is.EqualTo "saddle of index 1")

[<Test>]
let ``The verdict follows the exact slope, and what is missing has a reason`` () =
    let widths =
        [
            "network", """{"activation": "erf", "widths": [20]}"""
            "sweep", """{"width": [1, 20000]}"""
        ]

    let sweep more =
        predictJob (soundBut (widths @ more)) |> points

    let text (name: string) (element: JsonElement) = element.GetProperty(name).GetString()

    match sweep [] with
    | [ narrow; wide ] ->
        Assert.That(narrow.GetProperty("assumptionError").ValueKind, Is.EqualTo JsonValueKind.Null)
        Assert.That(narrow.GetProperty("assumptionErrorStandardError").ValueKind, Is.EqualTo JsonValueKind.Null)
        Assert.That(text "assumptionErrorReason" narrow, Does.StartWith "At N = 1 the first order in 1/N is")

        let criterion = wide.GetProperty "criterion"
        let slope, exact = number "slope" criterion, number "exactSlope" criterion
        let error = number "exactSlopeError" criterion
        Assert.That(number "assumptionError" wide, Is.EqualTo(abs (slope - exact) / 20000.0).Within(1e-9).Percent)
        Assert.That(number "assumptionErrorStandardError" wide, Is.EqualTo(error / 20000.0).Within(1e-9).Percent)
        Assert.That(text "decidedBy" criterion, Is.EqualTo "exactSlope")

        let verdict, wins =
            if exact < -2.0 * error then "wins", JsonValueKind.True
            elif exact > 2.0 * error then "loses", JsonValueKind.False
            else "undecided", JsonValueKind.Null

        Assert.That(text "verdict" criterion, Is.EqualTo verdict)
        Assert.That(criterion.GetProperty("finiteWidthWins").ValueKind, Is.EqualTo wins)
        // The slope is a property of infinite width.
        Assert.That(number "exactSlope" (narrow.GetProperty "criterion"), Is.EqualTo exact)
    | other -> Assert.Fail $"{other}"

    for point in sweep [ "expansion", "false" ] do
        let criterion = point.GetProperty "criterion"
        Assert.That(text "exactSlopeReason" criterion, Does.Contain "not asked for")
        Assert.That(text "assumptionErrorReason" point, Does.Contain "not asked for")
        Assert.That(text "decidedBy" criterion, Is.EqualTo "slope")
        Assert.That(text "verdict" criterion, Is.EqualTo(if number "slope" criterion < 0.0 then "wins" else "loses"))

    let outcome = inFolder (predict (soundBut [ "expansion", "\"no\"" ]) >> run)
    Assert.That(outcome.Code, Is.EqualTo 2)
    Assert.That(outcome.Err, Does.Contain "job.expansion: this is the text \"no\", and true or false is needed.")

[<Test>]
let ``The Student-t process reports its degrees of freedom, its inflation and its distance from the saddle`` () =
    let point theory =
        (points (
            predictJob (
                soundBut
                    [
                        "theory", $"\"{theory}\""
                        "network", """{"activation": "erf", "widths": [30]}"""
                    ]
            )
        ))
            .Head

    let studentT, saddle = point "student-t", point "wishart"
    Assert.That(number "degreesOfFreedom" studentT, Is.EqualTo(34.0).Within 1e-10)
    Assert.That(number "errorBar" studentT, Is.EqualTo(number "loss" studentT - number "loss" saddle).Within 1e-14)
    Assert.That((numbers "Qbar" (studentT.GetProperty "orderParameters")).Head, Is.GreaterThan 0.0)
    Assert.That(number "logEvidence" studentT, Is.Not.EqualTo(number "logEvidence" saddle))

[<Test>]
let ``The mixture reports its mean scale, its evidence and the error bar beside the saddle`` () =
    let point theory =
        (points (predictJob (soundBut [ "theory", $"\"{theory}\"" ]))).Head

    let mixture, saddle = point "mixture", point "wishart"
    let loss, saddleLoss = number "loss" mixture, number "loss" saddle
    Assert.That(number "errorBar" mixture, Is.EqualTo(loss - saddleLoss).Within 1e-14)
    Assert.That(number "errorBar" mixture, Is.Not.EqualTo 0.0)
    Assert.That(number "errorBar" saddle, Is.EqualTo(loss - saddleLoss).Within 1e-14)
    Assert.That(names (point "infinite-width"), Does.Not.Contain "errorBar")
    Assert.That((point "infinite-width").GetProperty("errorBarReason").GetString(), Does.Contain "no order parameter")
    Assert.That(loss, Is.EqualTo(number "bias" mixture + number "variance" mixture).Within 1e-14)
    Assert.That(number "logEvidence" mixture, Is.Not.EqualTo(number "logEvidence" saddle))
    Assert.That((numbers "Qbar" (mixture.GetProperty "orderParameters")).Length, Is.EqualTo 1)

[<Test>]
let ``Gradient flow is predicted at every time of a sweep, null being the end`` () =
    let flow changes =
        points (predictJob (soundBut ([ "theory", "\"ntk\"" ] @ changes)))

    let swept =
        flow
            [
                "temperature", "0"
                "sweep", """{"prior": [1.0, 2.0], "time": [0, 2.5, null]}"""
            ]

    Assert.That(swept.Length, Is.EqualTo 6)

    for point in swept do
        Assert.That(number "loss" point, Is.EqualTo(number "bias" point + number "variance" point).Within 1e-14)

    let kinds = swept |> List.map (fun point -> point.GetProperty("time").ValueKind)
    Assert.That(kinds[2], Is.EqualTo JsonValueKind.Null)
    Assert.That(number "time" swept[1], Is.EqualTo 2.5)
    // Eight examples in five dimensions, and an erf network: Theta is regular, and everything is learnt.
    Assert.That(number "trainLoss" swept[0], Is.GreaterThan(number "trainLoss" swept[1]))
    Assert.That(number "trainLoss" swept[2], Is.Zero)
    let one = flow [ "temperature", "0"; "time", "2.5" ]
    Assert.That(number "loss" one.Head, Is.EqualTo(number "loss" swept[1]))
    let ended = flow [ "temperature", "0" ]
    Assert.That(number "loss" ended.Head, Is.EqualTo(number "loss" swept[2]))

let private rows (name: string) (element: JsonElement) =
    [
        for row in element.GetProperty(name).EnumerateArray() ->
            [ for item in row.EnumerateArray() -> item.GetDouble() ]
    ]

[<TestCase("proportional", 1)>]
[<TestCase("wishart", 2)>]
let ``One-hot targets have a matrix for an order parameter, and an accuracy`` (theory: string, depth: int) =
    let oneHot =
        [ for mu in 0..5 -> if mu % 2 = 0 then [ 1.0; 0.0 ] else [ 0.0; 1.0 ] ]
        |> List.concat

    let widths = List.replicate depth "30" |> String.concat ", "

    let point =
        predictArrays
            (arraysBut
                [
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
    Assert.That(List.map List.length q, equalTo [ 2; 2 ])
    // Symmetric to rounding.
    Assert.That(q[0][1], Is.EqualTo(q[1][0]).Within 1e-14)
    Assert.That(number "residual" point, Is.LessThan 1e-10)
    Assert.That(number "accuracy" point, Is.InRange(0.0, 1.0))
    Assert.That(number "loss" point, Is.EqualTo(number "bias" point + number "variance" point).Within 1e-12)

[<Test>]
let ``The mixture of two outputs reports the mean of its matrix, the error bar and the quadrature's error`` () =
    let oneHot =
        [ for mu in 0..5 -> if mu % 2 = 0 then [ 1.0; 0.0 ] else [ 0.0; 1.0 ] ]
        |> List.concat

    let point theory =
        predictArrays
            (arraysBut
                [
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
    Assert.That(List.map List.length q, equalTo [ 2; 2 ])
    Assert.That(q, Is.Not.EqualTo(saddle.GetProperty "orderParameters" |> rows "Qbar"))
    Assert.That(number "errorBar" mixture, Is.EqualTo(number "loss" mixture - number "loss" saddle).Within 1e-12)
    Assert.That(number "quadratureError" mixture, Is.InRange(0.0, 1e-4))
    Assert.That(number "accuracy" mixture, Is.InRange(0.0, 1.0))
    Assert.That(names saddle, Does.Not.Contain "quadratureError")

[<TestCase("none", 4)>]
[<TestCase("average", 1)>]
let ``A convolutional network has an order parameter for its patches, and sweeps over its filters``
    (pooling: string, order: int)
    =
    let results =
        soundBut
            [
                "data",
                """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
                "network",
                $"""{{"kind": "convolution", "activation": "erf", "widths": [20], "priors": [1, 2], "patch": 2, "stride": 2, "image": [4, 4], "pooling": "{pooling}"}}"""
                "sweep", """{"width": [20, 1000000000]}"""
            ]
        |> predictJob
        |> points

    for point in results do
        Assert.That(number "residual" point, Is.LessThan 1e-10)
        Assert.That((point.GetProperty "orderParameters" |> rows "Qbar").Length, Is.EqualTo order)

    // P/N_c = 1e-8, times beta y^2 of order 100.
    let wide = results[1].GetProperty "orderParameters" |> rows "Qbar"
    Assert.That(wide[0][0], Is.EqualTo(1.0).Within 1e-5)

[<Test>]
let ``An activation can be a formula`` () =
    let loss network =
        (points (predictJob (soundBut [ "network", network ]))).Head |> number "loss"

    // The same closed form, and the same series: not a bit differs.
    for name, formula in
        [
            "relu", "max(z, 0)"
            "tanh", "tanh(z)"
            "leaky-relu", "if(z > 0, z, 0.01 * z)"
        ] do
        Assert.That(
            loss $"""{{"activation": {{"formula": "{formula}"}}, "widths": [20]}}""",
            Is.EqualTo(loss $"""{{"activation": "{name}", "widths": [20]}}"""),
            formula
        )

    // Nothing built in: the same activation by another road, its series to an accuracy that T = 0.01 magnifies.
    let own =
        loss """{"activation": {"formula": "tanh(z) * (z / 2 + z / 2)"}, "widths": [20]}"""

    let coarse =
        loss """{"activation": {"formula": "z * tanh(z)", "accuracy": 1e-6}, "widths": [20]}"""

    Assert.That(own, Is.EqualTo(coarse).Within(1e-3 * coarse))

[<Test>]
let ``The activation of a teacher can be a formula`` () =
    let loss activation =
        let data =
            $"""{{"source": "teacher", "kind": "hidden-layer", "inputs": 5, "hidden": 7, "activation": {activation}, "train": 8, "test": 6}}"""

        (points (predictJob (soundBut [ "data", data ]))).Head |> number "loss"

    Assert.That(loss """{"formula": "max(z, 0)"}""", Is.EqualTo(loss "\"relu\""))
