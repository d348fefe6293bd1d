namespace FiniteWidth.Experiment

open System
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.Json
open FiniteWidth

/// What chains have found, kept in a folder: a file a point, named by a hash of everything that its draws depend on, the data included.
[<RequireQualifiedAccess>]
module internal PointCache =

    let private version = 1

    let private file folder key = Path.Combine(folder, $"{key}.json")

    // Only chains that have converged are kept: that is their verdict.
    let private numbers (sampled: SampledScore) =
        let score = sampled.Score
        let measured (value: Measured) = [ value.Value; value.Error ]

        [
            yield! List.collect measured [ score.Loss; score.Bias; score.Variance ]
            yield! sampled.Accuracy |> Option.map measured |> Option.defaultValue [ nan; nan ]
            float sampled.Chains
            float sampled.Draws
            sampled.EffectiveDraws
            sampled.RHat
            sampled.LossRHat
            sampled.Seconds
        ]

    let private ofNumbers (values: float list) =
        match values with
        | [ l; dl; b; db; v; dv; a; da; chains; draws; size; rHat; lossRHat; seconds ] ->
            let measured value error : Measured = { Value = value; Error = error }

            Some
                {
                    Score =
                        {
                            Loss = measured l dl
                            Bias = measured b db
                            Variance = measured v dv
                        }
                    Accuracy = if Double.IsNaN a then None else Some(measured a da)
                    Verdict = Verdict.Converged
                    Chains = int chains
                    Draws = int draws
                    EffectiveDraws = size
                    RHat = rHat
                    LossRHat = lossRHat
                    Seconds = seconds
                }
        | _ -> None

    // Of the numbers under their key, so that a damaged or renamed file is none.
    let private seal (key: string) (texts: string list) =
        key :: texts
        |> String.concat "\n"
        |> Encoding.UTF8.GetBytes
        |> SHA256.HashData
        |> Convert.ToHexStringLower

    let private text (value: float) =
        value.ToString("R", Globalization.CultureInfo.InvariantCulture)

    /// What the folder has under a key; nothing where the file is missing or damaged.
    let read folder key =
        try
            use document = JsonDocument.Parse(File.ReadAllText(file folder key))
            let root = document.RootElement

            let texts =
                [
                    for value in root.GetProperty("numbers").EnumerateArray() -> string (value.GetString())
                ]

            if
                root.GetProperty("version").GetInt32() = version
                && root.GetProperty("seal").GetString() = seal key texts
            then
                texts |> List.map float |> ofNumbers
            else
                None
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? JsonException
        | :? FormatException
        | :? InvalidOperationException
        | :? Collections.Generic.KeyNotFoundException -> None

    /// Keeps what chains that have converged found.
    let write folder key sampled =
        let texts = numbers sampled |> List.map text

        AtomicFile.writeText
            (file folder key)
            (JsonSerializer.Serialize
                {|
                    version = version
                    numbers = texts
                    seal = seal key texts
                |})
