namespace FiniteWidth

open FiniteWidth.Numerics.Cavity

/// Units that have aligned with the task: those whose own share b^2/(2(1+a)) of the log evidence exceeds 4.
[<RequireQualifiedAccess>]
type SpecialisedUnits =
    {
        /// How many of the N units; where they are infinitely many, which fraction of them.
        Number: float
        /// Their mean b^2/(1+a).
        Strength: float
        /// Their mean readout |E[v|w]|.
        Readout: float
        /// Their part of the sum of b^2/(1+a) over all units.
        Share: float
    }

/// What one sweep shows of the units, weighted by the theory's density.
[<RequireQualifiedAccess>]
type internal SweepRecord =
    {
        /// The factor by which the sweep's own units would have g larger.
        Amplitude: float
        LogPartition: float
        EffectiveUnits: float
        Acceptance: float
        SwapRate: float
        /// The share of units with b^2/(1+a) above 8, their mean of it, their mean |E[v|w]|, and their share of the whole sum of it.
        Specialised: float
        Strength: float
        Readout: float
        Share: float
    }

[<RequireQualifiedAccess>]
module internal SweepRecord =

    // Units whose own share of the evidence is this many nats or more are called specialised: b^2/(1+a) > 8.
    let private specialised = 8.0

    /// Of units with these weights, b^2/(1+a) and |E[v|w]|.
    let ofUnits amplitude logPartition (weights: float[]) (squares: float[]) readouts (population: UnitPopulation) =
        let isSpecialised =
            squares |> Array.map (fun x -> if x > specialised then 1.0 else 0.0)

        let among = Array.map2 (*) weights isSpecialised
        let total = Array.sum among

        let per sum =
            if total > 0.0 then sum / total else 0.0

        let sumOf (values: float[]) = CavityFields.dot among values

        ({
            Amplitude = amplitude
            LogPartition = logPartition
            EffectiveUnits = 1.0 / CavityFields.dot weights weights
            Acceptance = population.Acceptance
            SwapRate = population.SwapRate
            Specialised = total
            Strength = per (sumOf squares)
            Readout = per (sumOf readouts)
            Share = sumOf squares / CavityFields.dot weights squares
        }
        : SweepRecord)

    let average (f: SweepRecord -> float) records = Array.averageBy f records

    /// Of so many units, averaged over sweeps.
    let specialisedUnits width (records: SweepRecord[]) : SpecialisedUnits =
        let number = average _.Specialised records

        let among (f: SweepRecord -> float) =
            if number > 0.0 then
                average (fun (r: SweepRecord) -> r.Specialised * f r) records / number
            else
                0.0

        {
            Number = width * number
            Strength = among _.Strength
            Readout = among _.Readout
            Share = average _.Share records
        }
