namespace FiniteWidth

open System
open System.Diagnostics
open System.Threading
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// How far a solution has come.
[<RequireQualifiedAccess>]
type CavityProgress =
    {
        /// Sweeps done.
        Sweep: int
        /// Sweeps of this attempt and those before it.
        Sweeps: int
        /// Copies of a unit that count after reweighting, in this sweep.
        EffectiveUnits: float
    }

/// The cavity theory: expectation propagation over the hidden units of one layer, each with its true distribution in the field of the
/// others.
///
/// p(w) ~ p0(w) (1+a)^(-1/2) exp(b^2/(2(1+a))),  a = phi^T G phi/(lambda_1 N),  b = phi.g/sqrt(lambda_1 N),
/// (T I + Khat - (T/N) G Khat) g = y,  (T I + V - (T/N) G V) G = I,  Khat = E[phi phi^T/(1+a)]/lambda_1,  V = Cov(v phi).
///
/// It becomes the saddle point of the Gaussian theories where features are Gaussian, infinite width at N -> infinity, and is right to first
/// order in 1/N. The log evidence of the others is expanded to second order in a unit's own output: where few units share the task that is
/// not enough, and `CavityDiagnostics.GaussianCavity` says so.
[<RequireQualifiedAccess>]
module CavityTheory =

    let private blocks = 8

    /// Refuses what the theory does not describe.
    let describes (network: Network) temperature (train: DataSet) =
        result {
            do! CavityInputs.requireOneLayer "cavity theory" network train
            do! Posterior.checkTemperature temperature

            if temperature = 0.0 then
                return! Error(Unsupported "T = 0: the cavity theory needs a temperature above zero.")
        }

    let private check settings network temperature (study: Study) test =
        result {
            do! CavitySettings.check "cavity theory" settings
            do! describes network temperature study.Train
            let! _ = Split.create study.Train test
            return ()
        }

    let private sampler settings units temperature (inputs: CavityInputs) (test: Matrix) =
        let nodes = CavityInputs.nodes inputs

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
            Temperature = temperature
            Population = population
            Ladder = LadderWeights(ReadOnlySpan nodes, inputs.IsOdd)
            TestPrior = CavityInputs.priorKernelAt test inputs
        }

    let private doubts settings records loss raw halves (evidence: Measured) evidences =
        CavityDoubts.ofSweeps
            settings
            records
            loss
            raw
            halves
            [
                if CavityDoubts.moved (fst evidences) (snd evidences) (max evidence.Error 0.05) then
                    CavityDoubt.EvidenceDrift evidences
            ]

    let private qbar network temperature study =
        match Posterior.solve Theory.proportional network temperature study with
        | Ok posterior -> posterior.OrderParameters[0]
        | Error _ -> 1.0

    let private startOf (from: CavityPosterior option) temperature study (sampler: CavitySampler) =
        let fits (state: CavityState) =
            state.Population.NodeCount = sampler.Population.Nodes.Length
            && state.Linear.Length = sampler.Inputs.Train.Count
            && state.Population.Coordinates = int sampler.Inputs.Coordinates.Columns

        match from with
        | Some posterior when fits posterior.Solution.State -> Ok posterior.Solution.State
        | _ ->
            CavityState.start
                sampler.Population
                temperature
                (qbar sampler.Inputs.Network temperature study)
                sampler.Inputs

    let private attempt
        settings
        from
        (cancellation: CancellationToken)
        progress
        network
        temperature
        (test: DataSet)
        study
        =
        result {
            do! check settings network temperature study test
            let clock = Stopwatch.StartNew()
            let inputs = CavityInputs.create network study.Train
            let own = sampler settings settings.Units temperature inputs test.Inputs
            let scouts = max CavitySettings.fewestUnits (settings.Units / 4)

            let few =
                sampler settings scouts temperature inputs (Matrix.Zeros(0n, test.Inputs.Columns))

            let stream = (RandomStream.FromSeed settings.Seed).Split 1L
            let! start = startOf from temperature study few
            let first = start.Sweep
            let mutable swept = 0

            let onSweep sweeps (record: SweepRecord) =
                cancellation.ThrowIfCancellationRequested()
                swept <- swept + 1

                progress (
                    {
                        Sweep = swept
                        Sweeps = sweeps
                        EffectiveUnits = record.EffectiveUnits
                    }
                    : CavityProgress
                )

            let burn = settings.Sweeps / 2
            let gather = burn / 8

            // A quarter of the units find the fixed point; the rest start where these arrive.
            let settled =
                CavityState.settle stream (burn - gather) (onSweep settings.Sweeps) (start.Resize scouts) few

            let settled =
                CavityState.settle stream gather (onSweep settings.Sweeps) (settled.Resize settings.Units) own

            let measure count (state: CavityState) =
                let cumulants =
                    CavityFields.step inputs.Width temperature inputs.Targets state.Kernel state.Second state.Curvature
                    |> Option.map (fun fields -> CumulantSums.create inputs.Targets fields.Covariance)

                let window =
                    CavityState.measure blocks stream count cumulants (onSweep (swept + count)) state own

                CavityState.estimates temperature inputs window
                |> Result.map (fun (estimates, halves) ->
                    let labels = DataSet.target 0 test
                    let score = CavityEstimate.score labels
                    let loss = estimates |> Jackknife.map (fun e -> (score e).Loss) |> Jackknife.measure
                    let evidence = estimates |> Jackknife.map _.LogEvidence |> Jackknife.measure
                    let earlier, later = halves

                    let doubts =
                        doubts
                            settings
                            window.Records
                            loss
                            (score estimates.Full).Loss
                            (score earlier, score later)
                            evidence
                            (earlier.LogEvidence, later.LogEvidence)

                    let curvature = CumulantSums.measure inputs.Width temperature cumulants
                    (state, window, curvature, estimates, halves, doubts), doubts, window.End)

            let! state, window, curvature, estimates, halves, doubts =
                settled
                |> Attempts.run settings clock (fun state -> state.Sweep - first) measure (settings.Sweeps - burn)

            let doubts =
                match curvature.GaussianCavity with
                | GaussianCavity.Holds -> doubts
                | GaussianCavity.Fails -> CavityDoubt.NotGaussian :: doubts

            // The same sweeps in the same random numbers, seen from other points.
            let replay (points: Matrix) =
                let other = sampler settings settings.Units temperature inputs points

                let window =
                    CavityState.measure blocks stream window.Records.Length None ignore state other

                CavityState.estimates temperature inputs window |> Result.orFail |> fst

            return
                CavityPosterior(
                    network,
                    temperature,
                    test,
                    {
                        State = window.End
                        Residual = abs (SweepRecord.average _.Amplitude window.Records - 1.0)
                        Iterations = window.End.Sweep - first
                    },
                    estimates,
                    halves,
                    SweepRecord.specialisedUnits inputs.Width window.Records,
                    ({
                        Sweeps = window.End.Sweep - first
                        Averaged = window.Records.Length
                        EffectiveUnits = SweepRecord.average _.EffectiveUnits window.Records
                        Acceptance = SweepRecord.average _.Acceptance window.Records
                        SwapRate = SweepRecord.average _.SwapRate window.Records
                        Amplitude = SweepRecord.average _.Amplitude window.Records
                        Curvature = curvature
                        Doubts = doubts
                    }
                    : CavityDiagnostics),
                    replay
                )
        }

    /// The theory from a solution nearby, where there is one, telling how far it has come; an OperationCanceledException where it is called off.
    let solveWith settings from cancellation progress network temperature test study =
        Failures.catch (fun () -> attempt settings from cancellation progress network temperature test study)

    /// The theory for a network of one hidden layer at temperature T > 0, on a study's training set, measured on a test set.
    let solve network temperature test (study: Study) =
        solveWith
            (CavitySettings.standard study.Train)
            None
            CancellationToken.None
            ignore
            network
            temperature
            test
            study
