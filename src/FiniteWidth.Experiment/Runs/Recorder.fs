namespace FiniteWidth.Experiment

/// What one chain's draws have shown so far.
[<Sealed>]
type internal Recorder(observables: Observables) =

    let traced = observables.Traced.Length
    let streamed = observables.Streamed.Length
    let values: float[] = Array.zeroCreate (traced + streamed)

    member val Traces = Array.init traced (fun _ -> ResizeArray<float>())
    member val Moments = StreamedMoments.create streamed

    /// Evaluates the observables at a draw.
    member this.Record stream position =
        observables.Evaluate stream position values

        for k in 0 .. traced - 1 do
            this.Traces[k].Add values[k]

        if streamed > 0 then
            this.Moments.Add(values, traced)
