module FiniteWidth.Tests.Golden

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Testing

/// A row of tests/golden/golden.json.
type Row =
    {
        Id: string
        Data: string
        P: int
        Ptest: int
        Activation: Activation
        Widths: int list
        Priors: float list
        Temperature: float
        Theory: string
        Expect: JsonElement
    }

    override this.ToString() = this.Id

let private folder = Path.Combine(AppContext.BaseDirectory, "golden")

let private ofJson (row: JsonElement) =
    let text (name: string) =
        string (row.GetProperty(name).GetString())

    let numbers (name: string) =
        [ for item in row.GetProperty(name).EnumerateArray() -> item.GetDouble() ]

    {
        Id = text "id"
        Data = text "data"
        P = row.GetProperty("P").GetInt32()
        Ptest = row.GetProperty("Ptest").GetInt32()
        Activation = Activation.ofName (text "activation") |> Result.orFail
        Widths = numbers "widths" |> List.map int
        Priors = numbers "priors"
        Temperature = row.GetProperty("temperature").GetDouble()
        Theory = text "theory"
        Expect = row.GetProperty("expect").Clone()
    }

let private rows =
    lazy
        (use document =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")))

         [
             for row in document.RootElement.EnumerateArray() do
                 if not (fst (row.TryGetProperty "kind")) then
                     ofJson row
         ])

/// The rows of fully connected networks under these theories.
let fullyConnected theories =
    rows.Value |> List.filter (fun row -> List.contains row.Theory theories)

let private mnist =
    lazy
        (match Mnist.locate () with
         | Ok files -> Mnist.load files
         | Error failure -> Error failure)

/// The MNIST problem of that size; the test is skipped, with the reason, where MNIST is not installed.
let mnist01 train test =
    match mnist.Value with
    | Ok images -> Protocol.apply (Protocol.create [ 0; 1 ] train test) images |> Result.orFail
    | Error failure -> skiptest failure.Message

let gauss = lazy (Npz.split (Path.Combine(folder, "gauss.npz")) |> Result.orFail)
