namespace FiniteWidth

open FiniteWidth.Numerics

/// A network on images with D logits and a softmax likelihood solved on labels: an order parameter over contrasts and final positions,
/// ((D-1) d) x ((D-1) d), a contrast's positions together.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type ImageClassification
    internal
    (
        train: DataSet,
        network: ImageNetwork,
        beta: float,
        labels: ClassLabels,
        action: MatrixAction option,
        saddlePoint: MatrixSaddlePoint,
        predict: Matrix -> ClassPrediction
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// beta.
    member _.Beta = beta
    /// The likelihood.
    member _.Likelihood = Likelihood.Categorical beta
    /// How the training targets label the classes.
    member _.Labels = labels
    /// D.
    member _.Classes = labels.Classes
    /// The order parameters at which the action is stationary; at infinite width the identity.
    member _.SaddlePoint = saddlePoint
    /// The action that was solved; none at infinite width.
    member _.Action = action
    /// Qbar, in the coordinates of `Classification.contrasts`.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    member internal _.Train = train
    member internal _.Predict inputs = predict inputs

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
                $"Posterior of the {network} with the softmax likelihood at beta = {Display.number beta}, P = {train.Count}, D = {labels.Classes}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Classification by deep convolutional networks, the product form (theory sections 13 and 14): with H_ij the kernels of infinite width between the d final
/// positions and contrasts g of the logits,
///
/// Cov(g_a, g_b) = (1/(lambda_L d)) sum_ij Qbar_(ai)(bj) H_ij,
/// S = L Tr Qbar^(1/L) - L n d - log det Qbar - (2/N) log Z(Qbar), n = D - 1,
///
/// log Z by Laplace's method. Average pooling and fully connected layers leave Qbar (x) H/lambda_L, `Classification` with another kernel.
[<RequireQualifiedAccess>]
module ImageClassification =

    /// Why there is no theory of classes layer by layer.
    let hierarchical =
        Unsupported
            "Classes of several convolutional layers take the theories \"infinite-width\" and \"wishart\": layer by layer, \"proportional\" describes one output."

    let private evidenceOf (laplace: LaplaceEvidence) : JointEvidence =
        {
            LogEvidence = laplace.LogEvidence
            Adjoint = lazy laplace.JointAdjoint()
            AdjointChange = laplace.AdjointChange
            Representer = laplace.Mode.Point.Gradient
            Screen = laplace.Screen
            Condition = lazy 1.0
        }

    // Laplace's method for one joint covariance after the other, each from the mode of the last.
    let private evaluator (labels: int[]) classes beta =
        let term: Softmax =
            {
                Labels = labels
                Basis = Contrasts.basis classes
                Beta = beta
            }

        let order = classes - 1
        let mutable last = Array.zeroCreate<float>(order * labels.Length)

        fun covariance ->
            LaplaceEvidence.TryCreate(term, LatentCovariance.Joint(order, covariance), last)
            |> Option.map (fun laplace ->
                last <- laplace.Mode.Point.Gradient
                evidenceOf laplace)

    // The kernel of f, summed over sites.
    let private kernelOf (network: ImageNetwork) (study: ImageStudy) =
        let sum, _ = study.Kernels network
        let scale = ImageOutputs.scaleOf network
        let sites = nativeint network.ReadoutSites
        sum.Assemble(Matrix.Create(sites, sites, (fun i j -> if i = j then scale else 0.0)))

    let private shared isInfinite (network: ImageNetwork) beta (labels: ClassLabels) classOf (study: ImageStudy) =
        result {
            let scale = ImageOutputs.scaleOf network
            let k = kernelOf network study
            let width = float (List.last network.Widths)

            let! solved =
                ClassAction.solve isInfinite network.Depth width classOf labels.Classes beta k

            let predict inputs =
                let cross, diagonal = ImageOutputs.sharedCross study network inputs
                use cross = cross
                ClassAction.predict labels.Classes solved.OrderParameter solved.Laplace scale cross diagonal

            return ImageClassification(study.Train, network, beta, labels, solved.Action, solved.SaddlePoint, predict)
        }

    // The kernels between sites, and the action of Qbar over contrasts and sites.
    let private jointAction (network: ImageNetwork) beta (labels: ClassLabels) (classOf: int[]) (study: ImageStudy) =
        let covariance = study.Blocks network
        let order = (labels.Classes - 1) * covariance.Sites
        let width = float (List.last network.Widths)
        let evidence = evaluator classOf labels.Classes beta

        let action =
            {
                Order = order
                Layers = network.Depth
                Expand = JointEvidence.expand width (ImageOutputs.scaleOf network) covariance evidence
                Size = 1.0 + float classOf.Length / width
                Symmetric = ClassAction.entropy order network.Depth
                Cost = Cost.Large
            }

        covariance, evidence, action

    let private joint (network: ImageNetwork) beta (labels: ClassLabels) (classOf: int[]) (study: ImageStudy) =
        result {
            let covariance, evidence, action = jointAction network beta labels classOf study
            let sites = covariance.Sites
            let scale = ImageOutputs.scaleOf network
            let! found = MatrixSaddle.solve ClassAction.search action
            do! MatrixSaddle.requireFinite found
            let q = Matrix.FromArray found.Chosen.OrderParameter

            match evidence (covariance.Assemble(scale, q)) with
            | None -> return! Error Laplace.noMode
            | Some solved ->
                let predict inputs =
                    let mean, covariance =
                        study.CrossBlocks(network, inputs)
                        |> Seq.map (fun (struct (cross, each)) -> JointEvidence.predict scale q sites solved cross each)
                        |> List.ofSeq
                        |> ImageOutputs.joined

                    Contrasts.predict labels.Classes mean covariance

                return ImageClassification(study.Train, network, beta, labels, Some action, found, predict)
        }

    let private solveBy isInfinite (network: ImageNetwork) likelihood (study: ImageStudy) =
        Failures.catch (fun () ->
            result {
                let! beta = ClassAction.betaOf likelihood
                let! labels = ClassLabels.ofTraining study.Train.Targets
                let! classOf = ClassLabels.read labels study.Train.Targets
                do! ImageOutputs.check network isInfinite (labels.Classes - 1) study.Train

                return!
                    if isInfinite || network.ReadoutSites = 1 then
                        shared isInfinite network beta labels classOf study
                    else
                        joint network beta labels classOf study
            })

    /// Solves the product form for a network with a softmax likelihood on a study's training set, whose targets are labels (`ClassLabels`); all hidden layers
    /// have as many channels or units.
    let solve network likelihood study = solveBy false network likelihood study

    /// The network of infinite width: Gaussian-process classification with its kernel.
    let infiniteWidth network likelihood study = solveBy true network likelihood study

    /// log Z - N I(Qbar): log p(labels | X) at beta = 1, of the Gibbs measure at any other.
    let logEvidence (posterior: ImageClassification) =
        -0.5
        * float (List.last posterior.Network.Widths)
        * posterior.SaddlePoint.Chosen.Action

    /// The same of another network with the order parameter of this one.
    let internal logEvidenceAt (posterior: ImageClassification) (network: ImageNetwork) (study: ImageStudy) =
        let classOf = ClassLabels.read posterior.Labels study.Train.Targets |> Result.orFail
        let beta, classes = posterior.Beta, posterior.Classes
        let width = float (List.last network.Widths)

        let ofAction action =
            -0.5 * width * MatrixSaddle.value action posterior.OrderParameter

        if posterior.Action.IsNone then
            let laplace =
                ClassAction.independent classOf classes beta (kernelOf network study)
                |> Result.orFail

            laplace.LogEvidence
        elif network.ReadoutSites = 1 then
            ClassAction.action network.Depth width classOf classes beta (kernelOf network study)
            |> ofAction
        else
            let _, _, action = jointAction network beta posterior.Labels classOf study
            ofAction action

    /// Means and covariances of the logits and the probabilities of the classes at the images in the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: ImageClassification) =
        DataSet.requireFeatures posterior.Train.Inputs inputs
        posterior.Predict inputs

    /// Accuracy, negative log likelihood, Brier score and calibration on a test set; an error where its targets are no labels of these classes.
    let score (test: DataSet) (posterior: ImageClassification) =
        ClassLabels.read posterior.Labels test.Targets
        |> Result.map (fun labels -> ClassScore.ofProbabilities labels (predict test.Inputs posterior).Probabilities)
