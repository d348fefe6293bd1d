module FiniteWidth.Figures.Tests.JsonTests

open System
open System.Text.Json
open FsCheck
open NUnit.Framework
open FiniteWidth.Figures
open FiniteWidth.Figures.Tests.Samples

let private same (expected: float) (actual: JsonElement) =
    if Double.IsFinite expected then
        // Bit for bit: .NET writes the shortest digits that read back as the same number.
        actual.GetDouble() = expected
    else
        actual.ValueKind = JsonValueKind.Null

let private agrees (expected: float[]) (actual: JsonElement) =
    actual.GetArrayLength() = expected.Length
    && Seq.forall2 same expected (actual.EnumerateArray())

[<FsCheck.NUnit.Property>]
let ``any numbers of a line come back from its JSON, and null where they are not finite`` (points: (float * float)[]) =
    let x, y = Array.unzip points
    let trace = Chart.Line(x, y) |> parse |> at "data.0"
    agrees x (at "x" trace) && agrees y (at "y" trace)

[<FsCheck.NUnit.Property>]
let ``any numbers on log axes make valid JSON with finite ranges in order`` (points: (float * float)[]) =
    let x, y = Array.unzip points

    let layout =
        Chart.Line(x, y)
        |> Chart.withXAxis (AxisStyle.log "x")
        |> Chart.withYAxis (AxisStyle.log "y")
        |> parse
        |> at "layout"

    [ "xaxis"; "yaxis" ]
    |> List.forall (fun axis ->
        let low, high = number $"{axis}.range.0" layout, number $"{axis}.range.1" layout
        Double.IsFinite low && Double.IsFinite high && low < high)

[<FsCheck.NUnit.Property>]
let ``any matrix of a heat map comes back from its JSON`` (z: float[,]) =
    let rows = Chart.Heatmap z |> parse |> at "data.0.z"

    rows.GetArrayLength() = Array2D.length1 z
    && Seq.forall2 agrees (Seq.init (Array2D.length1 z) (fun i -> z[i, *])) (rows.EnumerateArray())

[<FsCheck.NUnit.Property>]
let ``any title survives, with only a stray < written as an entity`` (title: NonEmptyString) =
    // A lone surrogate is no text: it cannot be written in UTF-8.
    let title = title.Get |> String.filter (Char.IsSurrogate >> not)
    let columns = Chart.Column([ title ], [ 1.0 ]) |> parse
    (text "data.0.x.0" columns).Replace("&lt;", "<") = title

[<Test>]
let ``a text cannot end the script that holds it`` () =
    let json =
        line
        |> Chart.withTitle "</script><script>alert(1)</script> & <!--"
        |> Chart.toJson

    Assert.That(json, Does.Not.Contain "<")
    Assert.That(json, Does.Not.Contain "&")

[<Test>]
let ``letters of other scripts stay readable`` () =
    Assert.That(line |> Chart.withTitle "Q̄, λ₁ → ∞" |> Chart.toJson, Does.Contain "Q̄, λ₁ → ∞")

[<Test>]
let ``sub and sup are tags and a comparison is text`` () =
    let chart =
        line
        |> Chart.withXAxis (AxisStyle.linear "N<sub>1</sub> < P<sup>2</sup>, r<1, a > b")

    Assert.That(
        text "layout.xaxis.title.text" (parse chart),
        Is.EqualTo "N<sub>1</sub> &lt; P<sup>2</sup>, r&lt;1, a > b"
    )
