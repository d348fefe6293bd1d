namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth

/// An activation in a job: a name, or { "formula": "z * tanh(z)" }.
[<RequireQualifiedAccess>]
module ActivationJson =

    let private formula cursor =
        result {
            let! text = JsonCursor.text cursor

            match Activation.parse text with
            | Ok activation -> return activation
            | Error failure -> return! JsonCursor.fail cursor failure.Message
        }

    let private accuracy cursor =
        result {
            let! value = JsonCursor.positive cursor

            if value >= Activation.smallestAccuracy && value < 1.0 then
                return Some value
            else
                return!
                    JsonCursor.fail
                        cursor
                        $"this is {value}, and a number from {Activation.smallestAccuracy} to 1 is needed."
        }

    let private defined cursor =
        result {
            let! fields = JsonCursor.fields [ "formula"; "accuracy" ] cursor
            let! activation = JsonCursor.require "formula" formula cursor fields
            let! accuracy = JsonCursor.optional "accuracy" None accuracy fields

            return
                match accuracy with
                | Some accuracy -> Activation.withAccuracy accuracy activation
                | None -> activation
        }

    /// The activation as a value of a job.
    let write (writer: Utf8JsonWriter) (activation: Activation) =
        match Activation.ofName activation.Name with
        | Ok known when known = activation -> writer.WriteStringValue activation.Name
        | _ ->
            writer.WriteStartObject()
            writer.WriteString("formula", activation.Name)

            match activation.Dual with
            | Dual.Series accuracy -> writer.WriteNumber("accuracy", accuracy)
            | Dual.Closed _ -> ()

            writer.WriteEndObject()

    /// The activation at the cursor.
    let read cursor =
        if cursor.Element.ValueKind = JsonValueKind.Object then
            defined cursor
        else
            JsonCursor.choice Names.activations cursor
