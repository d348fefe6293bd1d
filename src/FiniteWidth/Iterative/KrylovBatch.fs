namespace FiniteWidth

open System
open System.Diagnostics
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Krylov

/// The rules of one Krylov space, and the vectors that it began with.
[<NoComparison; NoEquality>]
type internal KrylovRules =
    {
        Gauss: KrylovRitz
        Radau: KrylovRitz
        Steps: int
    }

/// One block of start vectors with its Krylov space of a kernel.
///
/// A batch that keeps its basis goes on from where it is; one that does not begins anew when more steps are wanted, and frees its memory
/// after each.
[<Sealed>]
type internal KrylovBatch
    (start: Matrix, keepsBasis: bool, checkpoint: KrylovCheckpoint option, settings: IterativeSettings) =

    let mutable lanczos: BlockLanczos option = None
    let mutable rules: KrylovRules option = None
    let mutable products = 0
    let mutable ended = false
    let mutable writes = checkpoint.IsSome

    let restore (run: BlockLanczos) most =
        match checkpoint with
        | None -> ()
        | Some saved ->
            let rec next step =
                if step <= most && not run.IsWhole then
                    match saved.TryLoad(step, run.NextWidth, run.Size) with
                    | Some(diagonal, coupling, vectors) ->
                        run.Restore(diagonal, coupling, vectors)
                        next (step + 1)
                    | None -> ()

            next 1

            if run.Steps > 0 then
                settings.Progress(
                    IterativeProgress.Stated
                        $"{run.Steps} products of the kernel with a block of {start.Rows} vectors are resumed from the checkpoint."
                )

    let save (run: BlockLanczos) =
        match checkpoint with
        | Some saved when writes ->
            let block = run.Blocks[run.Steps - 1]

            match block.Diagonal, block.Coupling with
            | Null, _
            | _, Null -> ()
            | NonNull diagonal, NonNull coupling ->
                match saved.Save(run.Steps, diagonal, coupling, run.Blocks[run.Steps].Vectors) with
                | Ok() -> ()
                | Error failure ->
                    // The answer does not depend on it.
                    writes <- false

                    settings.Progress(IterativeProgress.Stated $"The checkpoint is not continued: {failure.Message}")
        | _ -> ()

    /// The vectors of the start.
    member _.Start = start

    /// The basis, where it is kept.
    member _.Basis = lanczos

    /// Steps done so far.
    member _.Steps = rules |> Option.map _.Steps |> Option.defaultValue 0

    /// The number of vectors that the kernel has multiplied, those of runs that were begun anew included.
    member _.Products = products

    /// Whether another step would add anything and is allowed.
    member _.CanGoOn = not ended

    /// The rules after at least so many steps, or as many as there can be.
    member _.Run(kernel: TiledKernel, steps: int) =
        match rules with
        | Some known when known.Steps >= steps || ended -> known
        | _ ->
            let run =
                match lanczos with
                | Some run -> run
                | None ->
                    let run = BlockLanczos start
                    restore run steps
                    lanczos <- Some run
                    run

            let canGoOn () =
                not run.IsWhole && run.Dimension + run.NextWidth <= settings.MostVectors

            while run.Steps < steps && canGoOn () do
                let clock = Stopwatch.StartNew()
                let width = run.NextWidth

                run.Step(fun x y -> kernel.Multiply(x, y, settings.Cancellation))
                products <- products + width
                save run
                settings.Progress(IterativeProgress.Products(run.Steps, run.Dimension, clock.Elapsed))

            let found =
                {
                    Gauss = run.Gauss()
                    Radau = run.Radau()
                    Steps = run.Steps
                }

            rules <- Some found
            ended <- not (canGoOn ())

            if not keepsBasis then
                lanczos <- None

            found
