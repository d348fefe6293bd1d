namespace FiniteWidth.Cli

open FiniteWidth

/// An activation in a job: a name, or { "formula": "z * tanh(z)" }.
[<RequireQualifiedAccess>]
module ActivationJson =

    let private formula =
        Json.text
        |> Json.check (fun cursor text ->
            match Activation.parse text with
            | Ok activation -> Ok activation
            | Error failure -> JsonCursor.fail cursor failure.Message)

    let private accuracy =
        Json.positive
        |> Json.check (fun cursor value ->
            if value >= Activation.smallestAccuracy && value < 1.0 then
                Ok value
            else
                JsonCursor.fail
                    cursor
                    $"this is {value}, and a number from {Activation.smallestAccuracy} to 1 is needed.")

    let private defined =
        fields {
            let! activation = Fields.required "formula" formula "phi(z), such as \"z * tanh(z)\""
            and! accuracy = Fields.tryKey "accuracy" accuracy "of the kernel (1e-8)"

            return
                match accuracy with
                | Some accuracy -> Activation.withAccuracy accuracy activation
                | None -> activation
        }

    /// A name or a definition.
    let json = Json.objectOr (Fields.toJson defined) (Json.choice Names.activations)

    /// The activation as a value of a job.
    let tree (activation: Activation) =
        match Activation.ofName activation.Name with
        | Ok known when known = activation -> Tree.Word activation.Name
        | _ ->
            Tree.Object
                [
                    "formula", Tree.Word activation.Name

                    match activation.Dual with
                    | Dual.Series accuracy -> "accuracy", Tree.Number accuracy
                    | Dual.Closed _ -> ()
                ]
