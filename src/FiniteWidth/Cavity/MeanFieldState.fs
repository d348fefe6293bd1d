namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// Where a solution of the mean-field limit stands: units, the kernel that they average and Delta. It goes on from here to the bit.
[<Sealed; NoComparison; NoEquality>]
type MeanFieldState
    internal
    (
        population: PopulationState,
        freeEnergies: float[],
        largest: float,
        kernel: Matrix,
        delta: float[],
        sweep: int,
        reach: float
    ) =

    member internal _.Population = population
    member internal _.FreeEnergies = freeEnergies
    member internal _.Largest = largest
    member internal _.Kernel = kernel
    member internal _.Delta = delta

    /// How far readouts reached in the last sweeps.
    member internal _.Reach = reach

    /// Sweeps taken.
    member _.Sweep = sweep

    member internal _.Resize units =
        MeanFieldState(population.Resize units, freeEnergies, largest, kernel, delta, sweep, reach)

    /// The same field and kernel seen by the units of another solution, on its ladder.
    member internal _.WithUnitsOf(other: MeanFieldState) =
        MeanFieldState(other.Population, other.FreeEnergies, other.Largest, kernel, delta, other.Sweep, other.Reach)

    /// On a ladder that ends elsewhere, whose free energies are not known yet.
    member internal _.WithLargest largest =
        MeanFieldState(population, Array.zeroCreate freeEnergies.Length, largest, kernel, delta, sweep, reach)

/// Sums over a window of sweeps in blocks, what each sweep showed, and where the window ended.
[<NoComparison; NoEquality>]
type internal MeanFieldWindow =
    {
        Blocks: (CavityMoments * int)[]
        Records: SweepRecord[]
        End: MeanFieldState
    }

[<RequireQualifiedAccess>]
module internal MeanFieldState =

    /// (I/beta + K) Delta = y.
    let private solve (kernel: Matrix) (sampler: MeanFieldSampler) =
        CavityFields.ridge (1.0 / sampler.Scaling.Beta) kernel sampler.Inputs.Targets

    /// The maximum for units of Gaussian features, log E exp = -log(1 - q)/2 with q = gamma^2 Delta.K Delta < 1 of the prior's K: there the
    /// kernel is K + gamma^2 K Delta Delta^T K/(1 - q), and Delta that of K/(1 - q).
    let start (sampler: MeanFieldSampler) =
        let prior = sampler.Inputs.PriorKernel
        let squared = sampler.Scaling.Gamma * sampler.Scaling.Gamma

        let at q =
            let kernel = prior.Clone()
            InPlace.scale (1.0 / (1.0 - q)) kernel
            solve kernel sampler

        let shareOf delta =
            squared * CavityFields.dot delta (CavityFields.times prior false delta)

        let excess q =
            match at q with
            | Some delta -> q - shareOf delta
            | None -> -1.0

        let q = UnitWeights.bisect excess 0.0 (1.0 - 1e-9)

        match at q with
        | Some delta ->
            let kernel = prior.Clone()
            let image = CavityFields.times prior false delta
            InPlace.addOuter (squared / (1.0 - q)) image image kernel

            MeanFieldState(
                sampler.Population.Save(),
                Array.zeroCreate sampler.Population.Nodes.Length,
                sampler.Largest,
                kernel,
                delta,
                0,
                0.0
            )
            |> Ok
        | None ->
            Error(
                Inaccurate
                    $"beta = {sampler.Scaling.Beta}: 1/beta is lost in the rounding of the training examples' kernel; rescale the inputs, or lower beta or the priors."
            )

    let private restore (state: MeanFieldState) (sampler: MeanFieldSampler) =
        sampler.Population.Restore state.Population
        state.FreeEnergies.CopyTo sampler.Ladder.FreeEnergies

    let private save kernel delta sweep reach (sampler: MeanFieldSampler) =
        MeanFieldState(
            sampler.Population.Save(),
            sampler.Ladder.FreeEnergies.ToArray(),
            sampler.Largest,
            kernel,
            delta,
            sweep,
            reach
        )

    /// Sweeps that let the kernel follow the units, by a tenth a sweep and from half-way on by a twentieth.
    let settle (stream: RandomStream) count onSweep (state: MeanFieldState) (sampler: MeanFieldSampler) =
        restore state sampler
        let kernel = state.Kernel.Clone()
        let moments = CavityMoments.kernels kernel.Rows 0n
        let mutable delta, reach = state.Delta, state.Reach

        for t in 0 .. count - 1 do
            let record, reached =
                MeanFieldSweep.run false (stream.Split(int64 (state.Sweep + t))) true delta moments sampler

            InPlace.follow (if t < count / 2 then 0.1 else 0.05) moments.Kernel kernel
            reach <- reach + 0.2 * (reached - reach)
            delta <- solve kernel sampler |> Option.defaultValue delta
            onSweep record

        save kernel delta (state.Sweep + count) reach sampler

    /// Sweeps that are averaged, in blocks; Delta follows the average.
    let measure blocks (stream: RandomStream) count onSweep (state: MeanFieldState) (sampler: MeanFieldSampler) =
        restore state sampler
        let points = state.Kernel.Rows
        let moments = CavityMoments.kernels points sampler.TestPrior.Rows

        let sums =
            Array.init blocks (fun _ -> CavityMoments.kernels points sampler.TestPrior.Rows)

        let counts = Array.zeroCreate<int> blocks
        let kernel = Matrix.Zeros(points, points)
        let mutable delta, reach = state.Delta, 0.0

        let records =
            [|
                for t in 0 .. count - 1 do
                    let record, reached =
                        MeanFieldSweep.run true (stream.Split(int64 (state.Sweep + t))) false delta moments sampler

                    let block = t * blocks / count
                    CavityMoments.add 1.0 moments sums[block]
                    counts[block] <- counts[block] + 1
                    InPlace.scale (float t / float (t + 1)) kernel
                    InPlace.add (1.0 / float (t + 1)) moments.Kernel kernel
                    reach <- reach + reached / float count

                    // An average over many sweeps hardly moves in one.
                    if t < 10 || t % 4 = 3 then
                        let mixed = kernel.Clone()
                        InPlace.follow (CavityState.memory (t + 1)) state.Kernel mixed
                        delta <- solve mixed sampler |> Option.defaultValue delta

                    onSweep record
                    record
            |]

        {
            Blocks = Array.zip sums counts
            Records = records
            End = save kernel delta (state.Sweep + count) reach sampler
        }

    /// The estimates of a window, of it without each of its blocks, and of its halves.
    let estimates (sampler: MeanFieldSampler) (window: MeanFieldWindow) =
        let ofBlocks blocks =
            let moments = CavityMoments.average blocks

            solve moments.Kernel sampler
            |> Option.map (fun delta ->
                MeanFieldEstimate.ofMoments sampler.Scaling sampler.Inputs.Targets delta moments)

        match Jackknife.ofBlocks ofBlocks window.Blocks with
        | Some estimates -> Ok estimates
        | None ->
            Error(
                Inaccurate
                    "The moments of the mean-field limit are too noisy to have an inverse at this beta: more units or sweeps are needed."
            )
