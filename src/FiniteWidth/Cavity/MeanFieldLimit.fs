namespace FiniteWidth

open System
open System.Diagnostics
open System.Threading
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// One hidden layer of infinitely many units in the mean-field scaling lambda_1 = N gamma^2, T = 1/(beta N gamma^2): with phi =
/// sigma(X w/sqrt(N0)) the features of a unit of the prior p0, the maximum over Delta (P) of the concave
///
/// F(Delta) = gamma^2 Delta.y - gamma^2 |Delta|^2/(2 beta) - log E_p0 exp(gamma^2 (Delta.phi)^2/2),
///
/// where (I/beta + K) Delta = y, K = E_p[phi phi^T], p(w) ~ p0(w) exp(gamma^2 (Delta.phi)^2/2). Then f(x) = E_p[phi(x) phi^T] Delta, without
/// variance, and log p(y|X) = -N F(Delta) + O(log N). Units learn features though there are infinitely many, and the width drops out.
///
/// Where sigma grows linearly the average is finite only for gamma^2 (Delta.phi)^2 < lambda_0 |w|^2; the maximum lies inside.
/// Source: arXiv:2502.07998.
[<RequireQualifiedAccess>]
module MeanFieldLimit =

    let private theory = "mean-field limit"
    let private blocks = 8

    // The ladder of readouts, u ~ N(0, 1) a priori: where it begins, and what it has at least.
    let private firstLargest = 15.0
    let private leastLargest = 4.0

    // Ladders that are tried until one has the right length.
    let private mostLadders = 6

    /// Refuses what the theory does not describe.
    let describes (network: Network) (train: DataSet) =
        CavityInputs.requireOneOutput theory network train
        |> Result.bind (fun () -> CavityInputs.requireOneLayer theory network)

    let private check settings network (study: Study) test =
        result {
            do! CavitySettings.check theory settings

            if settings.Directions = Some 1 then
                return!
                    Error(
                        Unsupported
                            "The mean-field limit has no exact directions: the field of infinitely many units does not fluctuate."
                    )

            do! describes network study.Train
            let! _ = Split.create study.Train test
            return ()
        }

    let private sampler settings units largest scaling (inputs: CavityInputs) (test: Matrix) =
        // Activations that are not bounded have readouts far out.
        let nodes = CavityInputs.ladder (if inputs.IsOdd then 20 else 32) largest inputs

        let population =
            UnitPopulation(
                CavityInputs.units test inputs,
                ReadOnlySpan nodes,
                units,
                (RandomStream.FromSeed settings.Seed).Split 0L,
                settings.Threads
            )

        {
            Inputs = inputs
            Scaling = scaling
            Population = population
            Ladder = LadderWeights(ReadOnlySpan nodes, inputs.IsOdd)
            TestPrior = CavityInputs.priorKernelAt test inputs |> fst
        }

    /// Where a ladder for readouts up to `reach` ends: E[u|w] and three deviations of u, with a margin.
    let private largestFor reach = max leastLargest (1.25 * reach + 3.0)

    let private isShort reach largest = reach + 1.0 > largest

    // From a solution nearby its units: its Delta may lie where the average of another gamma diverges.
    let private startOf (from: MeanFieldPosterior option) (sampler: MeanFieldSampler) =
        let fits (state: MeanFieldState) =
            state.Population.NodeCount = sampler.Population.Nodes.Length
            && state.Delta.Length = sampler.Inputs.Train.Count
            && state.Population.Coordinates = int sampler.Inputs.Coordinates.Columns

        MeanFieldState.start sampler
        |> Result.map (fun start ->
            match from with
            | Some posterior when fits posterior.Solution.State -> start.WithUnitsOf posterior.Solution.State
            | _ -> start)

    /// Settles until the ladder of readouts is as long as they ask for: too short it misses units, too long it moves them slowly.
    let rec private settle ladders sampler sweeps (state: MeanFieldState) : MeanFieldState =
        let settled: MeanFieldState = sweeps state (sampler state.Largest)
        let largest = largestFor settled.Reach
        let isShort = isShort settled.Reach state.Largest
        let isLong = largest < 0.75 * state.Largest

        if ladders > 1 && (isShort || isLong) then
            settle (ladders - 1) sampler sweeps (settled.WithLargest largest)
        else
            settled

    let private doubts settings (window: MeanFieldWindow) loss raw halves (energy: Measured) energies =
        let reach, largest = window.End.Reach, window.End.Largest

        CavityDoubts.ofSweeps
            settings
            window.Records
            loss
            raw
            halves
            [
                if CavityDoubts.moved (fst energies) (snd energies) (max energy.Error (0.0025 * energy.Value)) then
                    CavityDoubt.FreeEnergyDrift energies
                if isShort reach largest then
                    CavityDoubt.ShortLadder(reach, largest)
            ]

    let private attempt settings from cancellation progress network scaling (test: DataSet) (study: Study) =
        result {
            do! check settings network study test
            let clock = Stopwatch.StartNew()
            // The readout's prior is the scaling's.
            let inputs = CavityInputs.create (Network.withReadoutPrior 1.0 network) study.Train
            let scouts = max CavitySettings.fewestUnits (settings.Units / 4)
            let noPoints = Matrix.Zeros(0n, test.Inputs.Columns)

            let few largest =
                sampler settings scouts largest scaling inputs noPoints

            let stream = (RandomStream.FromSeed settings.Seed).Split 1L
            let! start = startOf from (few firstLargest)
            let first = start.Sweep
            let counter = SweepCounter(cancellation, progress)
            let burn = settings.Sweeps / 2
            let gather = burn / 8

            // A quarter of the units find Delta and how far readouts reach; the rest start where these arrive.
            let settled =
                start.Resize scouts
                |> settle mostLadders few (MeanFieldState.settle stream (burn - gather) (counter.UpTo settings.Sweeps))

            let onLadder largest =
                sampler settings settings.Units largest scaling inputs test.Inputs

            let mutable own = onLadder settled.Largest

            let arrive (state: MeanFieldState) =
                MeanFieldState.settle stream gather (counter.UpTo settings.Sweeps) state own

            let settled = settled.Resize settings.Units |> arrive

            // What more sweeps have found beyond the ladder's end.
            let lengthened (state: MeanFieldState) =
                if isShort state.Reach state.Largest then
                    let longer = state.WithLargest(largestFor state.Reach)
                    own <- onLadder longer.Largest
                    arrive longer
                else
                    state

            let measure count state =
                let state = lengthened state

                let window =
                    MeanFieldState.measure blocks stream count (counter.Further count) state own

                MeanFieldState.estimates own window
                |> Result.map (fun (estimates, halves) ->
                    let score = MeanFieldEstimate.score (DataSet.target 0 test)
                    let loss = estimates |> Jackknife.map (fun e -> (score e).Loss) |> Jackknife.measure
                    let energy = estimates |> Jackknife.map _.FreeEnergy |> Jackknife.measure
                    let earlier, later = halves

                    let doubts =
                        doubts
                            settings
                            window
                            loss
                            (score estimates.Full).Loss
                            (score earlier, score later)
                            energy
                            (earlier.FreeEnergy, later.FreeEnergy)

                    (state, window, estimates, halves, doubts), doubts, window.End)

            let! state, window, estimates, halves, doubts =
                settled
                |> Attempts.run settings clock (fun state -> state.Sweep - first) measure (settings.Sweeps - burn)

            // The same sweeps in the same random numbers, seen from other points.
            let replay (points: Matrix) =
                let other = sampler settings settings.Units state.Largest scaling inputs points

                MeanFieldState.measure blocks stream window.Records.Length ignore state other
                |> MeanFieldState.estimates other
                |> Result.orFail
                |> fst

            let average f = SweepRecord.average f window.Records

            return
                MeanFieldPosterior(
                    network,
                    scaling,
                    test,
                    {
                        State = window.End
                        Residual = abs (average _.Amplitude - 1.0)
                        Iterations = window.End.Sweep - first
                    },
                    estimates,
                    halves,
                    SweepRecord.specialisedUnits 1.0 window.Records,
                    ({
                        Sweeps = window.End.Sweep - first
                        Averaged = window.Records.Length
                        EffectiveUnits = average _.EffectiveUnits
                        Acceptance = average _.Acceptance
                        SwapRate = average _.SwapRate
                        Amplitude = average _.Amplitude
                        Reach = window.End.Reach
                        LargestReadout = window.End.Largest
                        Doubts = doubts
                    }
                    : MeanFieldDiagnostics),
                    replay
                )
        }

    /// The limit from a solution nearby, where there is one, telling how far it has come; an OperationCanceledException where it is called
    /// off. Of the network neither the width nor the readout's prior matters.
    let solveWith settings from cancellation progress network scaling test study =
        Failures.catch (fun () -> attempt settings from cancellation progress network scaling test study)

    /// The limit for a network of one hidden layer on a study's training set, measured on a test set.
    let solve network scaling test (study: Study) =
        solveWith (CavitySettings.standard study.Train) None CancellationToken.None ignore network scaling test study
