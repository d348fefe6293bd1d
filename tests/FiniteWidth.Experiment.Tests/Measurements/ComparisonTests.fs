/// Theory against experiment where it is known which theory is right.
module FiniteWidth.Experiment.Tests.Measurements.ComparisonTests

open System.Threading
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open NUnit.Framework

let private split = teacher 21UL 12 30 10 1
let private linear = network Activation.linear [ 4 ] [ 1.0; 1.0 ]

let private theories =
    [
        ComparedTheory.mixture
        ComparedTheory.ofTheory "proportional" Theory.proportional
        ComparedTheory.ofTheory "infinite-width" Theory.infiniteWidth
    ]

let private point examples width : GridPoint =
    {
        Examples = examples
        Architecture = Architecture.FullyConnected(Network.withWidth width linear)
        Temperature = 0.1
    }

let private grid = [ point 6 4; point 12 4; point 12 40 ]

let private compared =
    lazy
        (let plan = plan 22UL 300 1200
         Comparison.run theories (fun _ -> plan) grid split |> Result.orFail)

let private theory name (point: ComparedPoint) =
    point.Theories |> List.find (fun theory -> theory.Name = name)

[<Test>]
let ``The exact theory of a linear network agrees at every point`` () =
    for point in compared.Value.Points do
        let exact = theory "mixture" point
        // Three standard errors are exceeded once in 370 points.
        Assert.That(exact.Agreement, Is.EqualTo Agreement.Agree)
        Assert.That(abs exact.BiasZ, Is.LessThan 4.0)
        Assert.That(abs exact.VarianceZ, Is.LessThan 4.0)

[<Test>]
let ``Infinite width differs from a network of four units, and the saddle point is within its error bar`` () =
    let narrow = compared.Value.Points[1]
    Assert.That((theory "infinite-width" narrow).Agreement, Is.EqualTo Agreement.Differ)
    Assert.That(narrow.Nearest, Is.EqualTo "mixture")
    let saddle = theory "proportional" narrow
    let bar = Result.orFail narrow.ErrorBar
    // The bar is the distance from the exact value.
    Assert.That(bar, Is.EqualTo(abs (saddle.Score.Loss - (theory "mixture" narrow).Score.Loss)).Within(1e-12))
    Assert.That(saddle.Agreement, Is.Not.EqualTo Agreement.Differ)

[<Test>]
let ``A chain too short to have converged cannot tell`` () =
    let plan = plan 23UL 5 8

    let compared =
        Comparison.run theories (fun _ -> plan) [ point 12 4 ] split |> Result.orFail

    for theory in compared.Points.Head.Theories do
        Assert.That(theory.Agreement, Is.EqualTo Agreement.NotConverged)

[<Test>]
let ``The columns hold a row a point and repeat what the points say`` () =
    let columns = Comparison.columns compared.Value |> Map.ofList
    Assert.That((columns["P"] = [| 6.0; 12.0; 12.0 |]))
    Assert.That((columns["N"] = [| 4.0; 4.0; 40.0 |]))

    for i, point in List.indexed compared.Value.Points do
        Assert.That(columns["loss"][i], Is.EqualTo point.Measurement.Loss.Value)
        Assert.That(columns["loss_error"][i], Is.EqualTo point.Measurement.Loss.Error)
        Assert.That(columns["proportional_z"][i], Is.EqualTo (theory "proportional" point).LossZ)

        Assert.That(
            columns["converged"][i],
            Is.EqualTo(
                if point.Measurement.Verdict = Verdict.Converged then
                    1.0
                else
                    0.0
            )
        )

[<Test>]
let ``A comparison that is cancelled has the points there are and names the others`` () =
    use source = new CancellationTokenSource()

    let plan point =
        let plan = plan 24UL 20 40

        { plan with
            Settings =
                { plan.Settings with
                    Cancellation = source.Token
                    // The second point is cancelled as soon as it moves.
                    Progress =
                        fun _ ->
                            if obj.ReferenceEquals(point, grid[1]) then
                                source.Cancel()
                }
        }

    let compared = Comparison.run theories plan grid split |> Result.orFail
    Assert.That(compared.Points.Length + compared.Missing.Length, Is.EqualTo 3)
    Assert.That(compared.Missing.Length, Is.InRange(1, 2))
    Assert.That((List.last compared.Missing = grid[2]))

[<Test>]
let ``A point that runs out of time before it has draws is missing, and the others are measured`` () =
    let plan point =
        let plan = plan 25UL 20 40

        if obj.ReferenceEquals(point, grid[0]) then
            { plan with
                Settings =
                    { plan.Settings with
                        TimeLimit = Some(System.TimeSpan.FromTicks 1L)
                    }
            }
        else
            plan

    let compared = Comparison.run theories plan grid split |> Result.orFail
    Assert.That((compared.Missing = [ grid[0] ]))
    Assert.That(compared.Points.Length, Is.EqualTo 2)

[<Test>]
let ``One hidden layer has the expansion in 1/N beside it, two have none`` () =
    let ofLayers widths =
        let point =
            { grid[0] with
                Architecture = Architecture.FullyConnected(Network.dense Activation.linear widths)
            }

        let theories = [ ComparedTheory.ofTheory "proportional" Theory.proportional ]

        (Comparison.run theories (fun _ -> plan 26UL 20 40) [ point ] split
         |> Result.orFail)
            .Points.Head

    let narrow, wide = ofLayers [ 4 ], ofLayers [ 100_000 ]
    let expansion = Result.orFail wide.Expansion
    Assert.That(expansion.InfiniteWidth.Loss, Is.EqualTo(wide.InfiniteWidth.Value.Loss).Within 1e-12)

    // Of linear units the theory's saddle point has the exact slope, but for the mixture's small part.
    let slope =
        100_000.0 * (wide.Theories.Head.Score.Loss - expansion.InfiniteWidth.Loss)

    let bar = 100_000.0 * Result.orFail wide.ErrorBar
    Assert.That(expansion.Slope.Loss, Is.EqualTo(slope).Within(4.0 * expansion.SlopeError.Loss + bar))
    Assert.That(Result.orFail narrow.Expansion, Is.EqualTo expansion)

    match (ofLayers [ 4; 4 ]).Expansion with
    | Error reason -> Assert.That(reason.Message, Does.Contain "2 hidden layers")
    | Ok _ -> Assert.Fail "Two layers were expanded."

let private refusal theories grid =
    match Comparison.run theories (fun _ -> plan 1UL 5 5) grid split with
    | Ok _ -> "accepted"
    | Error failure -> failure.Message

[<Test>]
let ``What cannot be compared is refused in one sentence`` () =
    Assert.That(
        refusal [] grid,
        Is.EqualTo "There are 0 theories and 3 points: a comparison needs at least one of both."
    )

    Assert.That(
        refusal theories [ point 13 4 ],
        Is.EqualTo "13 training examples are asked for and there are 12: ask for 1 to 12."
    )
