namespace FiniteWidth

/// Why a solution is not to be relied on yet.
[<RequireQualifiedAccess>]
type CavityDoubt =
    /// g would have to grow by this factor for its own units.
    | Amplitude of factor: float
    /// The loss moved between the halves of the window.
    | Drift of first: float * second: float
    /// The log evidence moved between the halves of the window.
    | EvidenceDrift of first: float * second: float
    /// The free energy of a unit moved between the halves of the window.
    | FreeEnergyDrift of first: float * second: float
    /// The standard error of the loss is above what was asked for.
    | Noise of relative: float * accuracy: float
    /// The sample is so small that its bias is more than 1% of the loss.
    | SampleBias of relative: float
    /// Few units carry the weight of a sweep.
    | FewUnits of effective: float * units: int
    /// Neighbouring nodes rarely exchange units.
    | SlowExchange of rate: float
    /// Units have readouts E[v|w] up to `reach`, and the nodes end at `largest`.
    | ShortLadder of reach: float * largest: float
    /// The others' field is not Gaussian, which the theory takes it for.
    | NotGaussian
    /// The direction along which it is exact carries a small part of the targets.
    | Overlap of share: float

    /// One sentence.
    member this.Message =
        match this with
        | Amplitude s -> $"the field has not found its amplitude (off by a factor of {s:F3})"
        | Drift(first, second) -> $"the loss still moves (from {first:G4} to {second:G4} within the averages)"
        | EvidenceDrift(first, second) ->
            $"the log evidence still moves (from {first:F2} to {second:F2} within the averages)"
        | FreeEnergyDrift(first, second) ->
            $"the free energy still moves (from {first:G4} to {second:G4} within the averages)"
        | Noise(relative, accuracy) ->
            $"the loss is known to {100.0 * relative:F1}%%, not yet to {100.0 * accuracy:F1}%%"
        | SampleBias relative -> $"finite samples bias the loss by {100.0 * relative:F1}%%"
        | FewUnits(effective, units) -> $"{effective:F0} of {units} units carry the weight"
        | SlowExchange rate -> $"neighbouring nodes exchange {100.0 * rate:F0}%% of their units a sweep"
        | ShortLadder(reach, largest) ->
            $"units have readouts up to {reach:F1}, and the nodes of the readout end at {largest:F1}"
        | Overlap share ->
            $"the field of the others is not Gaussian, and the direction along which it is exact carries {100.0 * share:F0}%% of the targets"
        | NotGaussian ->
            "few units share the targets, so that the field of the others is not Gaussian and the loss can be off by up to 30%: sample the network, by an experiment or the theory auto"

[<RequireQualifiedAccess>]
module internal CavityDoubts =

    /// Whether a number moved by more than four errors between the halves of a window.
    let moved (first: float) second error = abs (first - second) > 4.0 * error

    /// What speaks against the averages of these sweeps: the loss, its plain estimate without the jackknife, and those of the halves;
    /// `further` stand behind the drift of the loss.
    let ofSweeps settings (records: SweepRecord[]) (loss: Measured) raw (halves: Score * Score) further =
        let first, second = (fst halves).Loss, (snd halves).Loss
        let amplitude = SweepRecord.average _.Amplitude records
        let effective = SweepRecord.average _.EffectiveUnits records
        let exchange = SweepRecord.average _.SwapRate records

        [
            if abs (amplitude - 1.0) > 0.01 then
                CavityDoubt.Amplitude amplitude
            if moved first second (max loss.Error (0.0025 * loss.Value)) then
                CavityDoubt.Drift(first, second)
            yield! further
            if loss.Error > settings.Accuracy * loss.Value then
                CavityDoubt.Noise(loss.Error / loss.Value, settings.Accuracy)
            if abs (loss.Value - raw) > 0.01 * loss.Value then
                CavityDoubt.SampleBias(abs (loss.Value - raw) / loss.Value)
            if effective < 0.25 * float settings.Units then
                CavityDoubt.FewUnits(effective, settings.Units)
            if exchange < 0.5 then
                CavityDoubt.SlowExchange exchange
        ]
