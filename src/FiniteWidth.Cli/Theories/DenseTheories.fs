namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// Theories of fully connected networks and numbers.
[<RequireQualifiedAccess>]
module DenseTheories =

    // What all whose order parameters are numbers do.
    let private ofNumbers (theory: DenseTheory) (job: Job) =
        { Refusing.everything job with
            Folds = Ok()
            OtherSolvers =
                if job.CrossValidation.IsSome then
                    Error "cross-validations"
                else
                    Ok()
            AveragesUnits = fun split -> split.Train.Outputs = 1
            Predict = OneOutput.predict theory job
            Curve = Ok(CurveOf.Losses theory)
        }

    let private fitOne theory temperature (asked: FitAsked) (split: Split) (network: Network) =
        Evidence.fit theory (asked.Hyperparameters network) network temperature (Study split.Train)
        |> Result.bind (
            FitResults.ofFit asked split.Train (fun posterior ->
                JobNetwork.Dense posterior.Network,
                PointScore.Numbers(posterior.Temperature, Posterior.score split.Test posterior))
        )

    /// The saddle point of a theory; of several outputs at finite width that of a matrix.
    let saddlePoint theory (network: Network) (job: Job) =
        let numbers = ofNumbers (DenseTheory.saddlePoint theory) job
        let temperature = job.Temperature

        let isMatrix (split: Split) =
            split.Train.Outputs > 1 && not (theory network).OrderParameters.IsEmpty

        let alone =
            { numbers with
                SweepKeys =
                    numbers.SweepKeys
                    @ (if job.Scaling.IsSome then
                           [ "examples" ]
                       else
                           [ "examples"; "load" ])
                AveragesUnits = isMatrix >> not
                Predict =
                    fun asked ->
                        if isMatrix asked.Examples.Split then
                            SeveralOutputsTheory.predict theory job asked
                        else
                            numbers.Predict asked
                Explain =
                    fun split ->
                        if isMatrix split then
                            SeveralOutputsTheory.explain theory network temperature split
                        else
                            Ok(Explain.ofModel (ProblemSize.Of split) temperature network (theory network))
                Fit =
                    fun asked split ->
                        let fit = if isMatrix split then SeveralOutputsTheory.fit else fitOne
                        Fits.dense network asked |> Fits.each (fit theory temperature asked split)
            }

        if job.Sweep.Examples.IsEmpty then
            alone
        else
            AveragedTheory.over theory job alone

    let private explainMixture network (job: Job) (split: Split) =
        if split.Train.Outputs > 1 then
            Refusing.because
                $"The targets have {split.Train.Outputs} columns: the mixture is explained of one output; use \"wishart\"."
        else
            Ok(Explain.ofMixture (ProblemSize.Of split) job.Temperature network)

    let private createMixture (job: Job) =
        let elsewhere =
            Refusing.everything job
            |> Refusing.toFit
                "job.theory: the evidence of \"mixture\" is an integral, and a fit takes a saddle point: use \"wishart\"."

        match job.Network with
        | JobNetwork.Dense network ->
            let numbers = ofNumbers DenseTheory.mixture job

            { numbers with
                Fit = elsewhere.Fit
                Explain = explainMixture network job
                Predict =
                    fun asked ->
                        if asked.Examples.Split.Train.Outputs > 1 then
                            SeveralOutputsTheory.predictMixture job asked
                        else
                            numbers.Predict asked
            }
        | _ -> elsewhere

    /// The integral over the scale, of several outputs over the matrix, by its name.
    let mixture =
        {
            Name = "mixture"
            Keys = OwnKeys.Nothing
            Equation = None
            Compared = Some ComparedTheory.mixture
            Of = createMixture
        }

    let private createStudentT (job: Job) =
        match job.Network with
        | JobNetwork.Dense _ -> ofNumbers DenseTheory.studentT job
        | _ -> Refusing.everything job
        |> Refusing.toExplain
            "job.theory: \"student-t\" has no action to explain: use \"mixture\", which it approximates."
            job
        |> Refusing.toFit "job.theory: \"student-t\" has no saddle point to fit at: use \"wishart\"."

    /// The Student-t process by its name.
    let studentT =
        {
            Name = "student-t"
            Keys = OwnKeys.Nothing
            Equation = None
            Compared = None
            Of = createStudentT
        }
