namespace FiniteWidth.Cli

open FiniteWidth

/// What an average over the scale says beside the saddle point.
type ScaleAverage =
    {
        /// The posterior mean of prod_l Qbar_l.
        MeanScale: float
        /// Of a Student-t process.
        DegreesOfFreedom: float option
    }

/// What a theory says of a fully connected network at a temperature.
type DenseAnswer =
    {
        /// The saddle point, and the score on the test set.
        Point: CurvePoint
        LogEvidence: float
        /// Of an average over the scale, which has an error bar of its own: the loss less that of the saddle point.
        Average: (ScaleAverage * float) option
        /// The law of f at every test point.
        Laws: Lazy<PredictiveLaw[,]>
    }

/// A theory of fully connected networks whose order parameters are numbers.
[<NoComparison; NoEquality>]
type DenseTheory =
    {
        /// The theory whose saddle point it stands on.
        Saddle: Theory
        /// Solves it on a study for a test set, at a network and temperature.
        Solve: Study -> DataSet -> Network -> float -> Result<DenseAnswer, Failure>
    }

/// One predicted point with everything a result reports of it.
type PointResult =
    {
        Answer: DenseAnswer
        Assessment: Assessment
        /// The losses of the folds of a cross-validation; empty where there was none.
        Folds: float list
        /// The standard error of the score, where the iterative solver found it.
        ScoreError: Score option
    }

    member this.Posterior = this.Answer.Point.Posterior
    member this.Score = this.Answer.Point.Score
    member this.LogEvidence = this.Answer.LogEvidence

/// The theories whose order parameters are numbers, and predictions by them.
[<RequireQualifiedAccess>]
module DenseTheory =

    /// At the saddle point of a theory.
    let saddlePoint theory =
        {
            Saddle = theory
            Solve =
                fun study test network temperature ->
                    LearningCurve.point theory temperature test study network
                    |> Result.map (fun point ->
                        {
                            Point = point
                            LogEvidence = Posterior.logEvidence point.Posterior
                            Average = None
                            Laws = lazy PredictiveLaw.ofPosterior test.Inputs point.Posterior
                        })
        }

    let private beside test saddle (score: Score) logEvidence average laws =
        {
            Point = { Posterior = saddle; Score = score }
            LogEvidence = logEvidence
            Average = Some(average, score.Loss - (Posterior.score test saddle).Loss)
            Laws = laws
        }

    /// By the integral over the scale of the kernel.
    let mixture =
        {
            Saddle = Theory.wishart
            Solve =
                fun study test network temperature ->
                    ScaleMixture.solve network temperature study
                    |> Result.map (fun mixture ->
                        beside
                            test
                            mixture.Saddle
                            (ScaleMixture.score test mixture)
                            mixture.LogEvidence
                            {
                                MeanScale = mixture.MeanScale
                                DegreesOfFreedom = None
                            }
                            (lazy PredictiveLaw.ofMixture test.Inputs mixture))
        }

    /// By the Student-t process whose scale has the mean and variance of the network's.
    let studentT =
        {
            Saddle = Theory.wishart
            Solve =
                fun study test network temperature ->
                    result {
                        let! saddle = Posterior.solve Theory.wishart network temperature study
                        let nu = StudentT.degreesOfFreedom network
                        let! posterior = StudentT.solve nu network temperature study

                        return
                            beside
                                test
                                saddle
                                (StudentT.score test posterior)
                                posterior.LogEvidence
                                {
                                    MeanScale = posterior.Inflation
                                    DegreesOfFreedom = Some nu
                                }
                                (lazy PredictiveLaw.ofStudentT test.Inputs posterior)
                    }
        }

    let private solve study test theory (network, temperature) =
        result {
            let! answer = theory.Solve study test network temperature

            do!
                Results.requireFinite
                    $"prediction of the {network} at T = {temperature}"
                    "doubles"
                    [ answer.Point.Score.Loss; answer.LogEvidence ]

            return answer
        }

    /// What solves it on a study and a test set for one network and temperature after the other, sharing what they have in common; `expand` finds the
    /// expansion in 1/N.
    let solver expand study test theory =
        let assess = Assessment.solver expand test
        let errorBars = Assessment.errorBars test

        fun point ->
            solve study test theory point
            |> Result.map (fun answer ->
                let posterior = answer.Point.Posterior

                let errorBar =
                    match answer.Average with
                    | Some(_, errorBar) -> Ok errorBar
                    | None -> errorBars posterior

                {
                    Answer = answer
                    Assessment = assess errorBar posterior
                    Folds = []
                    ScoreError = IterativeStudy.scoreError test posterior
                })

    /// What predicts the losses of the folds of a cross-validation for one network and temperature after the other.
    let folds theory (folds: Fold list) point =
        folds
        |> Result.traverse (fun fold -> solve fold.Study fold.Held theory point |> Result.map _.Point.Score.Loss)

    /// Has an iterative study find what all points need before any of them is answered, so that the answer to one does not depend on which others were
    /// asked first.
    let prepare (study: Study) theory (points: (Network * float) list) =
        let solve (network: Network, temperature) =
            if study.Train.Outputs > 1 && not (theory.Saddle network).OrderParameters.IsEmpty then
                SeveralOutputs.solve network temperature study |> Result.map ignore
            else
                Posterior.solve theory.Saddle network temperature study |> Result.map ignore

        if study.IsIterative then
            points |> Result.traverse solve |> Result.map ignore
        else
            Ok()
