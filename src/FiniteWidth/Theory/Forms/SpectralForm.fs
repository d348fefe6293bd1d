namespace FiniteWidth

open FiniteWidth.Numerics

/// One scalar times one kernel free of order parameters: an eigendecomposition, then O(P).
[<RequireQualifiedAccess>]
module internal SpectralForm =

    /// The kernel with the network's numbers in place of its symbols, simplified.
    let withNumbers network kernel =
        Kernel.substitute (ConditionedModel.number network) kernel |> Kernel.simplify

    /// The kernel, in which the network's symbols alone are left, decomposed with the targets.
    let decompose (study: Study) network kernel =
        study.Spectrum(withNumbers network kernel, None)

    // Where the scale holds every symbol that is asked for, its derivatives suffice.
    let private slopes (on: ModelOnData) scale constant (spectrum: Spectrum) theta symbols =
        if ConditionedModel.isFreeOf symbols constant then
            let s = on.Evaluate theta scale
            let along = (Spectrum.action on.Temperature s spectrum).First

            ConditionedModel.table symbols (fun symbol ->
                along * on.Evaluate theta (Scalar.derivative symbol (log scale))),
            Spectrum.noise on.Temperature s spectrum
        else
            let program = KernelProgram.compile (Kernel.simplify on.Model.Kernel)
            NestedForm.slopes on program theta symbols

    /// The model of scale times this constant kernel on data.
    let create (on: ModelOnData) scale constant =
        let {
                Study = study
                Network = network
                Temperature = temperature
            } =
            on

        let program, spectrum = decompose study network constant
        let scaleAt theta = on.Evaluate theta scale

        {
            Action = EffectiveAction.ofSpectrum on.Model scale network temperature spectrum
            Check = fun () -> KernelChecks.checkRank temperature study.Train spectrum
            Explain = ConditionedModel.reason on (scaleAt on.AtInfiniteWidth) spectrum
            CheckAt = fun theta -> KernelChecks.checkNoise temperature (scaleAt theta) spectrum
            PredictAt =
                fun theta inputs ->
                    study.Projected(program, spectrum, None, inputs)
                    |> Prediction.ofSpectrum temperature (scaleAt theta) spectrum
            QuadraticFormAt = fun theta -> Spectrum.quadraticForm (scaleAt theta) spectrum
            SlopesAt = slopes on scale constant spectrum
            Scaled =
                Some
                    {
                        Scale = scale
                        Program = program
                        Spectrum = spectrum
                    }
        }
