namespace FiniteWidth.Cli

open FiniteWidth

/// What a job's key "cavity" says of how the cavity theory is solved.
[<RequireQualifiedAccess>]
module CavityJson =

    /// Changes of the standard settings.
    let read cursor =
        result {
            let! fields =
                JsonCursor.fields [ "units"; "sweeps"; "seed"; "accuracy"; "seconds" ] cursor

            let optional name read =
                JsonCursor.optional name None (read >> Result.map Some) fields

            let! units = optional "units" (JsonCursor.integer CavitySettings.fewestUnits)
            let! sweeps = optional "sweeps" (JsonCursor.integer CavitySettings.fewestSweeps)
            let! seed = optional "seed" (JsonCursor.integer 0)
            let! accuracy = optional "accuracy" JsonCursor.positive
            let! seconds = optional "seconds" JsonCursor.positive

            return
                fun (standard: CavitySettings) ->
                    { standard with
                        Units = defaultArg units standard.Units
                        Sweeps = defaultArg sweeps standard.Sweeps
                        Seed = seed |> Option.map uint64 |> Option.defaultValue standard.Seed
                        Accuracy = defaultArg accuracy standard.Accuracy
                        Seconds = defaultArg seconds standard.Seconds
                    }
        }
