namespace FiniteWidth

open System
open System.IO
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Krylov

/// What the iterative solver takes of memory and disk.
[<RequireQualifiedAccess>]
module IterativeMemory =

    // Steps that spaces usually need; beside the basis a block and its product, and the rounded block.
    let private usualSteps, private besides = 32.0, 4.0

    /// Bytes of the kernel of P examples in single precision.
    let kernel examples = float (TiledKernel.BytesFor examples)

    /// Bytes of the Krylov basis and what stands beside it, for P examples, D outputs and Ptest test points.
    let basis (settings: IterativeSettings) examples outputs tests =
        let width = float (outputs + min tests 64 + settings.Probes)

        let vectors =
            min (usualSteps * width) (min (float settings.MostVectors) (float examples))

        8.0 * float examples * (vectors + besides * width + float tests)
        // The projected kernel, its eigenvectors and the routine's workspace.
        + 8.0 * 5.0 * vectors * vectors

    /// Bytes of memory that this process may have.
    let available () =
        min (float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)) (AddressSpace.Remaining - 1e9)
        |> max 6.4e7

    let internal size bytes =
        if bytes < 1e8 then $"{bytes / 1e6:G3} MB"
        elif bytes < 1e12 then $"{bytes / 1e9:G3} GB"
        else $"{bytes / 1e12:G3} TB"

    /// Fails where the Krylov basis of so many examples does not fit into memory.
    let require settings examples outputs tests =
        let needed = basis settings examples outputs tests

        if needed > available () then
            Error(
                BadData
                    $"The iterative solver needs {size needed} of memory for the Krylov basis of {examples} examples, and this process may have {size (available ())}: use fewer examples."
            )
        else
            Ok()

    /// The path for a file of the kernel, where memory does not hold it, and what is needed in words; or why it cannot be had.
    let internal place (settings: IterativeSettings) (train: DataSet) tests =
        let examples = train.Count
        let kernelBytes = kernel examples

        let besides =
            basis settings examples train.Outputs tests
            + 8.0 * float examples * float train.Inputs.Columns

        let folder = defaultArg settings.Scratch (Path.GetTempPath())

        let inWords where =
            $"The iterative solver needs about {size (kernelBytes + besides)}: {size kernelBytes} for the kernel of {examples} examples in single precision, {where}, and {size besides} of memory for the examples and the Krylov basis."

        let file () =
            Path.Combine(folder, $"finitewidth-kernel-{Guid.NewGuid():N}.tmp")

        if besides > available () then
            Error(
                BadData
                    $"The iterative solver needs {size besides} of memory for {examples} examples and its Krylov basis, and this process may have {size (available ())}: use fewer examples."
            )
        elif not settings.KernelInFile && kernelBytes + besides <= available () then
            Ok(None, inWords "in memory")
        else
            try
                Directory.CreateDirectory folder |> ignore
                let free = float (DriveInfo(Path.GetFullPath folder).AvailableFreeSpace)

                if free < kernelBytes then
                    Error(
                        BadFile(
                            folder,
                            $"The kernel of {examples} examples needs {size kernelBytes} of memory, of which this process may have {size (available ())}, or of disk, of which {size free} are free here: free some, name another folder, or use fewer examples."
                        )
                    )
                else
                    Ok(Some(file ()), inWords $"in a file in {folder}")
            with
            | :? IOException as error ->
                Error(BadFile(folder, $"The folder cannot be used ({error.Message.TrimEnd '.'})."))
            | :? UnauthorizedAccessException -> Error(BadFile(folder, "Its permissions forbid to write files here."))
