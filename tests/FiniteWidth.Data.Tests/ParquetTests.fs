/// Parquet files beside the same tables as text: written by Parquet.Net, and one by another program (hyparquet-writer 0.17 of npm).
module FiniteWidth.Data.Tests.ParquetTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing
open Parquet
open Parquet.Schema

// A column, and how its values are written for one group of rows.
type private Column =
    {
        Field: DataField
        Write: ParquetRowGroupWriter -> unit
    }

let private column<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> name (values: 'T[]) =
    let field = DataField<'T>(name, Nullable false)

    {
        Field = field
        Write = fun group -> group.WriteAsync<'T>(field, ReadOnlyMemory values).GetAwaiter().GetResult()
    }

let private nullable name (values: Nullable<float>[]) =
    let field = DataField<float>(name, Nullable true)

    {
        Field = field
        Write = fun group -> group.WriteAsync<float>(field, ReadOnlyMemory values).GetAwaiter().GetResult()
    }

let private words name (values: string[]) =
    let field = DataField<string> name

    {
        Field = field
        Write = fun group -> group.WriteAsync(field, values).GetAwaiter().GetResult()
    }

let private bytes (fields: Field list) (columns: Column list) groups =
    use stream = new MemoryStream()

    let writer =
        ParquetWriter.CreateAsync(ParquetSchema(List.toArray fields), stream).GetAwaiter().GetResult()

    for _ in 1..groups do
        use group = writer.CreateRowGroup()
        columns |> List.iter (fun column -> column.Write group)

    writer.DisposeAsync().AsTask().GetAwaiter().GetResult()
    stream.ToArray()

let private written columns groups =
    bytes [ for column in columns -> column.Field :> Field ] columns groups

let private read layout (content: byte[]) =
    withFile "table.parquet" content (Csv.read layout)

let private readText layout (text: string) =
    withFile "table.csv" (Text.Encoding.UTF8.GetBytes text) (Csv.read layout)

let private same (first: DataSet) (second: DataSet) =
    Expect.equal (first.Inputs.ToArray()) (second.Inputs.ToArray()) "inputs"
    Expect.equal (first.Targets.ToArray()) (second.Targets.ToArray()) "targets"

let private sex =
    { Csv.standard with
        Categories = [ "sex" ]
    }

let private refused fragment content =
    match read Csv.standard content with
    | Ok _ -> failtest "It is read."
    | Error failure -> Expect.stringContains failure.Message fragment "sentence"

// a DOUBLE, n INT32, big INT64, f FLOAT, ok BOOLEAN, sex STRING, y DOUBLE: four rows.
let private foreign = Path.Combine(__SOURCE_DIRECTORY__, "table.parquet")

let tests =
    testList "Parquet" [
        test "every kind of number is read as it is, words and truth values too" {
            let content =
                written
                    [
                        column "double" [| 0.1; 1e-300; -3.0 |]
                        column "single" [| 0.1f; 2.0f; 3.0f |]
                        column "byte" [| 1uy; 2uy; 255uy |]
                        column "short" [| 1s; -2s; 3s |]
                        column "int" [| 1; -2; Int32.MaxValue |]
                        column "long" [| 1L; -2L; 9007199254740992L |]
                        column "truth" [| true; false; true |]
                        words "sex" [| "m"; "f"; "m" |]
                        column "y" [| 1.0; 2.0; 3.0 |]
                    ]
                    1
                |> read sex
                |> ok

            readText
                sex
                "double,single,byte,short,int,long,truth,sex,y\n0.1,0.10000000149011612,1,1,1,1,1,m,1\n1e-300,2,2,-2,-2,-2,0,f,2\n-3,3,255,3,2147483647,9007199254740992,1,m,3\n"
            |> ok
            |> same content
        }

        test "groups of rows follow one another" {
            let data =
                written [ column "a" [| 1.0; 2.0 |]; column "y" [| 3.0; 4.0 |] ] 3
                |> read Csv.standard
                |> ok

            Expect.equal (entries data.Inputs) [| 1.0; 2.0; 1.0; 2.0; 1.0; 2.0 |] "inputs"
        }

        test "the file of another program is the same table" {
            readText
                sex
                "a,n,big,f,ok,sex,y\n1,1,1,0.5,1,m,1\n2.5,2,2,0.10000000149011612,0,f,-1\n-0.1,3,9007199254740993,2,1,f,2\n3e-300,4,-4,3,1,m,0.25\n"
            |> ok
            |> same (Csv.read sex foreign |> ok)
        }

        test "targets and ignored columns are named, and training and test tables matched by name" {
            let layout =
                { Csv.standard with
                    Targets = Named [ "y" ]
                    Ignored = [ "id" ]
                }

            let train =
                written
                    [
                        words "id" [| "a"; "b" |]
                        column "y" [| 1.0; 2.0 |]
                        column "p" [| 3.0; 4.0 |]
                        column "q" [| 5.0; 6.0 |]
                    ]
                    1

            inFolder (fun folder ->
                let place (name: string) = Path.Combine(folder, name)
                File.WriteAllBytes(place "train.parquet", train)
                File.WriteAllText(place "test.csv", "q,p\n7,8\n")

                let points = Csv.readPoints layout (place "train.parquet") (place "test.csv") |> ok

                Expect.equal (entries points.Train.Inputs) [| 3.0; 5.0; 4.0; 6.0 |] "inputs"
                Expect.equal (entries points.Train.Targets) [| 1.0; 2.0 |] "targets"
                Expect.equal (entries points.Inputs) [| 8.0; 7.0 |] "points")
        }

        test "missing values are refused by row and name" {
            written
                [
                    nullable "a" [| Nullable 1.0; Nullable(); Nullable 3.0 |]
                    column "y" [| 1.0; 2.0; 3.0 |]
                ]
                1
            |> refused "Row 2, column 1 (a) is 'null', a missing value"

            written [ column "a" [| 1.0; nan |]; column "y" [| 1.0; 2.0 |] ] 1
            |> refused "Row 2, column 1 (a) is 'NaN', a missing value"
        }

        test "what is no number is refused" {
            written [ words "a" [| "red" |]; column "y" [| 1.0 |] ] 1
            |> refused "Row 1, column 1 (a) is 'red', which is not a number"

            written [ column "day" [| DateTime(2026, 1, 2) |]; column "y" [| 1.0 |] ] 1
            |> refused "not a number but a date"
        }

        test "nested columns are refused unless they are ignored" {
            let list = DataField<float>("item", Nullable false)
            let target = column "y" [| 1.0 |]

            let inner =
                {
                    Field = list
                    Write =
                        fun group ->
                            group
                                .WriteAllPartsAsync<float>(
                                    list,
                                    ReadOnlyMemory [| 1.0; 2.0 |],
                                    ReadOnlyMemory(Array.create 2 list.MaxDefinitionLevel),
                                    ReadOnlyMemory [| 0; 1 |],
                                    Threading.CancellationToken.None
                                )
                                .GetAwaiter()
                                .GetResult()
                }

            let content = bytes [ ListField("a", list); target.Field ] [ inner; target ] 1

            content |> refused "The column 'a' is nested"
        }

        test "damaged, cut and empty files are refused" {
            let whole = written [ column "a" [| 1.0; 2.0 |]; column "y" [| 3.0; 4.0 |] ] 1

            whole[.. whole.Length / 2] |> refused "It is no Parquet file that can be read"
            whole[..3] |> refused "It is no Parquet file that can be read"
            refused "The file is empty" [||]

            written [ column<float> "a" [||]; column<float> "y" [||] ] 1
            |> refused "It has columns and no rows"

            let random = Random 1

            for _ in 1..200 do
                let damaged = Array.copy whole
                damaged[random.Next damaged.Length] <- byte (random.Next 256)
                // Read or refused, never an exception.
                read Csv.standard damaged |> ignore
        }
    ]
