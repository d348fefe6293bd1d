namespace FiniteWidth.Cli

open FiniteWidth

/// Which solver a job asks for.
[<RequireQualifiedAccess>]
type SolverKind =
    /// The distributed one on several ranks; else the direct one where its P x P doubles fit into memory, else the iterative one.
    | Automatic
    /// A decomposition of the kernel.
    | Direct
    /// Krylov spaces of the kernel in single precision.
    | Iterative
    /// A decomposition of the kernel, dealt out over the ranks of MPI.
    | Distributed

/// What a job says of its solver.
type SolverAsked =
    {
        Kind: SolverKind
        /// The relative error of order parameters.
        Accuracy: float
        /// The random vectors that the iterative solver begins with.
        Probes: int
        /// Draws them.
        Seed: uint64
        /// Where the Krylov basis is kept for a run that goes on.
        Checkpoint: string option
        /// Where a kernel that does not fit into memory is kept.
        Scratch: string option
    }

/// The solver in jobs.
[<RequireQualifiedAccess>]
module SolverJson =

    let private usual = IterativeSettings.standard

    /// Where a job says nothing.
    let standard =
        {
            Kind = SolverKind.Automatic
            Accuracy = usual.Tolerance
            Probes = usual.Probes
            Seed = usual.Seed
            Checkpoint = None
            Scratch = None
        }

    /// The solvers of one process by name.
    let names = [ "direct", SolverKind.Direct; "iterative", SolverKind.Iterative ]

    let private all = names @ [ "distributed", SolverKind.Distributed ]

    let private share =
        Json.positive
        |> Json.check (fun cursor value ->
            if value < 1.0 then
                Ok value
            else
                JsonCursor.fail
                    cursor
                    $"this is {value}, and a number below 1 is needed: a share of an order parameter.")

    let private settings =
        fields {
            let! kind = Fields.required "kind" (Json.choice [ List.last names ]) "iterative"

            and! accuracy =
                Fields.optional
                    "accuracy"
                    standard.Accuracy
                    share
                    $"the relative error of order parameters ({standard.Accuracy})"

            and! probes =
                Fields.optional
                    "probes"
                    standard.Probes
                    (Json.integer 2)
                    $"the random vectors that it begins with ({standard.Probes})"

            and! seed =
                Fields.optional "seed" standard.Seed Json.seed $"draws them ({standard.Seed})"

            and! checkpoint =
                Fields.tryKey "checkpoint" Json.path "a folder for the basis, from which a run that was ended goes on"

            and! scratch =
                Fields.tryKey
                    "scratch"
                    Json.path
                    "a folder for the kernel where memory does not hold it; that of temporary files where it is left out"

            return
                {
                    Kind = kind
                    Accuracy = accuracy
                    Probes = probes
                    Seed = seed
                    Checkpoint = checkpoint
                    Scratch = scratch
                }
        }

    /// A name, or an object with settings.
    let json =
        Json.choice all
        |> Json.map (fun kind -> { standard with Kind = kind })
        |> Json.objectOr (Fields.toJson settings)

    /// The key that a job has, where anything was asked for.
    let entries asked =
        match asked.Kind with
        | SolverKind.Automatic -> []
        | SolverKind.Direct -> [ "solver", Tree.Word "direct" ]
        | SolverKind.Distributed -> [ "solver", Tree.Word "distributed" ]
        | SolverKind.Iterative when
            asked =
                { standard with
                    Kind = SolverKind.Iterative
                }
            ->
            [ "solver", Tree.Word "iterative" ]
        | SolverKind.Iterative ->
            [
                "solver",
                Tree.Object
                    [
                        "kind", Tree.Word "iterative"
                        "accuracy", Tree.Number asked.Accuracy
                        "probes", Tree.count asked.Probes
                        "seed", Tree.Whole asked.Seed
                        "checkpoint", Tree.orNothing Tree.Word asked.Checkpoint
                        "scratch", Tree.orNothing Tree.Word asked.Scratch
                    ]
            ]
