namespace FiniteWidth.Calibration

open System
open FiniteWidth
open FiniteWidth.Experiment

/// How often truths lie within error bars.
[<RequireQualifiedAccess>]
module Report =

    /// The heading of a table of trials.
    let heading =
        "seed,method,certified,loss,error,truth,truth_error,distance,deviation,first_order,seconds,problem"

    /// A trial as a line of that table.
    let line (trial: Trial) =
        let certificate = trial.Answer.Certificate
        let loss = certificate.Score.Loss

        let first =
            match trial.Answer.Theories.FirstOrder with
            | Ok corrected -> corrected.FirstOrder
            | Error _ -> nan

        String.Join(
            ",",
            [
                string trial.Problem.Seed
                string certificate.Method
                string certificate.Certified
                $"{loss.Value:G6}"
                $"{loss.Error:G3}"
                $"{trial.Truth.Value:G6}"
                $"{trial.Truth.Error:G3}"
                $"{trial.Distance:F2}"
                $"{trial.Deviation:F4}"
                $"{first:G3}"
                $"{trial.Seconds:F1}"
                $"\"{trial.Problem}\""
            ]
        )

    let private share predicate (trials: Trial list) =
        100.0 * float (trials |> List.filter predicate |> List.length)
        / float trials.Length

    let private median values =
        let sorted = List.sort values
        sorted[sorted.Length / 2]

    let private row name (trials: Trial list) =
        let within k =
            share (fun trial -> trial.Distance <= k) trials

        let deviation = trials |> List.map (fun trial -> abs trial.Deviation)

        $"| {name} | {trials.Length} | {within 2.0:F0}%% | {within 3.0:F0}%% | {100.0 * median deviation:F2}%% | {100.0 * List.max deviation:F1}%% | {trials |> List.map _.Seconds |> median:F1} |"

    /// A row for each method, certified or not.
    let table (trials: Trial list) =
        let groups =
            trials
            |> List.groupBy (fun trial ->
                let certificate = trial.Answer.Certificate
                certificate.Certified, string certificate.Method)
            |> List.sortByDescending fst

        [
            "| answers | number | within 2 | within 3 | median deviation | largest | median seconds |"
            "|---|---|---|---|---|---|---|"

            match trials |> List.filter _.Answer.Certificate.Certified with
            | [] -> ()
            | certified -> row "certified" certified

            for (certified, method), trials in groups do
                let word = if certified then "certified" else "not certified"
                row $"{method}, {word}" trials
        ]
        |> String.concat "\n"

    /// Certified answers of which too many truths lie outside: more than one in ten beyond three error bars.
    let isBad (trials: Trial list) =
        let certified = trials |> List.filter _.Answer.Certificate.Certified

        certified.IsEmpty
        || share (fun trial -> not (trial.Distance <= 3.0)) certified > 10.0
