module FiniteWidth.Data.Tests.CsvTests

open System.IO
open Expecto
open FsCheck
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private read layout (text: string) =
    withFile "table.csv" (System.Text.Encoding.UTF8.GetBytes text) (Csv.read layout)

let private check (inputs: float list list) (targets: float list list) (data: DataSet) =
    Expect.equal (data.Inputs.ToArray()) (array2D inputs) "inputs"
    Expect.equal (data.Targets.ToArray()) (array2D targets) "targets"

let tests =
    testList "CSV" [
        testCase "a header is detected, and the last column is the target" (fun () ->
            for text in
                [
                    "a,b,y\n1,2,3\n4,5,6\n"
                    "1,2,3\n4,5,6"
                    "\uFEFFa,b,y\r\n1, 2 ,3\r\n\r\n4,5,6\r\n"
                    "\"a\",\"b,c\",y\n1,\"2\",3\n4,5,6\n"
                ] do
                read Csv.standard text
                |> ok
                |> check [ [ 1.0; 2.0 ]; [ 4.0; 5.0 ] ] [ [ 3.0 ]; [ 6.0 ] ])

        testCase "named columns are the targets, in the order in which they are named" (fun () ->
            read
                { Csv.standard with
                    Targets = Named [ "y"; "a" ]
                }
                "a,b,y\n1,2,3\n4,5,6\n"
            |> ok
            |> check [ [ 2.0 ]; [ 5.0 ] ] [ [ 3.0; 1.0 ]; [ 6.0; 4.0 ] ])

        testCase "a header of numbers is one when the caller says so" (fun () ->
            let text = "0,1\n2,3\n4,5\n"

            read { Csv.standard with Header = Present } text
            |> ok
            |> check [ [ 2.0 ]; [ 4.0 ] ] [ [ 3.0 ]; [ 5.0 ] ]

            read { Csv.standard with Header = Absent } text
            |> ok
            |> check [ [ 0.0 ]; [ 2.0 ]; [ 4.0 ] ] [ [ 1.0 ]; [ 3.0 ]; [ 5.0 ] ])

        testCase "another separator is read" (fun () ->
            for separator in [ ';'; '\t'; '|'; ' ' ] do
                let text = "a,b,y\n1e0,-2,.5\n".Replace(',', separator)

                read
                    { Csv.standard with
                        Separator = separator
                    }
                    text
                |> ok
                |> check [ [ 1.0; -2.0 ] ] [ [ 0.5 ] ])

        testProperty "a table that is written is read to the bit" (fun (first: (NormalFloat * NormalFloat)) rest ->
            let rows =
                (first :: rest)
                |> List.map (fun (x: NormalFloat, y: NormalFloat) -> x.Get, y.Get)

            let table =
                Table.create [
                    "x, of course", rows |> List.map fst |> List.toArray
                    "y", rows |> List.map snd |> List.toArray
                ]
                |> ok

            inFolder (fun folder ->
                let path = Path.Combine(folder, "table.csv")
                Table.writeCsv path table |> ok
                let data = Csv.read Csv.standard path |> ok

                Array.forall2
                    (fun (x: float, y: float) (u: float, v: float) -> x.Equals u && y.Equals v)
                    (List.toArray rows)
                    (Array.zip (entries data.Inputs) (entries data.Targets))))

        testCase "a table is written with its names and numbers" (fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "table.csv")

                let table =
                    Table.create [ "N", [| 50.0; 100.0 |]; "loss, mean", [| 0.1; nan |] ] |> ok

                Table.writeCsv path table |> ok
                Expect.equal (File.ReadAllText path) "N,\"loss, mean\"\n50,0.1\n100,NaN\n" "text of the file"))

        testCase "a table is rectangular and its names differ" (fun () ->
            Expect.equal (Table.create [] |> sentence) "A table needs at least one column." "sentence"

            Expect.equal
                (Table.create [ "a", [| 1.0 |]; "b", [||] ] |> sentence)
                "Column b has 0 rows and column a 1: the columns of a table are equally long."
                "sentence"

            Expect.equal
                (Table.create [ "a", [| 1.0 |]; "a", [| 2.0 |] ] |> sentence)
                "2 columns are named a: names must differ."
                "sentence")
    ]
