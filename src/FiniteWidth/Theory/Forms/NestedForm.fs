namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers

/// Order parameters inside the kernel: a Cholesky factor of T I + K(theta) for everything.
[<RequireQualifiedAccess>]
module internal NestedForm =

    let private withFactor (on: ModelOnData) temperature program theta useFactor =
        EffectiveAction.withFactor program (on.Bind theta) temperature on.Study.Solver on.Study.Train.Targets useFactor

    /// The slopes of a model, by one inverse and one sweep back through the kernel maps.
    let slopes (on: ModelOnData) (program: KernelProgram) theta symbols =
        let value = on.Bind theta

        withFactor on on.Temperature program theta (fun factor ->
            let gradient = factor.Gradient()

            let along symbol =
                Array.fold2
                    (fun sum s weight -> sum + s * Scalar.evaluate value (Scalar.derivative symbol weight))
                    0.0
                    gradient.Weights
                    program.Weights

            ConditionedModel.table symbols along, gradient.Temperature)
        |> Result.defaultWith (fun minor -> raise (ConditionedModel.singular on minor))

    let private action (on: ModelOnData) program =
        let {
                Model = model
                Network = network
                Temperature = temperature
            } =
            on

        let train = on.Study.Train

        let action =
            EffectiveAction.ofProgram model program network temperature on.Study.Solver train.Targets

        match on.Study.Solver with
        | :? LocalKernelSolver ->
            EffectiveAction.scannedBy model program network temperature train.Inputs train.Targets action
        // All ranks must see the same numbers.
        | _ -> action

    let private predict (on: ModelOnData) program theta (inputs: Matrix) =
        DataSet.requireFeatures on.Study.Train.Inputs inputs
        let diagonal = KernelProgram.diagonal (on.Bind theta) inputs program

        withFactor on on.Temperature program theta (Prediction.ofFactor inputs diagonal)
        |> Result.defaultWith (fun minor -> raise (ConditionedModel.singular on minor))

    /// The model of this kernel on data.
    let create (on: ModelOnData) kernel =
        let program = KernelProgram.compile kernel
        let train = on.Study.Train

        let infinite () =
            on.Study.Decompose(program, on.Bind on.AtInfiniteWidth, train.Targets)

        {
            Action = action on program
            Check =
                fun () ->
                    if on.Temperature = 0.0 && DataSet.distinctInputs train < train.Count then
                        infinite () |> KernelChecks.checkRank on.Temperature train
                    else
                        Ok()
            // The likely reason is worth the kernel's eigenvalues, and factors know T I + K worse than these do.
            Explain =
                fun failure ->
                    let spectrum = infinite ()

                    match ConditionedModel.check on 1.0 spectrum with
                    | Error reason -> reason
                    | Ok() when on.Temperature > 0.0 && spectrum.Rank < spectrum.Count -> Failures.lost on.Temperature
                    | Ok() -> failure
            CheckAt =
                fun theta ->
                    if on.Temperature > 0.0 then
                        withFactor on on.Temperature program theta (fun a -> KernelChecks.isLost (a.PivotCondition()))
                        |> function
                            | Ok false -> Ok()
                            | _ -> Error(Failures.lost on.Temperature)
                    else
                        Ok()
            PredictAt = predict on program
            QuadraticFormAt =
                fun theta ->
                    withFactor on 0.0 program theta (fun a -> a.Energy)
                    |> Result.defaultValue infinity
            SlopesAt = slopes on program
            Scaled = None
        }
