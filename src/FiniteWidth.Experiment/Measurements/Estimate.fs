namespace FiniteWidth.Experiment

open System

/// A number measured on chains, with its Monte-Carlo standard error.
[<Struct>]
type Estimate =
    {
        /// The estimate.
        Value: float
        /// Its standard error.
        Error: float
    }

    override this.ToString() = $"{this.Value:G5} +- {this.Error:G2}"

/// Numbers with standard errors.
[<RequireQualifiedAccess>]
module Estimate =

    /// How many standard errors a predicted value lies above the estimate.
    let zScore predicted estimate =
        (predicted - estimate.Value) / estimate.Error

    // Of numbers that follow each other in chains; 0 where nothing varies.
    let internal standardError (series: float[][]) =
        if Draws.areConstant series then
            0.0
        else
            StandardError.mean series

    let internal ofDiagnosis (diagnosis: Diagnosis) =
        {
            Value = diagnosis.Mean
            Error = if diagnosis.Deviation = 0.0 then 0.0 else diagnosis.Error
        }
