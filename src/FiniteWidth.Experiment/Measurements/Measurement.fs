namespace FiniteWidth.Experiment

open FiniteWidth
open MathNet.Numerics.Distributions

/// How a network's posterior is measured.
[<NoComparison; NoEquality>]
type MeasurementPlan =
    {
        /// How it is sampled.
        Sampler: NetworkSampler
        /// How the posterior is made.
        Options: NetworkOptions
        /// How long, and by how many chains.
        Settings: RunSettings
        /// What to measure besides losses.
        Quantities: Quantity list
        /// How to sample the log evidence, where it is wanted: with the seed, the threads and the cancellation of the run.
        Evidence: AnnealingSettings option
    }

/// The posterior of f at test points: mean and variance of each output (points x D), with Monte-Carlo standard errors.
type PointEstimates =
    {
        /// Posterior means of f, a row a test point, a column an output.
        Mean: float[,]
        /// Their standard errors.
        MeanError: float[,]
        /// Posterior variances of f.
        Variance: float[,]
        /// Their standard errors.
        VarianceError: float[,]
    }

/// A symmetric matrix measured entry by entry, with Monte-Carlo standard errors.
type MatrixEstimate =
    {
        /// Estimates, entry by entry.
        Mean: float[,]
        /// Standard errors, entry by entry.
        Error: float[,]
    }

/// What the student's first layer has of one hidden unit of a teacher.
type TeacherOverlap =
    {
        /// The largest |cosine| over the student's units.
        Largest: Estimate
        /// The mean square of the cosine over the student's units.
        MeanSquare: Estimate
    }

/// Generalisation of a network as its sampled posterior has it: the quantities of `Score`, with Monte-Carlo standard errors.
[<NoComparison; NoEquality>]
type Measurement =
    {
        /// The posterior that was sampled.
        Posterior: NetworkPosterior
        /// Bias + variance: the mean of (y0 - f)^2 over posterior, test points and outputs.
        Loss: Estimate
        /// The mean of (y0 - E f)^2, without the bias that a noisy mean adds to it.
        Bias: Estimate
        /// The mean of Var f.
        Variance: Estimate
        /// The mean of (y - f)^2 over posterior, training set and outputs.
        TrainLoss: Estimate
        /// The fraction of test points that E f classifies rightly, by its sign or its largest output, where labels are +-1 or one-hot.
        /// Its error takes the points' errors for independent.
        Accuracy: Estimate option
        /// What was predicted at each test point.
        Points: PointEstimates
        /// P x P, where it was asked for.
        HiddenGram: MatrixEstimate option
        /// One a teacher's unit, where they were asked for.
        TeacherOverlaps: TeacherOverlap list
        /// D x D, one a test point, where they were asked for.
        OutputCovariances: float[,] list
        /// The log evidence, where it was asked for.
        Evidence: Result<SampledEvidence, Failure> option
        /// Mean, error, R-hat and effective draws of losses, log likelihood, and lambda <w^2> of each layer (1 under the prior).
        Diagnoses: Diagnosis list
        /// Whether the chains have converged in these.
        Verdict: Verdict
        /// The chains.
        Run: Run
    }

/// The test loss of sampled networks.
[<RequireQualifiedAccess>]
module Measurement =

    /// The readout integrated out, first-layer weights in the span of the training inputs, HMC under the prior's exact motion, four
    /// chains.
    let standard =
        {
            Sampler = NetworkSampler.standard
            Options = NetworkPosterior.defaults
            Settings =
                { RunSettings.defaults with
                    WarmUp = 500
                }
            Quantities = []
            Evidence = None
        }

    // What the streams of a run say of one quantity.
    [<Struct; NoComparison; NoEquality>]
    type private Stream =
        {
            Mean: float
            // The batch means of each chain.
            Batches: float[][]
        }

    let private stream (run: Run) k =
        {
            Mean = run.Streams |> Array.averageBy (fun moments -> moments.Mean[k])
            Batches =
                run.Streams
                |> Array.map (fun moments -> Array.init moments.Filled (fun b -> moments.Batches[b][k]))
        }

    let private estimate run k =
        let stream = stream run k

        {
            Value = stream.Mean
            Error = Estimate.standardError stream.Batches
        }

    // E (y0 - f)^2 = (y0 - E f)^2 + Var f. The estimate m of E f is off by its standard error s, which adds s^2 to (y0 - m)^2: it is
    // taken off. To first order a batch whose means are m_b and l_b moves (y0 - m)^2 by -2 (y0 - m)(m_b - m), and the variance by
    // l_b - l less that: the standard errors are those of the means of these.
    [<NoComparison; NoEquality>]
    type private Decomposition =
        {
            Mean: float
            MeanError: float
            Bias: float
            Variance: float
            BiasShifts: float[][]
            VarianceShifts: float[][]
        }

    let private decompose target (mean: Stream) (loss: Stream) =
        let error = target - mean.Mean
        let meanError = Estimate.standardError mean.Batches
        let bias = error * error - meanError * meanError

        let biasShifts =
            mean.Batches |> Array.map (Array.map (fun m -> -2.0 * error * (m - mean.Mean)))

        {
            Mean = mean.Mean
            MeanError = meanError
            Bias = bias
            Variance = loss.Mean - bias
            BiasShifts = biasShifts
            VarianceShifts = Array.map2 (Array.map2 (fun l shift -> l - loss.Mean - shift)) loss.Batches biasShifts
        }

    let private averaged value shifts (parts: Decomposition[]) =
        let count = float parts.Length
        let total = shifts parts[0] |> Array.map (Array.map (fun _ -> 0.0))

        for part in parts do
            shifts part
            |> Array.iteri (fun c chain ->
                chain |> Array.iteri (fun b shift -> total[c][b] <- total[c][b] + shift / count))

        {
            Value = Array.averageBy value parts
            Error = Estimate.standardError total
        }

    let private rows (test: DataSet) =
        Seq.init test.Count (fun t -> test.Targets.Row(nativeint t).ToArray())

    let private areSigns (test: DataSet) =
        test.Outputs = 1 && rows test |> Seq.forall (fun row -> abs row[0] = 1.0)

    let private areOneHot (test: DataSet) =
        test.Outputs > 1
        && rows test
           |> Seq.forall (fun row -> Array.sum row = 1.0 && Array.forall (fun y -> y = 0.0 || y = 1.0) row)

    /// Whether targets are labels of classes, +-1 or one-hot.
    let hasClasses test = areSigns test || areOneHot test

    // How far the output of the right class is ahead of the others, and its error; of one output, y0 f.
    let private margins (test: DataSet) (points: PointEstimates) =
        let label t d = test.Targets[nativeint t, nativeint d]
        let outputs = [ 0 .. test.Outputs - 1 ]

        if areSigns test then
            Some(Array.init test.Count (fun t -> label t 0 * points.Mean[t, 0], points.MeanError[t, 0]))
        elif areOneHot test then
            let margin t =
                let right = outputs |> List.find (fun d -> label t d = 1.0)

                let rival =
                    outputs |> List.filter ((<>) right) |> List.maxBy (fun d -> points.Mean[t, d])

                let error = points.MeanError[t, right], points.MeanError[t, rival]
                points.Mean[t, right] - points.Mean[t, rival], sqrt (fst error * fst error + snd error * snd error)

            Some(Array.init test.Count margin)
        else
            None

    let private accuracy test points =
        margins test points
        |> Option.map (fun margins ->
            let count = float margins.Length

            let hits =
                margins |> Array.sumBy (fun (margin, _) -> if margin > 0.0 then 1.0 else 0.0)

            let doubt (margin, error) =
                if error > 0.0 then
                    let right = Normal.CDF(0.0, 1.0, margin / error)
                    right * (1.0 - right)
                else
                    0.0

            {
                Value = hits / count
                Error = sqrt (Array.sumBy doubt margins) / count
            })

    let private symmetric n (entries: Estimate[]) : MatrixEstimate =
        let mean = Array2D.zeroCreate n n
        let error = Array2D.zeroCreate n n

        Quantity.triangle n
        |> Array.iteri (fun k (struct (i, j)) ->
            for i, j in [ i, j; j, i ] do
                mean[i, j] <- entries[k].Value
                error[i, j] <- entries[k].Error)

        { Mean = mean; Error = error }

    // E[f_d f_e] - E f_d E f_e.
    let private covariance (points: PointEstimates) outputs t (products: Estimate[]) =
        let moments = symmetric outputs products
        Array2D.init outputs outputs (fun d e -> moments.Mean[d, e] - points.Mean[t, d] * points.Mean[t, e])

    let private decompositions (test: DataSet) run =
        let entries = test.Count * test.Outputs

        Array.init entries (fun k ->
            let target =
                test.Targets[nativeint (k / test.Outputs), nativeint (k % test.Outputs)]

            decompose target (stream run k) (stream run (entries + k)))

    let private withQuantity (test: DataSet) run measurement (offset, (quantity, stream: QuantityStream)) =
        let length = stream.Names.Length
        let entry k = estimate run (offset + k)

        match quantity with
        | Quantity.HiddenGram ->
            let gram = symmetric measurement.Posterior.Data.Count (Array.init length entry)

            { measurement with
                HiddenGram = Some gram
            }
        | Quantity.TeacherOverlap _ ->
            let units = length / 2

            { measurement with
                TeacherOverlaps =
                    List.init units (fun k ->
                        {
                            Largest = entry k
                            MeanSquare = entry (units + k)
                        })
            }
        | Quantity.OutputCovariance ->
            let pairs = length / test.Count

            { measurement with
                OutputCovariances =
                    List.init test.Count (fun t ->
                        Array.init pairs (fun k -> entry (t * pairs + k))
                        |> covariance measurement.Points test.Outputs t)
            }

    let private ofRun plan posterior (test: DataSet) quantities (run: Run) =
        let parts = decompositions test run

        let table value =
            Array2D.init test.Count test.Outputs (fun t d -> value parts[t * test.Outputs + d])

        let points =
            {
                Mean = table _.Mean
                MeanError = table _.MeanError
                Variance = table _.Variance
                VarianceError = table (fun part -> Estimate.standardError part.VarianceShifts)
            }

        let diagnoses = run.Diagnoses |> List.truncate run.Traces.Length

        let traced name =
            diagnoses |> List.find (fun d -> d.Name = name) |> Estimate.ofDiagnosis

        let measurement =
            {
                Posterior = posterior
                Loss = traced LossObservables.TestLoss
                Bias = averaged _.Bias _.BiasShifts parts
                Variance = averaged _.Variance _.VarianceShifts parts
                TrainLoss = traced LossObservables.TrainLoss
                Accuracy = accuracy test points
                Points = points
                HiddenGram = None
                TeacherOverlaps = []
                OutputCovariances = []
                Evidence = None
                Diagnoses = diagnoses
                Verdict = Verdict.judge plan.Settings.Limits run.Tallies diagnoses
                Run = run
            }

        let offsets =
            quantities
            |> List.scan (fun offset (_, stream) -> offset + stream.Names.Length) (2 * parts.Length)
            |> List.take quantities.Length

        List.zip offsets quantities |> List.fold (withQuantity test run) measurement

    let private evidenceOf (plan: MeasurementPlan) posterior =
        plan.Evidence
        |> Option.map (fun settings ->
            posterior
            |> SampledEvidence.run
                { settings with
                    Seed = plan.Settings.Seed
                    Threads = plan.Settings.Threads
                    Cancellation = plan.Settings.Cancellation
                })

    let internal tooShort draws =
        Inaccurate
            $"The run was stopped after {draws} draws a chain: a measurement needs at least {Draws.shortest}, so give it more time."

    let private measure go plan architecture temperature (split: Split) =
        result {
            let! posterior =
                NetworkPosterior.create plan.Options architecture temperature split.Train

            let! target, sampler = NetworkSampler.target posterior plan.Sampler

            let quantities =
                plan.Quantities
                |> List.map (fun quantity -> quantity, Quantity.stream split.Test.Count posterior quantity)

            let observables =
                LossObservables.create split.Test (List.map snd quantities) plan.Sampler posterior

            let! (run: Run) = go sampler observables target plan.Settings

            if run.Length < Draws.shortest then
                return! Error(tooShort run.Length)
            else
                return
                    { ofRun plan posterior split.Test quantities run with
                        Evidence = evidenceOf plan posterior
                    }
        }

    /// Samples the posterior of a network at temperature T > 0 given the training set of a split, and measures it at the test set.
    let run plan architecture temperature split =
        measure Run.start plan architecture temperature split

    /// The same from the checkpoint that the plan's settings name, to the bit as if the run had never stopped.
    let resume plan architecture temperature split =
        measure Run.resume plan architecture temperature split

    /// From the checkpoint that the plan's settings name where there is one, otherwise from the start: the result is the same.
    let runOrResume plan architecture temperature split =
        measure Run.startOrResume plan architecture temperature split

    /// What a score predicts, against what was measured: loss, bias and variance in standard errors.
    let zScores (score: Score) measurement =
        struct (Estimate.zScore score.Loss measurement.Loss,
                Estimate.zScore score.Bias measurement.Bias,
                Estimate.zScore score.Variance measurement.Variance)
