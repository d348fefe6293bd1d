namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// Where a solution stands: units, averaged moments and fields. It goes on from here to the bit.
[<Sealed; NoComparison; NoEquality>]
type CavityState
    internal
    (
        population: PopulationState,
        freeEnergies: float[],
        kernel: Matrix,
        second: Matrix,
        excess: float[],
        linear: float[],
        curvature: Matrix,
        message: CavityMessage option,
        sweep: int
    ) =

    member internal _.Population = population
    member internal _.FreeEnergies = freeEnergies
    member internal _.Kernel = kernel
    member internal _.Second = second
    member internal _.Excess = excess
    member internal _.Linear = linear
    member internal _.Curvature = curvature

    /// Of the direction that is exact, where there is one.
    member internal _.Message = message

    /// The same units in a Gaussian field, or in one with this message.
    member internal _.With message =
        let excess = Array.zeroCreate excess.Length
        CavityState(population, freeEnergies, kernel, second, excess, linear, curvature, message, sweep)

    member internal _.Resize units =
        CavityState(population.Resize units, freeEnergies, kernel, second, excess, linear, curvature, message, sweep)

    /// Sweeps taken.
    member _.Sweep = sweep

/// Sums over a window of sweeps in blocks, what each sweep showed, and where the window ended.
[<NoComparison; NoEquality>]
type internal CavityWindow =
    {
        Blocks: (CavityMoments * int)[]
        Records: SweepRecord[]
        End: CavityState
    }

[<RequireQualifiedAccess>]
module internal CavityState =

    /// The saddle point's Gaussian features: Khat = Qbar K/lambda_1, g = (T I + Khat)^(-1) y.
    let start (population: UnitPopulation) temperature qbar (inputs: CavityInputs) =
        let kernel = inputs.PriorKernel.Clone()
        InPlace.scale (qbar / inputs.ReadoutPrior) kernel
        let inverse = kernel.Clone()
        InPlace.addDiagonal temperature inverse

        match LinearAlgebra.Default.Cholesky inverse with
        | 0n ->
            LinearAlgebra.Default.Invert inverse
            let g = CavityFields.times inverse false inputs.Targets
            let mean = CavityFields.times kernel false g
            let second = kernel.Clone()
            // Of unequal units a few carry more of the mean than 1/N each.
            InPlace.addOuter (3.0 / inputs.Width) mean mean second

            CavityState(
                population.Save(),
                Array.zeroCreate population.Nodes.Length,
                kernel,
                second,
                Array.zeroCreate g.Length,
                g,
                inverse,
                None,
                0
            )
            |> Ok
        | _ ->
            Error(
                Inaccurate
                    $"T = {temperature} is lost in the rounding of the training examples' kernel: rescale the inputs, or raise T or the priors."
            )

    /// Averages over few sweeps still lean on the moments before, the first by nine tenths.
    let memory sweeps =
        0.9 * max 0.0 (1.0 - float sweeps / 10.0)

    let private restore (state: CavityState) (sampler: CavitySampler) =
        sampler.Population.Restore state.Population
        state.FreeEnergies.CopyTo sampler.Ladder.FreeEnergies

    // What fields follow: the averages of Khat, of the second moments, and of the excess.
    let private copy (state: CavityState) =
        let average = CavityMoments.zero state.Kernel.Rows 0n
        state.Kernel.CopyTo average.Kernel
        state.Second.CopyTo average.Second
        state.Excess.CopyTo(average.Excess, 0)
        average

    // average := (1 - gain) average + gain sample, where both have no test points or the average leaves them out.
    let private follow gain (sample: CavityMoments) (average: CavityMoments) =
        InPlace.follow gain sample.Kernel average.Kernel
        InPlace.follow gain sample.Second average.Second

        for i in 0 .. average.Excess.Length - 1 do
            average.Excess[i] <- (1.0 - gain) * average.Excess[i] + gain * sample.Excess[i]

    let private save (average: CavityMoments) (g, curvature) sweep (sweeper: CavitySweeper) (sampler: CavitySampler) =
        CavityState(
            sampler.Population.Save(),
            sampler.Ladder.FreeEnergies.ToArray(),
            average.Kernel,
            average.Second,
            average.Excess,
            g,
            curvature,
            sweeper.Message(),
            sweep
        )

    // Of averaged moments, in the field G of before.
    let private step (average: CavityMoments) curvature (sampler: CavitySampler) =
        CavityFields.step
            sampler.Inputs.Width
            sampler.Temperature
            sampler.Inputs.Targets
            average.Kernel
            average.Second
            average.Excess
            curvature

    /// The fields that a state's averages make; none where noise has left these without an inverse.
    let fields (state: CavityState) (sampler: CavitySampler) =
        step (copy state) state.Curvature sampler

    let private fieldsOf (average: CavityMoments) (g, curvature) (sampler: CavitySampler) =
        step average curvature sampler
        |> Option.map (fun fields -> fields.Linear, fields.Curvature)
        |> Option.defaultValue (g, curvature)

    // In the field that the state was in.
    let private sweeperOf cumulants (state: CavityState) sampler =
        match state.Message with
        | Some message -> CavityClosure.sweeper sampler message
        | None -> CavitySweep.sweeper cumulants sampler

    /// Sweeps that let the moments follow the units, by a tenth a sweep and from half-way on by a twentieth.
    let settle (stream: RandomStream) count onSweep (state: CavityState) (sampler: CavitySampler) =
        restore state sampler
        let sweeper = sweeperOf None state sampler
        let average = copy state
        let moments = CavityMoments.zero state.Kernel.Rows 0n
        let mutable fields = state.Linear, state.Curvature

        for t in 0 .. count - 1 do
            let record =
                sweeper.Run false (stream.Split(int64 (state.Sweep + t))) (fst fields) (snd fields) moments

            follow (if t < count / 2 then 0.1 else 0.05) moments average
            fields <- fieldsOf average fields sampler
            onSweep record

        save average fields (state.Sweep + count) sweeper sampler

    /// Sweeps that are averaged, in blocks; the fields follow the average. Cumulants of a Gaussian field go into their sums, where there are any.
    let measure blocks (stream: RandomStream) count cumulants onSweep (state: CavityState) (sampler: CavitySampler) =
        restore state sampler
        let sweeper = sweeperOf cumulants state sampler
        let points, tests = state.Kernel.Rows, (fst sampler.TestPrior).Rows
        let moments = CavityMoments.zero points tests
        let sums = Array.init blocks (fun _ -> CavityMoments.zero points tests)
        let counts = Array.zeroCreate<int> blocks
        let average = CavityMoments.zero points 0n
        let mutable fields = state.Linear, state.Curvature

        let records =
            [|
                for t in 0 .. count - 1 do
                    let record =
                        sweeper.Run true (stream.Split(int64 (state.Sweep + t))) (fst fields) (snd fields) moments

                    let block = t * blocks / count
                    CavityMoments.add 1.0 moments sums[block]
                    counts[block] <- counts[block] + 1
                    follow (1.0 / float (t + 1)) moments average

                    // An average over many sweeps hardly moves in one.
                    if t < 10 || t % 4 = 3 then
                        let mixed = copy state
                        follow (1.0 - memory (t + 1)) average mixed
                        fields <- fieldsOf mixed fields sampler

                    onSweep record
                    record
            |]

        {
            Blocks = Array.zip sums counts
            Records = records
            End = save average fields (state.Sweep + count) sweeper sampler
        }

    /// Sweeps in the fields as they are, showing the units of each.
    let observe (stream: RandomStream) count see (state: CavityState) (sampler: CavitySampler) =
        restore state sampler
        let sweeper = sweeperOf None state sampler
        let moments = CavityMoments.zero state.Kernel.Rows (fst sampler.TestPrior).Rows

        for t in 0 .. count - 1 do
            let record =
                sweeper.Run true (stream.Split(int64 (state.Sweep + t))) state.Linear state.Curvature moments

            see t record.Density

    /// The estimates of a window and of it without each of its blocks, and the largest relative change of g over the window's end.
    let estimates temperature (inputs: CavityInputs) (window: CavityWindow) =
        let ofBlocks blocks =
            let moments = CavityMoments.average blocks

            CavityFields.solve
                inputs.Width
                temperature
                inputs.Targets
                moments.Kernel
                moments.Second
                moments.Excess
                window.End.Curvature
            |> Option.map (fun fields ->
                CavityEstimate.ofMoments inputs.Width temperature inputs.Targets fields moments)

        match Jackknife.ofBlocks ofBlocks window.Blocks with
        | Some estimates -> Ok estimates
        | None ->
            Error(
                Inaccurate
                    "The moments of the cavity theory are too noisy to have an inverse at this temperature: more units or sweeps are needed."
            )
