namespace FiniteWidth.Experiment

open System

/// What chains say of one quantity, and how far it can be trusted.
type Diagnosis =
    {
        /// The quantity.
        Name: string
        /// The mean of its draws.
        Mean: float
        /// The standard deviation of its draws.
        Deviation: float
        /// The Monte-Carlo standard error of the mean.
        Error: float
        /// The larger of bulk and folded rank-normalised split R-hat; of a streamed quantity, split R-hat of its batches.
        RHat: float
        /// Effective draws for the bulk; of a streamed quantity, for its mean.
        BulkSize: float
        /// Effective draws for the tails; none of a streamed quantity, whose tails are not kept.
        TailSize: float option
    }

/// What chains tell of a quantity.
[<RequireQualifiedAccess>]
module Diagnosis =

    /// The effective draws of bulk and tails, whichever are fewer.
    let size diagnosis =
        match diagnosis.TailSize with
        | Some tail -> Double.MinNumber(diagnosis.BulkSize, tail)
        | None -> diagnosis.BulkSize

    /// The diagnosis of a quantity from its draws, one array a chain, all of one length of at least four.
    let ofDraws name draws =
        Draws.check draws

        {
            Name = name
            Mean = Draws.mean draws
            Deviation = sqrt (Draws.variance (Draws.pooled draws))
            Error = StandardError.mean draws
            RHat = RHat.rankNormalised draws
            BulkSize = EffectiveSize.bulk draws
            TailSize = Some(EffectiveSize.tail draws)
        }
