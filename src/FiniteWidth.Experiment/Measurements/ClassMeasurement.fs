namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics

/// The posterior of the class probabilities at test points (points x D), with Monte-Carlo standard errors.
type ClassProbabilityEstimates =
    {
        /// Posterior means of softmax(f)_c, a row a test point, a column a class.
        Probability: float[,]
        /// Their standard errors.
        ProbabilityError: float[,]
    }

/// How theory's probabilities lie beside measured ones.
[<Struct>]
type ProbabilityDistance =
    {
        /// The root mean square of (theory - experiment)/standard error over test points and classes.
        RmsZ: float
        /// The root mean square of theory - experiment.
        RmsDifference: float
        /// The root mean square of the standard errors: a difference of this size is noise.
        RmsError: float
    }

/// Class probabilities of a network as its sampled posterior has them, and what they are worth on a test set, with Monte-Carlo standard errors.
[<NoComparison; NoEquality>]
type ClassMeasurement =
    {
        /// The posterior that was sampled; its temperature is not used.
        Posterior: NetworkPosterior
        /// beta.
        Beta: float
        /// The classes of the test points, 0 .. D-1.
        Labels: int[]
        /// The fraction of test points whose most probable class is their label.
        Accuracy: Estimate
        /// The mean of -log p(label), p the posterior mean of the probability, in nats.
        NegativeLogLikelihood: Estimate
        /// The mean of sum_c (p_c - [c = label])^2.
        Brier: Estimate
        /// The scores of the measured probabilities as they are, with their calibration.
        Score: ClassScore
        /// The mean of -log softmax(f)_label over posterior and training set.
        TrainCrossEntropy: Estimate
        /// The same of the test set: what single networks of the posterior have, at least the negative log likelihood of their average.
        TestCrossEntropy: Estimate
        /// What was predicted at each test point.
        Probabilities: ClassProbabilityEstimates
        /// Mean, error, R-hat and effective draws of the cross-entropies, and lambda <w^2> of each layer (1 under the prior).
        Diagnoses: Diagnosis list
        /// Whether the chains have converged in these.
        Verdict: Verdict
        /// The chains.
        Run: Run
    }

/// The class probabilities of sampled networks.
///
/// Scores are those of p_tc = E softmax(f_t)_c. An average over draws is off by its standard error s_tc, which adds sum_c s_tc^2 to the Brier score
/// and, to second order, s^2/(2 p^2) to -log p: both are taken off. To first order a stretch of a chain with the means b_tc moves the negative log
/// likelihood by -(b - p)/p of the label and the Brier score by 2 (p_c - [c = label])(b_c - p_c), averaged over points: their standard errors are those of the
/// means of these numbers, with the stretches' autocorrelation. The accuracy has steps instead of slopes: its error is the root mean square of the number of labels that
/// flip, a point's most probable class becoming right or wrong, when all probabilities are moved together by Gaussian noise of the stretches' covariance.
[<RequireQualifiedAccess>]
module ClassMeasurement =

    /// All weights, first-layer weights in the span of the training inputs, HMC under the prior's exact motion, four chains.
    let standard =
        { Measurement.standard with
            Sampler = NetworkSampler.Sampled Sampler.hmc
        }

    // The streams of a run: means of all chains, and of each chain its stretches.
    [<Struct; NoComparison; NoEquality>]
    type private Streams =
        {
            Mean: float[]
            // A chain, a stretch, a quantity.
            Batches: float[][][]
        }

    let private streams (run: Run) =
        {
            Mean =
                Array.init run.Streams[0].Quantities (fun k ->
                    run.Streams |> Array.averageBy (fun moments -> moments.Mean[k]))
            Batches =
                run.Streams
                |> Array.map (fun moments -> Array.init moments.Filled (fun b -> moments.Batches[b]))
        }

    let private series (value: float[] -> float) streams =
        streams.Batches |> Array.map (Array.map value)

    // Of sum_k w_k (mean_k - its value), the weights where they are not zero.
    let private linearError (weights: (int * float)[]) streams =
        streams
        |> series (fun batch ->
            let mutable sum = 0.0

            for k, weight in weights do
                sum <- sum + weight * (batch[k] - streams.Mean[k])

            sum)
        |> Estimate.standardError

    // Moved this often by noise, the error of an error is some hundredths.
    let private flips = 1000

    // Margins further from zero than this many standard errors do not flip.
    let private certain = 6.0

    // By how many labels the count of right ones changes when the probabilities are moved by noise of the covariance that their stretches have.
    let private flipped seed classes (labels: int[]) streams =
        let p t c = streams.Mean[t * classes + c]

        let margins =
            labels
            |> Array.mapi (fun t label ->
                let rival = [ 0 .. classes - 1 ] |> List.filter ((<>) label) |> List.maxBy (p t)

                let margin = p t label - p t rival

                let chains =
                    streams |> series (fun b -> b[t * classes + label] - b[t * classes + rival])

                margin, Estimate.standardError chains, chains)
            |> Array.filter (fun (margin, error, _) -> abs margin <= certain * error)

        if margins.Length = 0 then
            0.0
        else
            let noise = RandomStream.FromSeed(seed).Split(-1L)
            let total = streams.Batches |> Array.sumBy _.Length
            let weights: float[] = Array.zeroCreate total

            // In units of the stretches' own scatter, so that a margin's noise has its standard error.
            let shapes =
                margins
                |> Array.map (fun (margin, error, chains) ->
                    let values = Array.concat chains
                    let mean = Array.average values
                    let away = values |> Array.map (fun value -> value - mean)
                    let size = sqrt (Array.sumBy (fun value -> value * value) away)

                    margin,
                    away
                    |> Array.map (fun value -> if size > 0.0 then value * error / size else 0.0))

            let once i =
                noise.Split(int64 i).Normal(Span weights)

                let change =
                    shapes
                    |> Array.sumBy (fun (margin, shape) ->
                        let moved = margin + Array.fold2 (fun sum a w -> sum + a * w) 0.0 shape weights

                        match margin > 0.0, moved > 0.0 with
                        | true, false -> -1.0
                        | false, true -> 1.0
                        | _ -> 0.0)

                change * change

            Seq.init flips once |> Seq.average |> sqrt

    let private ofRun (plan: MeasurementPlan) (posterior: NetworkPosterior) beta (labels: int[]) (run: Run) =
        let classes = posterior.Data.Outputs
        let points = labels.Length
        let streams = streams run

        let errors =
            Array.init streams.Mean.Length (fun k -> linearError [| k, 1.0 |] streams)

        let table (values: float[]) =
            Array2D.init points classes (fun t c -> values[t * classes + c])

        let share = 1.0 / float points

        let probability t =
            max streams.Mean[t * classes + labels[t]] Double.Epsilon

        let hot t c = if labels[t] = c then 1.0 else 0.0
        let score = ClassScore.ofProbabilities labels (table streams.Mean)

        let relativeSquare t =
            let ratio = errors[t * classes + labels[t]] / probability t
            ratio * ratio

        let diagnoses = run.Diagnoses |> List.truncate run.Traces.Length

        let traced name =
            diagnoses |> List.find (fun d -> d.Name = name) |> Estimate.ofDiagnosis

        {
            Posterior = posterior
            Beta = beta
            Labels = labels
            Accuracy =
                {
                    Value = score.Accuracy
                    Error = share * flipped plan.Settings.Seed classes labels streams
                }
            NegativeLogLikelihood =
                {
                    Value =
                        score.NegativeLogLikelihood
                        - 0.5 * share * Seq.sumBy relativeSquare [ 0 .. points - 1 ]
                    Error =
                        streams
                        |> linearError (Array.init points (fun t -> t * classes + labels[t], -share / probability t))
                }
            Brier =
                {
                    Value = score.Brier - share * Array.sumBy (fun s -> s * s) errors
                    Error =
                        streams
                        |> linearError (
                            Array.init streams.Mean.Length (fun k ->
                                k, 2.0 * share * (streams.Mean[k] - hot (k / classes) (k % classes)))
                        )
                }
            Score = score
            TrainCrossEntropy = traced ClassObservables.TrainCrossEntropy
            TestCrossEntropy = traced ClassObservables.TestCrossEntropy
            Probabilities =
                {
                    Probability = table streams.Mean
                    ProbabilityError = table errors
                }
            Diagnoses = diagnoses
            Verdict = Verdict.judge plan.Settings.Limits run.Tallies diagnoses
            Run = run
        }

    // The sampler of all weights, where the plan is one of classes.
    let private samplerOf (plan: MeasurementPlan) =
        match plan with
        | { Quantities = _ :: _ } ->
            Error(Unsupported "Of classes probabilities alone are measured: the plan asks for other quantities too.")
        | { Evidence = Some _ } ->
            Error(Unsupported "The log evidence is sampled of numbers, and the likelihood is that of classes.")
        | {
              Sampler = NetworkSampler.Sampled sampler
          } -> Ok sampler
        | _ ->
            Error(
                Unsupported
                    "Under the softmax likelihood the readout is not Gaussian: all weights are sampled, by NetworkSampler.Sampled, as in ClassMeasurement.standard."
            )

    let private measure go plan architecture beta (split: Split) =
        result {
            do! Likelihood.check (Likelihood.Categorical beta)
            let! sampler = samplerOf plan
            let! labels = ClassLabels.ofTraining split.Train.Targets
            let! classOf = ClassLabels.read labels split.Test.Targets
            let! posterior = SoftmaxTarget.posterior plan.Options architecture split.Train

            let! (run: Run) =
                go
                    sampler
                    (ClassObservables.create split.Test.Inputs classOf posterior)
                    (SoftmaxTarget.create beta posterior)
                    plan.Settings

            if run.Length < Draws.shortest then
                return! Error(Measurement.tooShort run.Length)
            else
                return ofRun plan posterior beta classOf run
        }

    /// Samples all weights of a network under the softmax likelihood at beta >= 0, given the training set of a split, whose targets are labels
    /// (`ClassLabels`), and measures the class probabilities at the test set.
    let run plan architecture beta split =
        measure Run.start plan architecture beta split

    /// The same from the checkpoint that the plan's settings name, to the bit as if the run had never stopped.
    let resume plan architecture beta split =
        measure Run.resume plan architecture beta split

    /// From the checkpoint that the plan's settings name where there is one, otherwise from the start: the result is the same.
    let runOrResume plan architecture beta split =
        measure Run.startOrResume plan architecture beta split

    /// What a score predicts, against what was measured: accuracy, negative log likelihood and Brier score in standard errors.
    let zScores (score: ClassScore) measurement =
        struct (Estimate.zScore score.Accuracy measurement.Accuracy,
                Estimate.zScore score.NegativeLogLikelihood measurement.NegativeLogLikelihood,
                Estimate.zScore score.Brier measurement.Brier)

    /// Predicted probabilities (points x D) against the measured ones.
    let distance (predicted: float[,]) measurement =
        let mean, error =
            measurement.Probabilities.Probability, measurement.Probabilities.ProbabilityError

        let rms value =
            Seq.init mean.Length (fun k ->
                let t, c = k / Array2D.length2 mean, k % Array2D.length2 mean
                let value: float = value (predicted[t, c] - mean[t, c]) error[t, c]
                value * value)
            |> Seq.average
            |> sqrt

        {
            RmsZ = rms (fun difference error -> difference / error)
            RmsDifference = rms (fun difference _ -> difference)
            RmsError = rms (fun _ error -> error)
        }
