namespace FiniteWidth.Cli

open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment

/// What a job with the theory "auto" says of the accuracy and the time of its answers.
[<RequireQualifiedAccess>]
module AutoJson =

    /// The keys beside "theory".
    let keys = [ "accuracy"; "seconds"; "seed" ]

    // The loss is known to less than itself.
    let private accuracy cursor =
        JsonCursor.positive cursor
        |> Result.bind (fun value ->
            if value < 1.0 then
                Ok value
            else
                JsonCursor.fail cursor $"this is {value}, and a number below 1 is needed: a share of the loss.")

    /// The settings that the fields of a job give.
    let read isAuto (fields: Map<string, JsonCursor>) =
        let standard = AutoSettings.standard

        match isAuto, keys |> List.tryPick fields.TryFind with
        | false, Some cursor -> JsonCursor.fail cursor "this belongs to the theory \"auto\"."
        | _ ->
            result {
                let! accuracy = JsonCursor.optional "accuracy" standard.Accuracy accuracy fields

                let! seconds =
                    JsonCursor.optional "seconds" standard.Seconds JsonCursor.positive fields

                let! seed =
                    JsonCursor.optional "seed" standard.Seed (JsonCursor.integer 0 >> Result.map uint64) fields

                return
                    { standard with
                        Accuracy = accuracy
                        Seconds = seconds
                        Seed = seed
                    }
            }

    /// Writes them as a job has them.
    let write (writer: Utf8JsonWriter) (settings: AutoSettings) =
        writer.WriteNumber("accuracy", settings.Accuracy)
        writer.WriteNumber("seconds", settings.Seconds)
        writer.WriteNumber("seed", settings.Seed)
