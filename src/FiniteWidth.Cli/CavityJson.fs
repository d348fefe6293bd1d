namespace FiniteWidth.Cli

open FiniteWidth

/// What a job's key "cavity" says of how the cavity theory is solved.
[<RequireQualifiedAccess>]
module CavityJson =

    /// Changes of the standard settings.
    let json =
        fields {
            let! units =
                Fields.tryKey "units" (Json.integer CavitySettings.fewestUnits) "copies of a unit"

            and! sweeps =
                Fields.tryKey "sweeps" (Json.integer CavitySettings.fewestSweeps) "of the first attempt (160)"

            and! seed = Fields.tryKey "seed" Json.seed "of the random numbers (1)"

            and! accuracy =
                Fields.tryKey "accuracy" Json.positive "the relative standard error of the loss (0.01)"

            and! seconds =
                Fields.tryKey "seconds" Json.positive "no attempt begins that would end later (600)"

            return
                fun (standard: CavitySettings) ->
                    { standard with
                        Units = defaultArg units standard.Units
                        Sweeps = defaultArg sweeps standard.Sweeps
                        Seed = defaultArg seed standard.Seed
                        Accuracy = defaultArg accuracy standard.Accuracy
                        Seconds = defaultArg seconds standard.Seconds
                    }
        }
        |> Fields.toJson
