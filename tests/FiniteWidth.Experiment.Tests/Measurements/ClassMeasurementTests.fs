/// Class probabilities of sampled networks against direct averages over networks drawn from their prior, plain at beta = 0 and weighted by the
/// likelihood else; the error bars against the scatter of independent runs.
module FiniteWidth.Experiment.Tests.Measurements.ClassMeasurementTests

open System
open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Measurements.Problems
open FiniteWidth.Experiment.Tests.Networks
open FiniteWidth.Numerics
open FiniteWidth.Testing

let private classes = 3

// More features than examples: the test points have parts outside the span of the training inputs.
let private splitOf seed examples test features : Split =
    let part seed count =
        let inputs = (Reference.dataSet seed count features 1).Inputs

        DataSet.create inputs (Matrix.Create(nativeint count, 1n, (fun mu _ -> float (int mu % classes))))
        |> Result.orFail

    Split.create (part seed examples) (part (seed + 1) test) |> Result.orFail

let private plan seed warmUp draws =
    { ClassMeasurement.standard with
        Settings =
            { ClassMeasurement.standard.Settings with
                Seed = seed
                Chains = 2
                WarmUp = warmUp
                Draws = draws
                Threads = 1
            }
    }

let private measure plan architecture beta split =
    ClassMeasurement.run plan architecture beta split |> Result.orFail

let private softmax (f: float[]) =
    let weights = f |> Array.map exp
    let total = Array.sum weights
    weights |> Array.map (fun weight -> weight / total)

/// f at inputs of networks drawn from their prior: as their definition says, in plain loops.
let private drawn seed widths (priors: float list) (inputs: float[][]) =
    let stream = RandomStream.FromSeed(seed)
    let shape = inputs[0].Length :: widths @ [ classes ]

    fun i ->
        let network = stream.Split(int64 i)

        List.pairwise shape
        |> List.indexed
        |> List.fold
            (fun (layer: float[][]) (l, (before, after)) ->
                let weights: float[] = Array.zeroCreate (before * after)
                network.Split(int64 l).Normal(Span weights)
                let scale = 1.0 / sqrt (priors[l] * float before)

                let apply h =
                    if l < widths.Length then
                        MathNet.Numerics.SpecialFunctions.Erf h
                    else
                        h

                layer
                |> Array.map (fun x ->
                    Array.init after (fun j ->
                        let mutable sum = 0.0

                        for k in 0 .. before - 1 do
                            sum <- sum + weights[j * before + k] * x[k]

                        apply (scale * sum))))
            inputs

let private rows (data: DataSet) =
    Array.init data.Count (fun t -> data.Inputs.Row(nativeint t).ToArray())

/// Averages of class probabilities over such networks, weighed by exp(-beta sum CE), with standard errors.
let private weighted beta count (split: Split) network =
    let examples = split.Train.Count

    let draws =
        Array.init count (fun i ->
            let f: float[][] = network i
            let p = f |> Array.map softmax

            let weight =
                exp (beta * Seq.sumBy (fun mu -> log (p[mu].[mu % classes])) [ 0 .. examples - 1 ])

            weight, Array.sub p examples split.Test.Count)

    let total = draws |> Array.sumBy fst

    let mean t c =
        (draws |> Array.sumBy (fun (w, p: float[][]) -> w * p[t][c])) / total

    Array.init (split.Test.Count * classes) (fun k ->
        let t, c = k / classes, k % classes
        let mean = mean t c

        let square =
            draws
            |> Array.sumBy (fun (w, p) ->
                let away = w * (p[t][c] - mean)
                away * away)

        mean, sqrt square / total)

let private zScores (direct: (float * float)[]) (measurement: ClassMeasurement) =
    [
        for k, (mean, error) in Array.indexed direct do
            let t, c = k / classes, k % classes
            let measured = measurement.Probabilities
            let difference = measured.Probability[t, c] - mean

            difference
            / sqrt (
                error * error
                + measured.ProbabilityError[t, c] * measured.ProbabilityError[t, c]
            )
    ]

let private assertSame direct measurement =
    let z = zScores direct measurement
    Expect.isLessThan (z |> List.map abs |> List.max) 4.8 "largest z"
    // The probabilities of a few points go together.
    Expect.isLessThan (z |> List.averageBy (fun z -> z * z)) 2.5 "mean square of z"

let private dense widths priors =
    Architecture.FullyConnected(network Activation.erf widths priors)

let private both (split: Split) =
    Array.append (rows split.Train) (rows split.Test)

let private refusal plan beta split =
    match ClassMeasurement.run plan (dense [ 3 ] [ 1.0; 1.0 ]) beta split with
    | Ok _ -> "accepted"
    | Error failure -> failure.Message

let tests =
    testList "ClassMeasurement" [
        testTheory
            "At beta = 0 probabilities are those of networks drawn from the prior"
            [ [ 4 ], [ 0.7; 0.1 ]; [ 4; 3 ], [ 0.7; 0.3; 0.05 ] ]
            (fun (widths, priors) ->
                let split = splitOf 51 4 6 9

                let direct = drawn 52UL widths priors (both split) |> weighted 0.0 10000 split

                let measured = measure (plan 53UL 100 1000) (dense widths priors) 0.0 split
                assertSame direct measured
                // By symmetry 1/D each.
                let exact = Array2D.create 6 classes (1.0 / float classes)
                Expect.isLessThan (ClassMeasurement.distance exact measured).RmsZ 1.8 "rms z of 1/D")

        testTheory
            "A few networks of small sets have the average over the prior, weighed by the likelihood"
            [
                "one layer", [ 3 ], [ 0.2; 0.01 ], 1.0
                "two layers", [ 3; 2 ], [ 0.2; 0.2; 0.01 ], 1.0
            ]
            (fun (_, widths, priors, beta) ->
                // Most of a test point lies outside the span of three examples: softmax of the mean of f would be far off.
                let split = splitOf 54 3 5 12

                let direct = drawn 55UL widths priors (both split) |> weighted beta 30000 split

                measure (plan 56UL 300 1500) (dense widths priors) beta split
                |> assertSame direct)

        testTheory
            "Networks of convolutional layers have the average over the prior, weighed by the likelihood"
            [ Pooling.None, []; Pooling.Average, []; Pooling.None, [ 4 ] ]
            (fun (pooling, behind) ->
                let split = splitOf 57 4 3 48
                let architecture = Reference.layered Activation.erf pooling behind
                let complete = Reference.complete

                let posterior =
                    SoftmaxTarget.posterior complete architecture split.Train |> Result.orFail

                let inputs =
                    Matrix.Create(
                        7n,
                        48n,
                        (fun t j ->
                            if t < 4n then
                                split.Train.Inputs[t, j]
                            else
                                split.Test.Inputs[t - 4n, j])
                    )

                // The reference's own forward pass.
                let network i =
                    let x = Reference.position (100 + i) posterior.Layout.Dimension

                    let f: DM =
                        Reference.outputs Reference.erf inputs architecture classes (DV.ofArray x)

                    Array.init 7 (fun t -> Array.init classes (fun c -> f.Value[nativeint t, nativeint c]))

                let direct = weighted 2.0 1500 split network
                measure (plan 58UL 200 600) architecture 2.0 split |> assertSame direct)

        testCase "Error bars are as wide as independent runs scatter" (fun () ->
            let split = splitOf 61 8 20 5
            let architecture = dense [ 4 ] [ 0.3; 0.02 ]

            let runs =
                [
                    for seed in 1UL .. 40UL -> measure (plan (1000UL + seed) 100 120) architecture 1.0 split
                ]

            let ratio name (estimate: ClassMeasurement -> Estimate) =
                let values = runs |> List.map (fun run -> (estimate run).Value)
                let mean = List.average values

                let scatter =
                    (values |> List.sumBy (fun value -> (value - mean) * (value - mean))) / 39.0

                let claimed =
                    runs
                    |> List.averageBy (fun run ->
                        let error = (estimate run).Error
                        error * error)

                // A variance of 40 runs is known to 23%.
                Expect.isInRange (claimed / scatter) 0.45 2.2 name

            ratio "negative log likelihood" _.NegativeLogLikelihood
            ratio "Brier score" _.Brier
            ratio "training cross-entropy" _.TrainCrossEntropy
            ratio "test cross-entropy" _.TestCrossEntropy
            ratio "accuracy" _.Accuracy

            ratio "a probability" (fun run ->
                {
                    Value = run.Probabilities.Probability[3, 1]
                    Error = run.Probabilities.ProbabilityError[3, 1]
                })

            // What 40 runs say together has errors small enough to show a bias of theirs.
            let together value =
                Array2D.init 20 classes (fun t c -> runs |> List.averageBy (fun run -> value run t c))
                |> ClassScore.ofProbabilities [| for t in 0..19 -> t % classes |]

            let exact = together (fun run t c -> run.Probabilities.Probability[t, c])

            let unbiased name (estimate: ClassMeasurement -> Estimate) expected =
                let values = runs |> List.map (fun run -> (estimate run).Value)

                let error =
                    Seq.average (runs |> List.map (fun run -> (estimate run).Error)) / sqrt 40.0

                Expect.within (4.0 * error) (List.average values) expected name

            unbiased "negative log likelihood" _.NegativeLogLikelihood exact.NegativeLogLikelihood
            unbiased "Brier score" _.Brier exact.Brier)

        testCase "A seed is a measurement, and a run that was stopped goes on to the same" (fun () ->
            let split = splitOf 62 8 5 12
            let architecture = dense [ 5 ] [ 1.0; 0.1 ]
            let first = measure (plan 7UL 40 60) architecture 1.0 split
            let again = measure (plan 7UL 40 60) architecture 1.0 split
            let other = measure (plan 8UL 40 60) architecture 1.0 split
            Expect.equal again.Probabilities first.Probabilities "the same seed"
            Expect.equal again.Accuracy first.Accuracy "the same seed's accuracy"
            Expect.notEqual other.Probabilities first.Probabilities "another seed"
            let path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())

            let stored draws =
                let plan = plan 7UL 40 draws

                { plan with
                    Settings =
                        { plan.Settings with
                            Checkpoint =
                                Some
                                    {
                                        Path = path
                                        Every = TimeSpan.FromHours 1.0
                                    }
                        }
                }

            try
                measure (stored 25) architecture 1.0 split |> ignore

                let resumed =
                    ClassMeasurement.runOrResume (stored 60) architecture 1.0 split |> Result.orFail

                Expect.equal resumed.Probabilities first.Probabilities "resumed"
                Expect.equal resumed.NegativeLogLikelihood first.NegativeLogLikelihood "resumed"
            finally
                File.Delete path)

        testCase "NUTS finds what HMC finds" (fun () ->
            let split = splitOf 63 8 5 4
            let architecture = dense [ 5 ] [ 1.0; 0.1 ]
            let plan = plan 9UL 200 800
            let hmc = measure plan architecture 1.0 split

            let nuts =
                measure
                    { plan with
                        Sampler = NetworkSampler.Sampled Sampler.nuts
                    }
                    architecture
                    1.0
                    split

            let struct (_, likelihood, brier) = ClassMeasurement.zScores nuts.Score hmc
            // Two errors of about one size.
            Expect.isLessThan (abs likelihood) 5.0 "negative log likelihood"
            Expect.isLessThan (abs brier) 5.0 "Brier score"
            Expect.equal hmc.Verdict Verdict.Converged "hmc")

        testCase "The theory of a wide network agrees, and infinite width stands beside a narrow one" (fun () ->
            let split = splitOf 64 9 30 5

            let point width : ClassGridPoint =
                {
                    Examples = 9
                    Architecture = dense [ width ] [ 1.0; 0.3 ]
                    Beta = 1.0
                }

            let theories =
                [
                    ComparedClassTheory.ofTheory "wishart" Theory.wishart
                    ComparedClassTheory.ofTheory "infinite-width" Theory.infiniteWidth
                ]

            let compared =
                ClassComparison.run theories (fun _ -> plan 11UL 200 800) [ point 2; point 200 ] split
                |> Result.orFail

            let narrow, wide = compared.Points[0], compared.Points[1]
            Expect.isEmpty compared.Missing "missing"

            for name, result in List.zip [ "wishart"; "infinite width" ] wide.Theories do
                // Laplace's method is off by some hundredths of a probability on few examples.
                Expect.isLessThan result.Distance.RmsDifference 0.03 name

            Expect.equal narrow.InfiniteWidth.Score narrow.Theories[1].Score "infinite width"
            Expect.equal narrow.Theories[1].Distance narrow.InfiniteWidth.Distance "distance"

            let z = narrow.Theories.Head.NegativeLogLikelihoodZ
            let measured = narrow.Measurement.NegativeLogLikelihood

            Expect.within
                1e-12
                z
                ((narrow.Theories.Head.Score.NegativeLogLikelihood - measured.Value)
                 / measured.Error)
                "z"

            let columns = ClassComparison.columns compared |> Map.ofList
            Expect.equal (columns["N"]) [| 2.0; 200.0 |] "widths"
            Expect.equal (columns["wishart_negative_log_likelihood_z"].[0]) z "column"
            Expect.isFalse (columns.ContainsKey "infinite-width_accuracy") "infinite width has its own columns")

        testCase "What cannot be measured is refused in a sentence" (fun () ->
            let split = splitOf 65 6 4 3
            let standard = plan 1UL 5 5

            let says part (message: string) =
                Expect.stringContains message part "message"

            refusal
                { standard with
                    Sampler = NetworkSampler.standard
                }
                1.0
                split
            |> says "all weights are sampled"

            refusal
                { standard with
                    Quantities = [ Quantity.HiddenGram ]
                }
                1.0
                split
            |> says "probabilities alone are measured"

            refusal
                { standard with
                    Evidence = Some SampledEvidence.standard
                }
                1.0
                split
            |> says "The log evidence is sampled of numbers"

            refusal standard -1.0 split |> says "beta is -1"

            let numbers: Split =
                Split.create split.Train (Reference.dataSet 66 4 3 1) |> Result.orFail

            refusal standard 1.0 numbers |> says "Label 0 (counted from 0) is"
            refusal (plan 1UL 5 2) 1.0 split |> says "a measurement needs at least 4")
    ]
