/// What F# Interactive, consoles and notebooks show of a solution.
module FiniteWidth.Tests.DisplayTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing
open FiniteWidth.Numerics

let private table: DisplayTable =
    {
        Title = "A <title>"
        Header = [ "N"; "loss" ]
        Rows = [ [ "1000"; "0.1" ]; [ "7"; "0.25" ] ]
    }

let private solved () =
    let train = dataSet 1 8 12

    Study train
    |> Posterior.solve Theory.proportional (Network.dense Activation.erf [ 30; 20 ]) 0.1
    |> Result.orFail

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

    Expect.isTrue (unbox<bool> isHandled) "the formatter writes it"
    writer.ToString()

let tests =
    testList "Display" [
        testCase "A table as text has aligned columns" (fun () ->
            let expected = [ "A <title>"; "  N     loss"; "  1000  0.1"; "  7     0.25" ]
            Expect.equal table.Text (String.concat "\n" expected) "text of table")

        testCase "A table as HTML is escaped" (fun () ->
            Expect.stringStarts table.Html "<table><caption>A &lt;title&gt;</caption>" "html"
            Expect.stringContains table.Html "<thead><tr><th>N</th><th>loss</th></tr></thead>" "html"
            Expect.stringContains table.Html "<tr><td>7</td><td>0.25</td></tr>" "html")

        testCase "A posterior shows its order parameters" (fun () ->
            let posterior = solved ()
            let lines = posterior.ToString().Split '\n'

            Expect.equal
                (lines[0])
                "Posterior of the erf network, widths [30, 20], priors [1, 1, 1] at T = 0.1, P = 8"
                "lines"

            Expect.stringContains (lines[1]) (posterior.OrderParameters[0].ToString "G5") "lines"
            Expect.stringContains (lines[2]) (posterior.OrderParameters[1].ToString "G5") "lines"
            Expect.hasLength lines 6 "lines")

        testCase "A curve has a line a point" (fun () ->
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
            Expect.equal (table.Rows |> List.map List.head) [ "10"; "100" ] "head"
            Expect.equal (table.Rows[1][3]) (points[1].Score.Loss.ToString "G5") "rows of table")

        testCase "A notebook finds the forms of a posterior, a mixture and a table" (fun () ->
            let posterior = solved ()
            Expect.stringStarts (notebookForm "text/html" posterior) "<table><caption>Posterior of" "text/html"
            Expect.equal (notebookForm "text/plain" posterior) (posterior.ToString()) "text/plain"
            Expect.equal (notebookForm "text/html" table) table.Html "text/html"

            let mixture =
                ScaleMixture.solve posterior.Network 0.1 (Study posterior.Train)
                |> Result.orFail

            Expect.stringContains (notebookForm "text/plain" mixture) "log evidence" "text/plain")

        testCase "A matrix order parameter is shown row by row" (fun () ->
            let one = dataSet 1 8 12

            let targets =
                Matrix.Create(8n, 2n, (fun i d -> one.Targets[i, 0n] * (if d = 0n then 1.0 else -0.5)))

            let data = DataSet.create one.Inputs targets |> Result.orFail

            let posterior =
                SeveralOutputs.solve (Network.dense Activation.erf [ 30 ]) 0.1 (Study data)
                |> Result.orFail

            let lines = posterior.ToString().Split '\n'
            Expect.hasLength lines 5 "title, two rows, action, residual"
            Expect.stringEnds lines[0] "T = 0.1, P = 8, D = 2" "title"
            let q = posterior.OrderParameter
            Expect.stringEnds lines[2] $"""{q[1, 0].ToString "G5"}, {q[1, 1].ToString "G5"}""" "the second row")
    ]
