namespace FiniteWidth.Experiment

open System
open System.Globalization
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open FiniteWidth
open FiniteWidth.Numerics

/// What tells the checkpoint of one measurement from those of others.
[<RequireQualifiedAccess>]
module Fingerprint =

    let private addText (hash: IncrementalHash) (text: string) =
        // With its end marked, so that two texts are not one.
        hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"))

    let private addMatrix (hash: IncrementalHash) (matrix: Matrix) =
        addText hash $"{matrix.Rows} x {matrix.Columns}"

        for i in 0n .. matrix.Rows - 1n do
            hash.AppendData(MemoryMarshal.AsBytes(Span.op_Implicit (matrix.Row i): ReadOnlySpan<float>))

    let private number (value: float) =
        value.ToString("R", CultureInfo.InvariantCulture)

    let private network architecture =
        let biases =
            Architecture.biases architecture
            |> List.map (Option.map number >> Option.defaultValue "none")

        let numbers = Architecture.priors architecture |> List.map number

        [ string architecture; Architecture.activation architecture |> string ]
        @ List.map string (Architecture.widths architecture)
        @ numbers
        @ biases
        |> String.concat " "

    let private ofTexts (split: Split) (plan: MeasurementPlan) examples architecture (likelihood: string) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        let train (matrix: Matrix) =
            matrix.View(0n, 0n, nativeint examples, matrix.Columns)

        for matrix in
            [
                train split.Train.Inputs
                train split.Train.Targets
                split.Test.Inputs
                split.Test.Targets
            ] do
            addMatrix hash matrix

        let sampler =
            match plan.Sampler with
            | NetworkSampler.Integrated sampler -> $"readout integrated, {sampler}"
            | NetworkSampler.Sampled sampler -> $"readout sampled, {sampler}"
            | NetworkSampler.Gibbs sampler -> $"Gibbs, {sampler}"
            | NetworkSampler.Langevin step -> $"Langevin, {number step}"

        let settings = plan.Settings

        for text in
            [
                network architecture
                likelihood
                sampler
                string plan.Options.Precision
                string plan.Options.FirstLayer
                $"{settings.Seed} {settings.Chains} {settings.WarmUp} {settings.StepsPerDraw}"
            ] do
            addText hash text

        Convert.ToHexStringLower(hash.GetHashAndReset())[..31]

    /// 32 hexadecimal digits of everything that the draws of a measurement depend on: data, network, temperature, sampler, chains, warm-up,
    /// seed, precision. How long it runs, and on how many threads, is not among it.
    let ofPoint split plan (point: GridPoint) =
        ofTexts split plan point.Examples point.Architecture (number point.Temperature)

    /// The same of classes, beta in place of the temperature.
    let ofClassPoint split plan (point: ClassGridPoint) =
        ofTexts split plan point.Examples point.Architecture $"softmax {number point.Beta}"
