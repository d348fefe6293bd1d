namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A model solved on data: the saddle point, and what predicts from it.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type Posterior
    internal
    (
        study: Study,
        network: Network,
        temperature: float,
        model: Model,
        conditioned: ConditionedModel,
        saddlePoint: SaddlePoint,
        accuracy: IterativeAccuracy option
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature
    /// The model: kernel and entropy.
    member _.Model = model
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint

    /// The effective action that was solved.
    member _.EffectiveAction = conditioned.Action

    /// What the iterative solver's answers may be off by; none of the direct solver.
    member _.Accuracy = accuracy

    /// The order parameters at the saddle point.
    member _.OrderParameters = saddlePoint.Chosen.OrderParameters

    /// The training set.
    member _.Train = study.Train

    member internal _.Study = study
    member internal _.Conditioned = conditioned

    interface IDisplayed with
        member _.Display =
            {
                Title = $"Posterior of the {network} at T = {Display.number temperature}, P = {study.Train.Count}"
                Header = []
                Rows =
                    [
                        for symbol, value in
                            Array.zip (Array.ofList model.OrderParameters) saddlePoint.Chosen.OrderParameters do
                            [ (Typeset.ofSymbol symbol).Text; Display.number value ]
                        [ "action"; Display.number saddlePoint.Chosen.Action ]
                        [ "residual"; Display.number saddlePoint.Chosen.Residual ]
                        [ "other stationary points"; string saddlePoint.Others.Length ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

/// A theory solved for data: predictions, scores and evidence.
[<RequireQualifiedAccess>]
module Posterior =

    let internal checkTemperature temperature =
        if Double.IsFinite temperature && temperature >= 0.0 then
            Ok()
        else
            Error(BadNetwork $"The temperature is {temperature}: it is zero or positive, and finite.")

    let private checkOutputs (model: Model) (train: DataSet) =
        if train.Outputs > 1 && not model.OrderParameters.IsEmpty then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: this theory describes one output; use infinite width, or one column at a time."
            )
        else
            Ok()

    // Their Hessian is symbolic, with as many products of as many factors.
    let private mostOrderParameters = 100

    let private checkOrderParameters (network: Network) (model: Model) =
        let count = model.OrderParameters.Length

        if count <= mostOrderParameters then
            Ok()
        else
            Error(
                Unsupported
                    $"The theory has {count} order parameters for {network.Depth} hidden layers, and a saddle point of at most {mostOrderParameters} is within reach: use infinite width, or fewer layers."
            )

    /// A kernel free of order parameters: the number in front of it, and what stands behind it.
    let private constant (network: Network) kernel =
        match Kernel.normalForm [] kernel with
        | NormalForm.Scaled(scale, kernel) -> Scalar.evaluate (EffectiveAction.bind network [] [||]) scale, kernel
        | NormalForm.Centred _
        | NormalForm.Nested _ -> invalidOp "Without order parameters a kernel is one constant."

    /// The same decomposed.
    let internal constantKernel study network kernel =
        let scale, kernel = constant network kernel
        let program, spectrum = SpectralForm.decompose study network kernel
        scale, program, spectrum

    /// The same, not decomposed but as the matrix on the training set.
    let internal constantMatrix (study: Study) network kernel =
        let scale, kernel = constant network kernel
        let program, matrix = SpectralForm.withNumbers network kernel |> study.Matrix
        scale, program, matrix

    // The form of the kernel picks the algorithm.
    let private condition (on: ModelOnData) =
        match Kernel.normalForm on.Model.OrderParameters on.Model.Kernel with
        | NormalForm.Scaled(scale, kernel) -> SpectralForm.create on scale kernel
        | NormalForm.Centred(covarianceScale, meanScale, activation, preactivations) ->
            CentredForm.create on covarianceScale meanScale activation preactivations
        | NormalForm.Nested kernel -> NestedForm.create on kernel

    // The iterative solver needs T to hold the kernel's small eigenvalues up.
    let internal checkSolver temperature (study: Study) =
        if study.Iterative.IsSome && not (temperature > 0.0) then
            Error(Unsupported "The iterative solver needs T > 0: at T = 0 use the solver \"direct\".")
        else
            Ok()

    let private accuracyOf (on: ModelOnData) (conditioned: ConditionedModel) theta =
        conditioned.Scaled
        |> Option.bind (fun scaled ->
            let width = float (List.last on.Network.Widths)

            IterativeAccuracy.ofSpectrum
                conditioned.Action
                scaled.Scale
                (on.Bind theta)
                width
                on.Temperature
                theta
                scaled.Spectrum)

    let rec private attempt search (theory: Theory) network temperature (study: Study) =
        result {
            let model = theory network
            do! checkTemperature temperature
            do! checkSolver temperature study
            do! checkOutputs model study.Train
            do! checkOrderParameters network model

            let on =
                {
                    Study = study
                    Network = network
                    Temperature = temperature
                    Model = model
                }

            let conditioned = condition on
            do! conditioned.Check()

            let! saddlePoint =
                SaddlePoint.solve search conditioned.Action
                |> Result.mapError conditioned.Explain

            let found = saddlePoint.Chosen

            // What was found must not be rounding.
            if not (Double.IsFinite found.Action) then
                return! Error Failures.beyondDoubles

            do! conditioned.CheckAt found.OrderParameters
            let accuracy = accuracyOf on conditioned found.OrderParameters

            let posterior =
                Posterior(study, network, temperature, model, conditioned, saddlePoint, accuracy)

            match study.Iterative, accuracy with
            | Some solver, Some accuracy ->
                return!
                    IterativeAccuracy.refine
                        solver
                        temperature
                        (float study.Train.Count)
                        accuracy
                        (fun () -> attempt search theory network temperature study)
                        posterior
            | _ -> return posterior
        }

    /// Solves a theory for a network at temperature T on a study's training set, with a search of one's own.
    let solveWith search theory network temperature study =
        Failures.catch (fun () -> attempt search theory network temperature study)

    /// Solves a theory for a network at temperature T on a study's training set.
    let solve theory network temperature study =
        solveWith SaddlePoint.defaults theory network temperature study

    let internal predictAt (theta: float[]) (inputs: Matrix) (posterior: Posterior) =
        posterior.Conditioned.PredictAt theta inputs

    /// The predictive mean and variance of f at the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: Posterior) =
        predictAt posterior.OrderParameters inputs posterior

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> Prediction.score test.Targets

    /// log p(y|X) = -(N_L/2) S - (P D/2) log(2 pi T): the Gaussian-process evidence at infinite width, at finite width its
    /// saddle-point value. At T = 0 the density of the targets themselves.
    let logEvidence (posterior: Posterior) =
        let count = float (posterior.Study.Train.Count * posterior.Study.Train.Outputs)
        let n = float (List.last posterior.Network.Widths)

        let noise =
            if posterior.Temperature > 0.0 then
                posterior.Temperature
            else
                1.0

        -0.5
        * (n * posterior.SaddlePoint.Chosen.Action + count * log (2.0 * Math.PI * noise))
