namespace FiniteWidth.Experiment

open System

/// Why a run's numbers should not be trusted.
[<RequireQualifiedAccess>]
type Reason =
    /// There are too few draws to tell.
    | TooFewDraws of draws: int
    /// The chains have not found the same distribution of a quantity.
    | ChainsDisagree of quantity: string * rHat: float * limit: float
    /// A quantity has fewer effective draws, in its bulk or its tails, than an error bar needs.
    | TooFewEffectiveDraws of quantity: string * size: float * limit: float
    /// A quantity was infinite or not a number in some draw.
    | NotFinite of quantity: string
    /// A quantity is the same in every draw, so nothing can be said of how the chains move.
    | Constant of quantity: string
    /// Some transitions left the energy surface, or met a likelihood that is not finite.
    | Divergences of count: int64
    /// Momenta drawn anew change the energy of a chain too little.
    | LowEnergyInformation of chain: int * value: float * limit: float

    /// The reason in one sentence, with what may help.
    member this.Message =
        match this with
        | TooFewDraws draws -> $"There are {draws} draws a chain: at least 4 are needed to tell."
        | ChainsDisagree(quantity, rHat, limit) ->
            $"The chains disagree on {quantity}: R-hat is {rHat:F3} and should be below {limit}; a longer warm-up or more draws may help."
        | TooFewEffectiveDraws(quantity, size, limit) ->
            $"There are {size:F0} effective draws of {quantity}: at least {limit:F0} make an error bar."
        | NotFinite quantity -> $"{quantity} is not finite in some draw."
        | Constant quantity -> $"{quantity} is the same in every draw: nothing can be said of it."
        | Divergences count -> $"{count} transitions diverged: the step is too long for some part of the posterior."
        | LowEnergyInformation(chain, value, limit) ->
            $"E-BFMI of chain {chain} is {value:F2} and should be above {limit}: its energies are explored too slowly."

/// Whether a run's numbers can be trusted.
[<RequireQualifiedAccess>]
type Verdict =
    /// Nothing speaks against the chains.
    | Converged
    /// What speaks against them.
    | NotConverged of reasons: Reason list

    /// The verdict in one sentence a reason.
    override this.ToString() =
        match this with
        | Converged -> "Converged."
        | NotConverged reasons ->
            let sentences = reasons |> List.map _.Message |> String.concat " "
            $"Not converged. {sentences}"

/// What a run must satisfy to be called converged.
type ConvergenceLimits =
    {
        /// R-hat of every quantity, at most.
        MaximalRHat: float
        /// Effective draws of every quantity, at least, for each chain.
        MinimalSize: float
        /// E-BFMI of every chain, at least.
        MinimalEnergyInformation: float
        /// The share of the transitions that may diverge.
        DivergentShare: float
    }

/// Whether chains have converged, by these limits.
[<RequireQualifiedAccess>]
module Verdict =

    /// The limits of Vehtari et al. 2021 (R-hat 1.01, 100 effective draws a chain), E-BFMI 0.3, no divergence.
    let limits =
        {
            MaximalRHat = 1.01
            MinimalSize = 100.0
            MinimalEnergyInformation = 0.3
            DivergentShare = 0.0
        }

    let private ofQuantity limits chains (diagnosis: Diagnosis) =
        let wanted = limits.MinimalSize * float chains

        let size = Diagnosis.size diagnosis

        if not (Double.IsFinite diagnosis.Mean && Double.IsFinite diagnosis.Deviation) then
            [ Reason.NotFinite diagnosis.Name ]
        elif diagnosis.Deviation = 0.0 then
            [ Reason.Constant diagnosis.Name ]
        else
            [
                if not (diagnosis.RHat < limits.MaximalRHat) then
                    Reason.ChainsDisagree(diagnosis.Name, diagnosis.RHat, limits.MaximalRHat)
                if size < wanted then
                    Reason.TooFewEffectiveDraws(diagnosis.Name, size, wanted)
            ]

    /// Whether a quantity of this many chains is within the limits.
    let internal accepts limits chains diagnosis =
        List.isEmpty (ofQuantity limits chains diagnosis)

    /// The verdict on diagnosed quantities and the chains' tallies.
    let judge limits (tallies: Tally seq) (diagnoses: Diagnosis seq) =
        let tallies = Array.ofSeq tallies
        let divergences = tallies |> Array.sumBy _.Divergences
        let transitions = tallies |> Array.sumBy _.Count

        let reasons =
            [
                yield! diagnoses |> Seq.collect (ofQuantity limits tallies.Length)

                if float divergences > limits.DivergentShare * float transitions then
                    Reason.Divergences divergences

                for chain, tally in Array.indexed tallies do
                    match tally.EnergyInformation with
                    | Some value when value < limits.MinimalEnergyInformation ->
                        Reason.LowEnergyInformation(chain, value, limits.MinimalEnergyInformation)
                    | _ -> ()
            ]

        if reasons.IsEmpty then
            Verdict.Converged
        else
            Verdict.NotConverged reasons
