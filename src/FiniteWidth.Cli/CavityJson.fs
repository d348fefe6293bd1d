namespace FiniteWidth.Cli

open FiniteWidth

/// What a job says of how the cavity theory or its mean-field limit is solved.
type CavityAsked =
    {
        Layers: CavityLayers
        /// One where the Gaussian field is not to be trusted, where it is left out.
        Directions: int option
        /// As many as the training set suggests where it is left out.
        Units: int option
        Sweeps: int
        Seed: uint64
        Accuracy: float
        Seconds: float
    }

/// The settings of the cavity theory in jobs.
[<RequireQualifiedAccess>]
module CavityJson =

    /// The usual ones.
    let standard =
        {
            Layers = CavityLayers.All
            Directions = None
            Units = None
            Sweeps = 160
            Seed = 1UL
            Accuracy = 0.01
            Seconds = 600.0
        }

    let private layers = [ "all", CavityLayers.All; "last", CavityLayers.Last ]

    /// An object under a job's key "cavity".
    let json =
        fields {
            let! layers =
                Fields.optional
                    "layers"
                    standard.Layers
                    (Json.choice layers)
                    "the hidden layers that it takes as they are: all of them, which describes networks of one, or the last one over the infinite-width kernel of those below it (all)"

            and! directions =
                Fields.tryKey
                    "directions"
                    (Json.integer 0)
                    "directions of the targets along which the others are not taken for Gaussian, 0 or 1; 1 where the Gaussian field is not to be trusted"

            and! units =
                Fields.tryKey
                    "units"
                    (Json.integer CavitySettings.fewestUnits)
                    "copies of a unit; twice the training examples between 200 and 2000"

            and! sweeps =
                Fields.optional
                    "sweeps"
                    standard.Sweeps
                    (Json.integer CavitySettings.fewestSweeps)
                    $"of the first attempt ({standard.Sweeps})"

            and! seed =
                Fields.optional "seed" standard.Seed Json.seed $"of the random numbers ({standard.Seed})"

            and! accuracy =
                Fields.optional
                    "accuracy"
                    standard.Accuracy
                    Json.positive
                    $"the relative standard error of the loss ({standard.Accuracy})"

            and! seconds =
                Fields.optional
                    "seconds"
                    standard.Seconds
                    Json.positive
                    $"no attempt begins that would end later ({standard.Seconds})"

            return
                {
                    Layers = layers
                    Directions = directions
                    Units = units
                    Sweeps = sweeps
                    Seed = seed
                    Accuracy = accuracy
                    Seconds = seconds
                }
        }
        |> Fields.toJson

    /// The settings as a value of a job.
    let tree asked =
        Tree.Object
            [
                "layers", layers |> List.find (fun (_, value) -> value = asked.Layers) |> fst |> Tree.Word

                "directions", Tree.orNothing Tree.count asked.Directions
                "units", Tree.orNothing Tree.count asked.Units
                "sweeps", Tree.count asked.Sweeps
                "seed", Tree.Whole asked.Seed
                "accuracy", Tree.Number asked.Accuracy
                "seconds", Tree.Number asked.Seconds
            ]

    /// The settings for a training set.
    let settings train asked =
        let usual = CavitySettings.standard train

        { usual with
            Layers = asked.Layers
            Directions = asked.Directions
            Units = defaultArg asked.Units usual.Units
            Sweeps = asked.Sweeps
            Seed = asked.Seed
            Accuracy = asked.Accuracy
            Seconds = asked.Seconds
        }
