namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// What a job with the theory "auto" says of the accuracy and the time of its answers.
[<RequireQualifiedAccess>]
module AutoJson =

    // The loss is known to less than itself.
    let private accuracy =
        Json.positive
        |> Json.check (fun cursor value ->
            if value < 1.0 then
                Ok value
            else
                JsonCursor.fail cursor $"this is {value}, and a number below 1 is needed: a share of the loss.")

    // A key of this theory alone, with the place that it is given at.
    let private key name json meaning =
        Fields.tryKey name (Json.placed json) $"of the theory auto: {meaning}"

    /// The settings that the keys beside "theory" give, and the places of those that are given.
    let keys =
        let standard = AutoSettings.standard

        fields {
            let! accuracy =
                key "accuracy" accuracy "the largest standard error of the loss, as a share of it (0.02)"

            and! seconds =
                key "seconds" Json.positive "what sampling may take, for each point (120)"

            and! seed = key "seed" Json.seed "of the chains (1)"

            let value fallback given =
                given |> Option.map snd |> Option.defaultValue fallback

            let places =
                [ Option.map fst accuracy; Option.map fst seconds; Option.map fst seed ]

            return
                List.choose id places,
                { standard with
                    Accuracy = value standard.Accuracy accuracy
                    Seconds = value standard.Seconds seconds
                    Seed = value standard.Seed seed
                }
        }

    /// Refuses them where the theory is another.
    let requireAuto isAuto places =
        match isAuto, places with
        | false, place :: _ -> JsonCursor.fail place "this belongs to the theory \"auto\"."
        | _ -> Ok()

    /// The keys that a job has of them.
    let entries (settings: AutoSettings) =
        [
            "accuracy", Tree.Number settings.Accuracy
            "seconds", Tree.Number settings.Seconds
            "seed", Tree.Whole settings.Seed
        ]
