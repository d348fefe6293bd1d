/// What F# Interactive, consoles and notebooks show of a solution.
module FiniteWidth.Tests.DisplayTests

open System
open System.IO
open FiniteWidth
open FiniteWidth.Tests.Problem
open NUnit.Framework

let private table: DisplayTable =
    {
        Title = "A <title>"
        Header = [ "N"; "loss" ]
        Rows = [ [ "1000"; "0.1" ]; [ "7"; "0.25" ] ]
    }

[<Test>]
let ``A table as text has aligned columns`` () =
    let expected = [ "A <title>"; "  N     loss"; "  1000  0.1"; "  7     0.25" ]
    Assert.That(table.Text, Is.EqualTo(String.concat "\n" expected))

[<Test>]
let ``A table as HTML is escaped`` () =
    Assert.That(table.Html, Does.StartWith "<table><caption>A &lt;title&gt;</caption>")
    Assert.That(table.Html, Does.Contain "<thead><tr><th>N</th><th>loss</th></tr></thead>")
    Assert.That(table.Html, Does.Contain "<tr><td>7</td><td>0.25</td></tr>")

let private solved () =
    let train = dataSet 1 8 12

    Study train
    |> Posterior.solve Theory.proportional (Network.dense Activation.erf [ 30; 20 ]) 0.1
    |> Result.orFail

[<Test>]
let ``A posterior shows its order parameters`` () =
    let posterior = solved ()
    let lines = posterior.ToString().Split '\n'

    Assert.That(
        lines[0],
        Is.EqualTo "Posterior of the erf network, widths [30, 20], priors [1, 1, 1] at T = 0.1, P = 8"
    )

    Assert.That(lines[1], Does.Contain(posterior.OrderParameters[0].ToString "G5"))
    Assert.That(lines[2], Does.Contain(posterior.OrderParameters[1].ToString "G5"))
    Assert.That(lines, Has.Length.EqualTo 6)

[<Test>]
let ``A curve has a line a point`` () =
    let split: Split =
        {
            Train = dataSet 1 8 12
            Test = dataSet 2 5 12
        }

    let points =
        Network.dense Activation.erf [ 1 ]
        |> LearningCurve.overWidths Theory.proportional 0.1 split [ 10; 100 ]
        |> Result.orFail

    let table = LearningCurve.display points
    Assert.That(table.Rows |> List.map List.head, Is.EqualTo<string list> [ "10"; "100" ])
    Assert.That(table.Rows[1][3], Is.EqualTo(points[1].Score.Loss.ToString "G5"))

// What .NET Interactive does: the attribute, its source and the formatters are found by the names of their types and members.
let private notebookForm (mimeType: string) (instance: obj) =
    let get (name: string) (owner: obj) =
        (nonNull (owner.GetType().GetProperty name)).GetValue owner |> nonNull

    let invoke (name: string) (arguments: objnull[]) (owner: obj) =
        (nonNull (owner.GetType().GetMethod name)).Invoke(owner, arguments) |> nonNull

    let formatters =
        instance.GetType().GetCustomAttributes true
        |> Array.find (fun attribute -> attribute.GetType().Name = "TypeFormatterSourceAttribute")
        |> get "FormatterSourceType"
        |> unbox<Type>
        |> Activator.CreateInstance
        |> nonNull
        |> invoke "CreateTypeFormatters" [||]
        |> unbox<obj seq>

    use writer = new StringWriter()

    let isHandled =
        formatters
        |> Seq.find (fun formatter -> (get "MimeType" formatter).Equals mimeType)
        |> invoke "Format" [| instance; writer |]

    Assert.That(unbox<bool> isHandled, Is.True)
    writer.ToString()

[<Test>]
let ``A notebook finds the forms of a posterior, a mixture and a table`` () =
    let posterior = solved ()
    Assert.That(notebookForm "text/html" posterior, Does.StartWith "<table><caption>Posterior of")
    Assert.That(notebookForm "text/plain" posterior, Is.EqualTo(posterior.ToString()))
    Assert.That(notebookForm "text/html" table, Is.EqualTo table.Html)

    let mixture =
        ScaleMixture.solve posterior.Network 0.1 (Study posterior.Train)
        |> Result.orFail

    Assert.That(notebookForm "text/plain" mixture, Does.Contain "log evidence")
