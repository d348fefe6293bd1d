namespace FiniteWidth

/// Whether a kernel's rounding leaves anything of T I + K to solve with.
[<RequireQualifiedAccess>]
module internal KernelChecks =

    // The share of T that the rounding of a nearly singular kernel may have: more leaves no digits.
    let private worstNoise = 1e-3

    // The same of a kernel in single precision, whose rounding is counted as a whole.
    let private worstSingle = 1e-2

    /// Whether T is lost in the rounding of a kernel with which T I + K has this condition number.
    let isLost condition = not (1e-16 * condition < worstNoise)

    /// At T = 0 the rank of the kernel, which no more than the distinct examples can make up, must be full.
    let checkRank temperature (train: DataSet) (spectrum: Spectrum) =
        if temperature > 0.0 then
            Ok()
        else
            let rank = min spectrum.Rank (DataSet.distinctInputs train)

            if rank < spectrum.Count then
                Error(SingularKernel(rank, spectrum.Count))
            else
                Ok()

    /// Where a kernel is nearly singular its rounding must be small against T: `scale` times the decomposed kernel counts.
    let checkNoise temperature scale (spectrum: Spectrum) =
        let rounding = 1e-16 * scale * Array.last spectrum.Eigenvalues

        match spectrum.Quadrature with
        | Some known when not (scale * known.Rounding <= worstSingle * temperature) ->
            Error(Failures.lostInSingle temperature)
        | Some _ -> Ok()
        | None ->

            if
                temperature > 0.0
                && spectrum.Rank < spectrum.Count
                && rounding > worstNoise * temperature
            then
                Error(Failures.lost temperature)
            else
                Ok()

    /// What a search failed for, or that T is lost where `scale` times the decomposed kernel hides it.
    let orLost temperature scale spectrum (found: Result<'T, Failure>) =
        match found with
        | Ok _ -> found
        | Error failure -> checkNoise temperature scale spectrum |> Result.bind (fun () -> Error failure)
