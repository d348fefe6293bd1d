namespace FiniteWidth

open FiniteWidth.Numerics

/// a Sigma + t m m^T, Sigma = K o [C] - m m^T and m free of order parameters: an eigendecomposition of Sigma with the targets y and m, then O(P).
[<RequireQualifiedAccess>]
module internal CentredForm =

    // Where the scales hold every symbol that is asked for, their derivatives suffice.
    let private slopes (on: ModelOnData) a t preactivations (spectrum: Spectrum) theta symbols =
        if ConditionedModel.isFreeOf symbols preactivations then
            let slope scalar symbol =
                on.Evaluate theta (Scalar.derivative symbol scalar)

            let aValue, tValue = on.Evaluate theta a, on.Evaluate theta t
            let w = CentredSpectrum.action on.Temperature aValue tValue spectrum

            ConditionedModel.table symbols (fun symbol -> w.A * slope a symbol + w.T * slope t symbol),
            CentredSpectrum.noise on.Temperature aValue tValue spectrum
        else
            let program = KernelProgram.compile (Kernel.simplify on.Model.Kernel)
            NestedForm.slopes on program theta symbols

    /// The model of this kernel on data.
    let create (on: ModelOnData) covarianceScale meanScale activation preactivations =
        let {
                Study = study
                Temperature = temperature
            } =
            on

        let mean =
            {
                Activation = activation
                // Not simplified: of a homogeneous activation the mean carries the scale that simplification pulls out.
                Preactivations = Kernel.substitute (ConditionedModel.number on.Network) preactivations
            }

        let kernel = Kernel.covariance activation mean.Preactivations
        let program, spectrum = study.Spectrum(kernel, Some mean)
        let aAt theta = on.Evaluate theta covarianceScale
        let tAt theta = on.Evaluate theta meanScale

        {
            Action =
                EffectiveAction.ofCentredSpectrum on.Model covarianceScale meanScale on.Network temperature spectrum
            Check = fun () -> KernelChecks.checkRank temperature study.Train spectrum
            Explain = ConditionedModel.reason on (aAt on.AtInfiniteWidth) spectrum
            CheckAt = fun theta -> KernelChecks.checkNoise temperature (aAt theta) spectrum
            PredictAt =
                fun theta inputs ->
                    study.Projected(program, spectrum, Some mean, inputs)
                    |> Prediction.ofCentredSpectrum temperature (aAt theta) (tAt theta) spectrum
            QuadraticFormAt = fun theta -> CentredSpectrum.quadraticForm (aAt theta) (tAt theta) spectrum
            SlopesAt = slopes on covarianceScale meanScale preactivations spectrum
            Scaled = None
        }
