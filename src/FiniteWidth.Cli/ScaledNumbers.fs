namespace FiniteWidth.Cli

open System
open System.Globalization

/// gamma and beta of the mean-field scaling, read back from what they set: to twelve digits, so that points of one scaling agree at every width.
[<RequireQualifiedAccess>]
module ScaledNumbers =

    let private rounded (value: float) =
        Double.Parse(value.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)

    /// gamma = sqrt(lambda_L/N).
    let gamma width readoutPrior = rounded (sqrt (readoutPrior / width))

    /// beta = 1/(T lambda_L).
    let beta readoutPrior temperature =
        rounded (1.0 / (temperature * readoutPrior))
