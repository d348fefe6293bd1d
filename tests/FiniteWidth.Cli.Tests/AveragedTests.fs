/// `finitewidth predict` of averages over training sets, with the numbers of the library.
module FiniteWidth.Cli.Tests.AveragedTests

open System.Text.Json
open NUnit.Framework
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs

let private points changes =
    let outcome = inFolder (predict (soundBut changes) >> run)
    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Code, Is.EqualTo 0)
    use document = JsonDocument.Parse outcome.Out

    [
        for point in document.RootElement.GetProperty("points").EnumerateArray() -> point.Clone()
    ]

let private number (name: string) (element: JsonElement) = element.GetProperty(name).GetDouble()

let private numbers (name: string) (element: JsonElement) =
    [ for item in element.GetProperty(name).EnumerateArray() -> item.GetDouble() ]

let private study =
    LinearTeacher.generate
        {
            Inputs = 5
            Train = 8
            Test = 6
            Noise = 0.1
            Seed = 1UL
        }
    |> Result.orFail
    |> fun split -> Study split.Train

let private theoryOf (name: string) =
    match name with
    | "infinite-width" -> Theory.infiniteWidth
    | "wishart" -> Theory.wishart
    | _ -> Theory.proportional

[<TestCase("infinite-width", "erf", "20, 30")>]
[<TestCase("proportional", "erf", "20")>]
[<TestCase("proportional", "relu", "20, 30")>]
[<TestCase("wishart", "erf", "20, 30")>]
let ``The averages are the library's`` (name: string, activation: string, widths: string) =
    let theory = theoryOf name

    let found =
        points
            [
                "theory", $"\"{name}\""
                "network", $"""{{"activation": "{activation}", "widths": [{widths}]}}"""
                "sweep", """{"examples": [3, 8]}"""
            ]

    let network =
        Network.dense (Activation.ofName activation |> Result.orFail) (widths.Split ',' |> Array.map int)

    let population = Population.ofSample theory network study |> Result.orFail

    let expected =
        AveragedCurve.overExamples theory 0.01 population [ 3; 8 ] network
        |> Result.orFail

    for point, average in List.zip found expected do
        Assert.That(number "examples" point, Is.EqualTo(float average.Examples))
        Assert.That(numbers "widths" point, equalTo (List.map float network.Widths))
        Assert.That(number "loss" point, Is.EqualTo average.Score.Loss)
        Assert.That(number "bias" point, Is.EqualTo average.Score.Bias)
        Assert.That(number "variance" point, Is.EqualTo average.Score.Variance)
        Assert.That(number "trainLoss" point, Is.EqualTo average.TrainingError)
        Assert.That(number "action" point, Is.EqualTo average.SaddlePoint.Chosen.Action)

        if not (Array.isEmpty average.OrderParameters) then
            Assert.That(
                point.GetProperty "orderParameters" |> numbers "Qbar",
                equalTo (List.ofArray average.OrderParameters)
            )

[<Test>]
let ``Widths are varied outermost, then priors, temperatures and numbers of examples`` () =
    let sweep =
        """{"width": [10, 20], "prior": [0.5, 4], "temperature": [0.1, 0.01], "examples": [2, 5]}"""

    let expected =
        [
            for width in [ 10.0; 20.0 ] do
                for prior in [ 0.5; 4.0 ] do
                    for temperature in [ 0.1; 0.01 ] do
                        for examples in [ 2.0; 5.0 ] -> width, prior, temperature, examples
        ]

    let found = points [ "sweep", sweep ]

    let actual =
        [
            for point in found ->
                (numbers "widths" point).Head,
                (numbers "priors" point)[1],
                number "temperature" point,
                number "examples" point
        ]

    Assert.That(actual, equalTo expected)

    for point, (width, prior, temperature, examples) in List.zip found expected do
        let network =
            Network.dense Activation.erf [ int width ] |> Network.withReadoutPrior prior

        let average =
            Population.ofSample Theory.proportional network study
            |> Result.bind (fun population ->
                AveragedCurve.point Theory.proportional temperature population (int examples) network)
            |> Result.orFail

        // The decomposition is shared by priors, its scale is not.
        Assert.That(number "loss" point, Is.EqualTo(average.Score.Loss).Within(1e-12 * average.Score.Loss))

[<Test>]
let ``At fixed load the width follows the number of examples`` () =
    let found = points [ "sweep", """{"load": [0.5, 2], "examples": [2, 6]}""" ]

    let actual =
        found |> List.map (fun point -> number "examples" point, numbers "widths" point)

    Assert.That(actual, equalTo [ 2.0, [ 4.0 ]; 6.0, [ 12.0 ]; 2.0, [ 1.0 ]; 6.0, [ 3.0 ] ])

[<Test>]
let ``At all the examples there are an average is the prediction of the saddle point itself`` () =
    let average = points [ "sweep", """{"examples": [8]}""" ] |> List.exactlyOne
    let alone = points [] |> List.exactlyOne

    let qbar point =
        (point: JsonElement).GetProperty "orderParameters"
        |> numbers "Qbar"
        |> List.head
    // Both saddle points are stationary to 1e-10.
    Assert.That(qbar average, Is.EqualTo(qbar alone).Within 1e-9)

let refusals =
    [
        "nothing but zero examples", """{"examples": [0]}""", "proportional", "erf", "job.sweep.examples[0]: this is 0"
        "no number of examples", """{"examples": []}""", "proportional", "erf", "job.sweep.examples: the list is empty"
        "half an example", """{"examples": [2.5]}""", "proportional", "erf", "job.sweep.examples[0]: this is 2.5"
        "more examples than there are", """{"examples": [9]}""", "proportional", "erf", "ask for at most 8"
        "a load without examples", """{"load": [2]}""", "proportional", "erf", "job.sweep.load: a load is P/N"
        "a load and a width",
        """{"load": [2], "width": [5], "examples": [4]}""",
        "proportional",
        "erf",
        "job.sweep.load: a load P/N sets the width"
        "a negative load",
        """{"load": [-1], "examples": [4]}""",
        "proportional",
        "erf",
        "job.sweep.load[0]: this is -1, and a number above 0 is needed"
        "a theory of two scales", """{"examples": [4]}""", "non-odd", "relu", "a theory that scales one kernel"
        "a mixture", """{"examples": [4]}""", "mixture", "erf", "job.sweep: there is no key \"examples\" here"
    ]
    |> List.map (fun (name, sweep, theory, activation, says) ->
        TestCaseData(sweep, theory, activation, says).SetName $"Averages refuse {name} in one sentence")

[<TestCaseSource(nameof refusals)>]
let refusal (sweep: string, theory: string, activation: string, says: string) =
    let outcome =
        inFolder (
            predict (
                soundBut
                    [
                        "sweep", sweep
                        "theory", $"\"{theory}\""
                        "network", $"""{{"activation": "{activation}", "widths": [20]}}"""
                    ]
            )
            >> run
        )

    Assert.That(outcome.Code, Is.EqualTo 2)
    Assert.That(outcome.Out, Is.Empty)
    Assert.That(outcome.Err, Does.Contain says)
    Assert.That(outcome.Err.TrimEnd().Split('\n').Length, Is.EqualTo 1)
