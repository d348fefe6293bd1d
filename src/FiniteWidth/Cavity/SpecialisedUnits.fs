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

/// The units of one sweep, with the weights that take them to the theory's density.
[<NoComparison; NoEquality>]
type internal UnitDensity =
    {
        /// The sum is 1.
        Weights: float[]
        /// b^2/(1+a).
        Strengths: float[]
        /// E[v|w].
        Readouts: float[]
    }

[<RequireQualifiedAccess>]
module internal UnitDensity =

    // Units whose own share of the evidence is this many nats or more are called specialised: b^2/(1+a) > 8.
    let private specialised = 8.0

    let isSpecialised i (density: UnitDensity) = density.Strengths[i] > specialised

/// What one sweep shows of the units, weighted by the theory's density.
[<RequireQualifiedAccess>]
type internal SweepRecord =
    {
        Density: UnitDensity
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

    /// Of the units of a sweep.
    let ofUnits amplitude logPartition (density: UnitDensity) (population: UnitPopulation) =
        let weights, squares = density.Weights, density.Strengths

        let among =
            weights
            |> Array.mapi (fun i w -> if UnitDensity.isSpecialised i density then w else 0.0)

        let total = Array.sum among

        let per sum =
            if total > 0.0 then sum / total else 0.0

        let sumOf (values: float[]) = CavityFields.dot among values

        ({
            Density = density
            Amplitude = amplitude
            LogPartition = logPartition
            EffectiveUnits = 1.0 / CavityFields.dot weights weights
            Acceptance = population.Acceptance
            SwapRate = population.SwapRate
            Specialised = total
            Strength = per (sumOf squares)
            Readout = per (density.Readouts |> Array.map abs |> sumOf)
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
