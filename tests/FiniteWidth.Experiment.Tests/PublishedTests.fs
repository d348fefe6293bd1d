/// What others have published of diagnostics and of posteriors.
module FiniteWidth.Experiment.Tests.PublishedTests

open System
open System.IO
open System.Text.Json
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.Posteriors
open FiniteWidth.Testing
open MathNet.Numerics.Distributions

// Diagnostics ---------------------------------------------------------------------------------------------------------

let private document name =
    JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", name))).RootElement

let private named (rows: JsonElement) name =
    rows.EnumerateArray()
    |> Seq.find (fun row -> row.GetProperty("name").GetString() = name)

let private draws (row: JsonElement) =
    [|
        for chain in row.GetProperty("draws").EnumerateArray() -> [| for x in chain.EnumerateArray() -> x.GetDouble() |]
    |]

/// Rows of posterior.json, which posterior.R writes, with their draws.
let private rows =
    lazy
        (let theirs = document("posterior.json").GetProperty("rows")
         let ours = document "diagnostics.json"

         [
             for row in theirs.EnumerateArray() ->
                 match row.TryGetProperty "draws" with
                 | true, _ -> row, draws row
                 | _ -> row, draws (named ours (nonNull (row.GetProperty("name").GetString())))
         ])

let private agree chosen (name: string) (f: float[][] -> float) =
    let compared =
        [
            for row, draws in rows.Value do
                let source = nonNull (row.GetProperty("name").GetString())
                let expected = row.GetProperty name

                // Where it says NA, one of two quantiles lies above all draws: ours is that of the other.
                if chosen source && expected.ValueKind = JsonValueKind.Number then
                    let expected = expected.GetDouble()
                    Expect.within (1e-10 * abs expected) (f draws) expected $"{name} of {source}"
                    source
        ]

    Expect.isGreaterThan compared.Length 3 name

let private diagnosticsTests =
    testList "Diagnostics of the R package posterior" [
        testCase "R-hat" (fun () ->
            agree (fun _ -> true) "splitRHat" RHat.split
            agree (fun _ -> true) "rankRHat" RHat.rankNormalised)

        testCase "Effective sizes and standard errors" (fun () ->
            // It adds up no autocorrelations of the last five lags, and in these short chains they are correlated up to there.
            let chosen source = source <> "slow" && source <> "shifted"

            agree chosen "bulk" EffectiveSize.bulk
            agree chosen "tail" EffectiveSize.tail
            agree chosen "mean" EffectiveSize.mean
            agree chosen "median" (EffectiveSize.quantile 0.5)
            agree chosen "errorOfMean" StandardError.mean
            agree chosen "errorOfQuantile30" (StandardError.quantile 0.3))
    ]

// Eight schools -------------------------------------------------------------------------------------------------------

// Effects and their standard errors (Rubin 1981).
let private effects = [| 28.0; 8.0; -3.0; 7.0; -1.0; 1.0; 18.0; 12.0 |]
let private errors = [| 15.0; 10.0; 16.0; 11.0; 9.0; 11.0; 10.0; 18.0 |]

// Means and mean squares with their Monte-Carlo errors, to five digits: posteriordb (github.com/stan-dev/posteriordb, BSD-3),
// eight_schools-eight_schools_noncentered, reference_posteriors/summary_statistics.
let private reference =
    [
        "theta1", (6.1505, 0.0557), (69.363, 1.169)
        "theta2", (4.9396, 0.0462), (45.979, 0.635)
        "theta3", (3.9059, 0.0542), (43.139, 0.654)
        "theta4", (4.7960, 0.0475), (45.761, 0.619)
        "theta5", (3.6144, 0.0461), (34.358, 0.455)
        "theta6", (4.0511, 0.0485), (39.414, 0.539)
        "theta7", (6.3172, 0.0499), (64.933, 0.922)
        "theta8", (4.8840, 0.0543), (52.128, 0.902)
        "mu", (4.4105, 0.0330), (30.403, 0.335)
        "tau", (3.6021, 0.0319), (23.204, 0.485)
    ]

/// Half of a Cauchy distribution of scale 5 as a function of a standard normal number, and its slope.
let private halfCauchy u =
    // From the end that keeps its digits: tau = 5 tan(pi Phi(u)/2).
    let tangent =
        if u < 0.0 then
            tan (0.5 * Math.PI * Normal.CDF(0.0, 1.0, u))
        else
            1.0 / tan (0.5 * Math.PI * Normal.CDF(0.0, 1.0, -u))

    5.0 * tangent, 5.0 * (1.0 + tangent * tangent) * 0.5 * Math.PI * Normal.PDF(0.0, 1.0, u)

/// theta = mu + tau z, z ~ N(0, I), mu ~ N(0, 25), tau ~ Cauchy+(0, 5), y ~ N(theta, sigma^2). The coordinates: z, mu/5, and tau's.
let private schools =
    {
        Dimension = 10
        LogLikelihood =
            fun x gradient ->
                let mu = 5.0 * x[8]
                let tau, slope = halfCauchy x[9]
                let mutable value = 0.0
                gradient[8] <- 0.0
                gradient[9] <- 0.0

                for j in 0..7 do
                    let r = (effects[j] - mu - tau * x[j]) / errors[j]
                    let pull = r / errors[j]
                    value <- value - 0.5 * r * r
                    gradient[j] <- pull * tau
                    gradient[8] <- gradient[8] + 5.0 * pull
                    gradient[9] <- gradient[9] + pull * x[j] * slope

                value
    }

let private observed () =
    {
        Traced =
            [
                for name, _, _ in reference do
                    name
                    $"{name}^2"
            ]
        Streamed = []
        Evaluate =
            fun _ x values ->
                let mu = 5.0 * x[8]
                let tau, _ = halfCauchy x[9]

                let set k value =
                    values[2 * k] <- value
                    values[2 * k + 1] <- value * value

                for j in 0..7 do
                    set j (mu + tau * x[j])

                set 8 mu
                set 9 tau
    }

// Steps as small as those of posteriordb's own run.
let private careful = Sampler.withStep (StepSize.Adapted 0.98)

let private schoolsTests =
    testCases
        "Eight schools have posteriordb's moments"
        [
            "NUTS", (careful Sampler.nuts, 1)
            "NUTS, leapfrog", (Sampler.nuts |> leapfrog |> careful, 1)
            "HMC", (careful Sampler.hmc, 2)
        ]
        (fun (sampler, steps) ->
            let run =
                run
                    sampler
                    observed
                    (fun () -> schools)
                    { settings with
                        Draws = 2000
                        StepsPerDraw = steps
                    }

            Expect.equal run.Verdict Verdict.Converged "verdict"

            let expected =
                [
                    for _, mean, square in reference do
                        mean
                        square
                ]

            for diagnosis, (value, error) in List.zip run.Diagnoses expected do
                let z =
                    (diagnosis.Mean - value)
                    / sqrt (diagnosis.Error * diagnosis.Error + error * error)

                Expect.isLessThan (abs z) 4.0 $"z-score of {diagnosis.Name}")

let tests = testList "Published" [ diagnosticsTests; schoolsTests ]
