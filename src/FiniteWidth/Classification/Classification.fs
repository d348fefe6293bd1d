namespace FiniteWidth

open FiniteWidth.Numerics

/// A network with D logits and a softmax likelihood solved on labels: contrasts g ~ GP(0, Qbar (x) K) of the logits, Qbar a positive
/// (D-1) x (D-1) matrix, and Laplace's approximation of their posterior.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type Classification
    internal
    (
        study: Study,
        network: Network,
        beta: float,
        labels: ClassLabels,
        solved: SharedClasses,
        scale: float,
        program: KernelProgram,
        kernel: Matrix
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
    member _.SaddlePoint = solved.SaddlePoint

    /// The action that was solved; none at infinite width.
    member _.Action = solved.Action

    /// Qbar, (D-1) x (D-1), in the coordinates of `Classification.contrasts`.
    member _.OrderParameter = solved.SaddlePoint.Chosen.OrderParameter

    /// Newton steps to the mode of the posterior at this Qbar.
    member _.NewtonSteps = solved.Laplace.Mode.Steps

    member internal _.Study = study
    member internal _.Solved = solved
    member internal _.Scale = scale
    member internal _.Program = program
    member internal _.Kernel = kernel
    member internal _.Laplace = solved.Laplace

    interface IDisplayed with
        member _.Display =
            solved.SaddlePoint.Display
                $"Posterior of the {network} with the softmax likelihood at beta = {Display.number beta}, P = {study.Train.Count}, D = {labels.Classes}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Classification (theory section 14). With contrasts g of the logits, Cov(g_a(x), g_b(x')) = Qbar_ab K(x, x'),
///
/// S = L Tr Qbar^(1/L) - L n - log det Qbar - (2/N) log Z(Qbar), n = D - 1,
/// Z(Qbar) = integral exp(-beta sum_mu CE(label_mu, softmax f_mu)) N(g; 0, Qbar (x) K) dg by Laplace's method at the mode:
///
/// the proportional limit of one hidden layer, and the equivalent Wishart ansatz of L layers of the same width. At infinite width Qbar is the
/// identity: Gaussian-process classification with the NNGP kernel.
///
/// At infinite width the classes are independent, and D + 1 factors of P x P numbers do. Else an evaluation of S with its gradient takes ((D-1) P)^3 operations, and four matrices of ((D-1) P)^2 numbers.
[<RequireQualifiedAccess>]
module Classification =

    /// An orthonormal basis of the logits' differences, D x (D-1), orthogonal to (1, ..., 1): column k weighs classes 0 .. k against k + 1.
    let contrasts classes = Contrasts.basis classes

    let private isInfinite (theory: Theory) network =
        (theory network).OrderParameters.IsEmpty

    /// Nothing, or why classes of a network do not have this theory.
    let describes (theory: Theory) (network: Network) =
        result {
            if not (isInfinite theory network) then
                do! Network.requireSequential "The theory of classification" network

                if not (SeveralOutputs.describes theory network) then
                    return!
                        Error(
                            Unsupported
                                "Classes take the theories infinite-width and wishart, and proportional with one hidden layer or a homogeneous activation."
                        )
                elif List.distinct network.Widths |> List.length > 1 then
                    return!
                        Error(
                            Unsupported
                                "The hidden layers differ in width: the theory of classification at depth takes layers of one width."
                        )
        }

    let private scaled factor (k: Matrix) =
        let copy = k.Clone()

        for mu in 0n .. copy.Rows - 1n do
            VectorArithmetic.Scale(factor, copy.Row mu)

        copy

    /// Solves a theory for a network with a softmax likelihood on the study's training set, whose targets are labels (`ClassLabels`): infinite
    /// width; one hidden layer in the proportional limit; several layers of one width under the Wishart ansatz.
    let solve (theory: Theory) (network: Network) likelihood (study: Study) =
        Failures.catch (fun () ->
            result {
                let! beta = ClassAction.betaOf likelihood
                do! describes theory network
                let! labels = ClassLabels.ofTraining study.Train.Targets
                let! classOf = ClassLabels.read labels study.Train.Targets

                let scale, program, constant =
                    Posterior.constantMatrix study network (Theory.infiniteWidth network).Kernel

                let k = scaled scale constant
                let width = float (List.last network.Widths)

                let! solved =
                    ClassAction.solve (isInfinite theory network) network.Depth width classOf labels.Classes beta k

                return Classification(study, network, beta, labels, solved, scale, program, k)
            })

    /// log Z - N I(Qbar): log p(labels | X) at beta = 1, of the Gibbs measure at any other.
    let logEvidence (posterior: Classification) =
        -0.5
        * float (List.last posterior.Network.Widths)
        * posterior.SaddlePoint.Chosen.Action

    /// Means and covariances of the logits and the probabilities of the classes at the rows of `inputs`. Probabilities of two classes are exact, of
    /// more by quasi-Monte-Carlo, to some parts in ten thousand.
    let predict (inputs: Matrix) (posterior: Classification) =
        DataSet.requireFeatures posterior.Study.Train.Inputs inputs
        let solved = posterior.Solved
        let cross, diagonal = posterior.Study.Cross(posterior.Program, inputs)
        use cross = cross
        ClassAction.predict posterior.Classes solved.OrderParameter solved.Laplace posterior.Scale cross diagonal

    /// Accuracy, negative log likelihood, Brier score and calibration on a test set; an error where its targets are no labels of these classes.
    let score (test: DataSet) (posterior: Classification) =
        ClassLabels.read posterior.Labels test.Targets
        |> Result.map (fun labels -> ClassScore.ofProbabilities labels (predict test.Inputs posterior).Probabilities)
