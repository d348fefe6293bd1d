namespace FiniteWidth

open System
open System.Diagnostics
open System.Threading
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// The cavity theory: expectation propagation over the hidden units of one layer, each with its true distribution in the field of the
/// others. Of several layers it is the last one, over the infinite-width kernel of those below (`CavityLayers.Last`); what these leave out is to
/// first order `CavityPosterior.LayersBelow`.
///
/// p(w) ~ p0(w) (1+a)^(-1/2) exp(b^2/(2(1+a))),  a = phi^T G phi/(lambda_1 N),  b = phi.g/sqrt(lambda_1 N),
/// (T I + Khat - (T/N) G Khat) g = y,  (T I + V - (T/N) G V) G = I,  Khat = E[phi phi^T/(1+a)]/lambda_1,  V = Cov(v phi).
///
/// It becomes the saddle point of the Gaussian theories where features are Gaussian, infinite width at N -> infinity, and is right to first
/// order in 1/N. The log evidence of the others is expanded to second order in a unit's own output: where few units share the task that is
/// not enough, `CavityDiagnostics.GaussianCavity` says so, and along the direction of the targets that matters most the others' message is taken as
/// it is (`CavitySettings.Directions`).
[<RequireQualifiedAccess>]
module CavityTheory =

    let private blocks = 8

    // Sweeps that were averaged from a state on, and what they say.
    [<NoComparison; NoEquality>]
    type private Averaged =
        {
            Start: CavityState
            Window: CavityWindow
            Estimates: Jackknife<CavityEstimate>
            Halves: CavityEstimate * CavityEstimate
            /// What the expansion to second order leaves out; nothing is asked in a field that is exact along a direction.
            Curvature: CavityCurvature
        }

        member this.IsExact = this.Start.Message.IsSome

    // Of |y|^2: where the direction carried 0.95 and more of it losses agreed with sampled networks, where it was 0.5 to 0.6 they were 4% low.
    let private smallestShare = 0.8

    /// Refuses what the theory does not describe.
    let describes layers (network: Network) temperature (train: DataSet) =
        result {
            do! CavityInputs.requireOneOutput "cavity theory" network train
            do! Posterior.checkTemperature temperature

            if network.Depth <> 1 && layers = CavityLayers.All then
                return!
                    Error(
                        Unsupported
                            $"The network has {network.Depth} hidden layers: the cavity theory describes one, or with \"layers\" = \"last\" the last one over the infinite-width kernel of those below it."
                    )
            elif temperature = 0.0 then
                return! Error(Unsupported "T = 0: the cavity theory needs a temperature above zero.")
        }

    let private check settings network temperature (study: Study) test =
        result {
            do! CavitySettings.check "cavity theory" settings
            do! describes settings.Layers network temperature study.Train
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

    // What speaks against averages, whose evidence has a meaning in a Gaussian field alone.
    let private doubts settings labels (averaged: Averaged) =
        let score = CavityEstimate.score labels
        let earlier, later = averaged.Halves

        let measured f =
            averaged.Estimates |> Jackknife.map f |> Jackknife.measure

        CavityDoubts.ofSweeps
            settings
            averaged.Window.Records
            (measured (fun e -> (score e).Loss))
            (score averaged.Estimates.Full).Loss
            (score earlier, score later)
            [
                if not averaged.IsExact then
                    let error = max (measured _.LogEvidence).Error 0.05

                    if CavityDoubts.moved earlier.LogEvidence later.LogEvidence error then
                        CavityDoubt.EvidenceDrift(earlier.LogEvidence, later.LogEvidence)
            ]

    let private qbar network temperature study =
        match Posterior.solve Theory.proportional network temperature study with
        | Ok posterior -> Array.last posterior.OrderParameters
        | Error _ -> 1.0

    let private startOf (from: CavityPosterior option) temperature study (sampler: CavitySampler) =
        let fits (state: CavityState) =
            state.Population.NodeCount = sampler.Population.Nodes.Length
            && state.Linear.Length = sampler.Inputs.Train.Count
            && state.Population.Coordinates = int sampler.Inputs.Coordinates.Columns

        match from with
        | Some posterior when fits posterior.Solution.State -> Ok(posterior.Solution.State.With None)
        | _ ->
            CavityState.start
                sampler.Population
                temperature
                (qbar sampler.Inputs.Network temperature study)
                sampler.Inputs

    // The exact first order in 1/N of several layers, which is the same at every width.
    let private expansion (from: CavityPosterior option) (network: Network) temperature test (study: Study) =
        let isSame (other: CavityPosterior) =
            other.Temperature = temperature
            && Network.withWidths network.Widths other.Network = network
            && Object.ReferenceEquals(other.Test, test)
            && Object.ReferenceEquals(other.Train, study.Train)

        match from with
        | _ when network.Depth = 1 -> None
        | Some other when isSame other -> other.Expansion
        | _ -> Some(WidthExpansion.solve network temperature test study |> Result.map _.Layers)

    let private attempt settings from cancellation progress network temperature (test: DataSet) study =
        result {
            do! check settings network temperature study test
            let clock = Stopwatch.StartNew()
            let inputs = CavityInputs.create network study.Train
            let own = sampler settings settings.Units temperature inputs test.Inputs
            let scouts = max CavitySettings.fewestUnits (settings.Units / 4)

            let none = Matrix.Zeros(0n, test.Inputs.Columns)
            let few = sampler settings scouts temperature inputs none

            let stream = (RandomStream.FromSeed settings.Seed).Split 1L
            let! start = startOf from temperature study few
            let first = start.Sweep
            let counter = SweepCounter(cancellation, progress)
            let burn = settings.Sweeps / 2
            let gather = burn / 8

            // A quarter of the units find the fixed point; the rest start where these arrive.
            let settled =
                CavityState.settle stream (burn - gather) (counter.UpTo settings.Sweeps) (start.Resize scouts) few

            let settled =
                CavityState.settle stream gather (counter.UpTo settings.Sweeps) (settled.Resize settings.Units) own

            let labels = DataSet.target 0 test

            let wantsDirection (averaged: Averaged) =
                match settings.Directions with
                | _ when averaged.IsExact -> false
                | Some count -> count = 1
                | None -> averaged.Curvature.GaussianCavity = GaussianCavity.Fails

            let measure count (state: CavityState) =
                let cumulants =
                    if state.Message.IsSome then
                        None
                    else
                        CavityState.fields state own
                        |> Option.map (fun fields -> CumulantSums.create inputs.Targets fields.Covariance)

                let window =
                    CavityState.measure blocks stream count cumulants (counter.Further count) state own

                CavityState.estimates temperature inputs window
                |> Result.map (fun (estimates, halves) ->
                    let averaged =
                        {
                            Start = state
                            Window = window
                            Estimates = estimates
                            Halves = halves
                            Curvature = CumulantSums.measure inputs.Width temperature cumulants
                        }

                    let doubts = doubts settings labels averaged
                    // More sweeps in a Gaussian field serve no one who asks for another.
                    (averaged, doubts), (if wantsDirection averaged then [] else doubts), window.End)

            let averages =
                Attempts.run
                    settings
                    clock
                    (fun (state: CavityState) -> state.Sweep - first)
                    measure
                    (settings.Sweeps - burn)

            let! gaussian, doubts = averages settled

            // From the Gaussian field on, with a direction that is exact.
            let exactly fields =
                result {
                    let message = CavityClosure.start inputs temperature fields
                    let state = gaussian.Window.End.With(Some message)

                    let! final, doubts =
                        CavityState.settle stream burn (counter.Further burn) state own |> averages

                    let share = CavityClosure.share inputs message

                    return
                        final,
                        Some share,
                        [
                            if share < smallestShare then
                                CavityDoubt.Overlap share
                            yield! doubts
                        ]
                }

            let! final, share, doubts =
                match CavityState.fields gaussian.Window.End own, gaussian.Curvature.GaussianCavity with
                | Some fields, _ when wantsDirection gaussian -> exactly fields
                | _, GaussianCavity.Holds -> Ok(gaussian, None, doubts)
                | _, GaussianCavity.Fails -> Ok(gaussian, None, CavityDoubt.NotGaussian :: doubts)

            let window = final.Window
            // What is seen later needs these alone, not the sums and units of every sweep.
            let started, ended, averaged = final.Start, window.End, window.Records.Length

            // The same sweeps in the same random numbers, seen from other points.
            let replay (points: Matrix) =
                let other = sampler settings settings.Units temperature inputs points

                let window = CavityState.measure blocks stream averaged None ignore started other

                CavityState.estimates temperature inputs window |> Result.orFail |> fst

            let features =
                lazy
                    (let alone = sampler settings settings.Units temperature inputs none
                     CavityFeatures.measure blocks stream averaged ended alone)

            return
                CavityPosterior(
                    network,
                    temperature,
                    study.Train,
                    test,
                    {
                        State = window.End
                        Residual = abs (SweepRecord.average _.Amplitude window.Records - 1.0)
                        Iterations = window.End.Sweep - first
                    },
                    final.Estimates,
                    final.Halves,
                    (gaussian.Estimates, gaussian.Halves),
                    SweepRecord.specialisedUnits inputs.Width window.Records,
                    expansion from network temperature test study,
                    ({
                        Sweeps = window.End.Sweep - first
                        Averaged = window.Records.Length
                        EffectiveUnits = SweepRecord.average _.EffectiveUnits window.Records
                        Acceptance = SweepRecord.average _.Acceptance window.Records
                        SwapRate = SweepRecord.average _.SwapRate window.Records
                        Amplitude = SweepRecord.average _.Amplitude window.Records
                        Curvature = gaussian.Curvature
                        ExactDirection = share
                        Doubts = doubts
                    }
                    : CavityDiagnostics),
                    replay,
                    features
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
