namespace FiniteWidth.Benchmarks

open System
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics

/// Effective draws of the test loss of an erf network: HMC on the hidden weights inside the span of the data, the readout integrated
/// out, against the papers' Langevin dynamics of all weights, which starts where HMC has arrived.
[<RequireQualifiedAccess>]
module SamplingCases =

    let private examples = 200
    let private width = 100
    let private temperature = 0.01

    // The papers' step.
    let private eta = 1e-3
    let private chains = 2

    let private posterior firstLayer (split: Split) =
        NetworkPosterior.create
            { NetworkPosterior.defaults with
                FirstLayer = firstLayer
            }
            (Architecture.FullyConnected(Network.dense Activation.erf [ width ]))
            temperature
            split.Train
        |> Result.orFail

    let private testLoss (split: Split) predict posterior : ObservablesSource =
        let predictors = NetworkPredictor.create split.Test.Inputs posterior

        fun () ->
            let predictor = predictors ()

            {
                Traced = [ "test loss" ]
                Streamed = []
                Evaluate =
                    fun stream position values ->
                        let prediction = predict predictor position stream
                        values[0] <- (Prediction.score split.Test.Targets prediction).Loss
            }

    let private marginal (predictor: NetworkPredictor) position stream = predictor.Marginal(position, stream)
    let private full (predictor: NetworkPredictor) position stream = predictor.Full(position, stream)

    let private settings =
        { RunSettings.defaults with
            Chains = chains
            Threads = chains
        }

    let private hmc split posterior settings =
        Run.start Sampler.hmc (testLoss split marginal posterior) (MarginalTarget.create posterior) settings
        |> Result.orFail

    // Where chains of HMC from the prior have arrived.
    let private arrived split posterior =
        let run =
            hmc
                split
                posterior
                { settings with
                    WarmUp = 200
                    Draws = 50
                }

        run.States |> Array.map _.Position

    let private size (run: Run) =
        EffectiveSize.mean run.Traces.Head.Values

    // The adaptation of the step is timed too.
    let private integrated (split: Split) () =
        let posterior = posterior FirstLayer.InSpan split
        let start = arrived split posterior

        fun () ->
            hmc
                split
                posterior
                { settings with
                    Start = Some(Array.get start)
                    WarmUp = 50
                    Draws = 150
                }
            |> size

    let private langevin (split: Split) () =
        let posterior = posterior FirstLayer.Complete split
        let readout = ConditionalReadout posterior

        // Hidden weights of the posterior with a readout drawn given them are a draw of the posterior.
        let start =
            arrived split posterior
            |> Array.mapi (fun chain hidden ->
                let position =
                    Array.append hidden (Array.zeroCreate (posterior.Layout.Dimension - hidden.Length))

                readout.Draw(position, RandomStream.FromSeed(2UL).Split(int64 chain))
                position)

        let steps =
            NetworkPosterior.langevinRates posterior |> Array.map (fun rate -> eta * rate)

        fun () ->
            Run.start
                (Sampler.langevin steps)
                (testLoss split full posterior)
                (FullTarget.create posterior)
                { settings with
                    Start = Some(Array.get start)
                    WarmUp = 0
                    Draws = 100
                    StepsPerDraw = 20
                }
            |> Result.orFail
            |> size

    let all (digits: int -> int -> Split) =
        let split = digits examples 500

        [
            {
                Name = $"an effective draw of the test loss, N = {width}"
                Examples = examples
                Target = FiniteWidth.Benchmarks.Target.Ratio 30.0
                Baseline = Baseline.Sampler($"Langevin, eta = {eta}", langevin split)
                Prepare =
                    fun () ->
                        let run = integrated split ()
                        fun () -> { Value = run (); Residual = None }
            }
        ]
