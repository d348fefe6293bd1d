namespace FiniteWidth

open System
open System.Diagnostics
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Krylov

/// The iterative solver on a training set: the Krylov space of the last kernel, which serves every width, readout prior and temperature.
[<Sealed>]
type internal KrylovSolver(train: DataSet, inputs: Matrix, settings: IterativeSettings) =

    let constant symbol =
        invalidOp $"The constant kernel still holds the symbol {Latex.symbol symbol}."

    let mutable space: (Kernel * KernelProgram * KrylovSpace) option = None
    let mutable stated = false

    // From now on.
    let progress () =
        let clock = Stopwatch.StartNew()

        Action<float>(fun share ->
            let remaining = clock.Elapsed * ((1.0 - share) / share)
            settings.Progress(IterativeProgress.Kernel(share, remaining)))

    let build kernel =
        let program = KernelProgram.compile kernel

        match IterativeMemory.place settings train (int inputs.Rows) with
        | Error failure -> raise (FailureException failure)
        | Ok(path, words) ->
            if not stated then
                stated <- true
                settings.Progress(IterativeProgress.Stated words)

            let x = train.Inputs
            let weights = KernelProgram.weights constant program

            let tiles =
                TiledKernel.Create(
                    program.Pairs,
                    ReadOnlySpan weights,
                    x,
                    1.0 / float x.Columns,
                    Option.toObj path,
                    progress (),
                    settings.Cancellation
                )

            program, new KrylovSpace(tiles, program, { Train = train; Inputs = inputs }, settings)

    let spaceOf kernel =
        match space with
        | Some(known, program, space) when known = kernel -> program, space
        | _ ->
            space |> Option.iter (fun (_, _, old) -> (old :> IDisposable).Dispose())
            space <- None
            let program, made = build kernel
            space <- Some(kernel, program, made)
            program, made

    /// The settings.
    member _.Settings = settings

    /// A kernel in which no symbol is left: its program, and what is known of its spectrum so far.
    member _.Spectrum kernel =
        let program, space = spaceOf kernel
        program, space.Spectrum

    /// More steps for the last kernel; false where there are none to be had.
    member _.Refine() =
        match space with
        | Some(_, _, space) -> space.Refine()
        | None -> false

    /// So many random vectors for the last kernel; false where there are as many.
    member _.AddProbes wanted =
        match space with
        | Some(_, _, space) -> space.AddProbes wanted
        | None -> false

    /// Whether these are the inputs to predict at.
    member _.IsFor(other: Matrix) = obj.ReferenceEquals(inputs, other)
