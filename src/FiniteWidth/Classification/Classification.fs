namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// What is predicted of the classes at a set of inputs.
type ClassPrediction =
    {
        /// Means of the logits f, less their average over the classes: a row a test point, a column a class.
        Mean: float[,]
        /// Covariances of these logits, a D x D matrix a test point.
        Covariance: float[,][]
        /// The probability of each class, the average of softmax f: a row a test point.
        Probabilities: float[,]
    }

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
        saddlePoint: MatrixSaddlePoint,
        action: MatrixAction option,
        q: PositiveMatrix,
        scale: float,
        program: KernelProgram,
        kernel: Matrix,
        laplace: ILatentPosterior
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

    /// Qbar, (D-1) x (D-1), in the coordinates of `Classification.contrasts`.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    /// Newton steps to the mode of the posterior at this Qbar.
    member _.NewtonSteps = laplace.Mode.Steps

    member internal _.Study = study
    member internal _.Root = q.Root
    member internal _.Scale = scale
    member internal _.Program = program
    member internal _.Kernel = kernel
    member internal _.Laplace = laplace

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
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
    let contrasts classes =
        Array2D.init classes (classes - 1) (fun c k ->
            let size = sqrt (float ((k + 1) * (k + 2)))

            if c <= k then 1.0 / size
            elif c = k + 1 then -float(k + 1) / size
            else 0.0)

    // B R, D x n: logits of whitened contrasts.
    let private logitsOf (basis: float[,]) (root: Matrix) =
        Array2D.init (Array2D.length1 basis) (Array2D.length2 basis) (fun c a ->
            let mutable sum = 0.0

            for b in 0 .. Array2D.length2 basis - 1 do
                sum <- sum + basis[c, b] * root[nativeint b, nativeint a]

            sum)

    /// log Z at one Qbar over scale K, from what the last one found.
    let private evaluator (labels: int[]) classes beta (k: Matrix) =
        let basis = contrasts classes
        let order = classes - 1
        // dl/df of the last mode, by class: it stands for the same point whatever Qbar.
        let mutable last: float[] option = None

        fun (q: PositiveMatrix) ->
            let term: Softmax =
                {
                    Labels = labels
                    Basis = logitsOf basis q.Root
                    Beta = beta
                }

            let points = labels.Length

            let start =
                match last with
                | None -> Array.zeroCreate (order * points)
                | Some slopes ->
                    Array.init (order * points) (fun i ->
                        let a, mu = i / points, i % points
                        let mutable sum = 0.0

                        for c in 0 .. classes - 1 do
                            sum <- sum + term.Basis[c, a] * slopes[mu * classes + c]

                        sum)

            let found =
                LaplaceEvidence.TryCreate(term, LatentCovariance.Shared(order, k), start)

            match found with
            | Some laplace ->
                last <-
                    Some(
                        Array.init (points * classes) (fun i ->
                            let hit = if i % classes = labels[i / classes] then 1.0 else 0.0
                            beta * (hit - laplace.Mode.Point.Probabilities[i]))
                    )
            | None -> ()

            found

    let private matrixOf (entries: float[,]) factor =
        Matrix.Create(
            nativeint (Array2D.length1 entries),
            nativeint (Array2D.length2 entries),
            fun i j -> factor * entries[int i, int j]
        )

    let private expand (width: float) evaluate (q: PositiveMatrix) : MatrixExpansion option =
        evaluate q
        |> Option.map (fun (laplace: LaplaceEvidence) ->
            let factor = -2.0 / width

            {
                Value = factor * laplace.LogEvidence
                Gradient = lazy (matrixOf laplace.Gradient factor)
                Curvature = fun x -> matrixOf (laplace.Curvature(x.ToArray())) factor
            })
        |> Option.filter (fun expansion -> Double.IsFinite expansion.Value)

    // Up to here further starts cost little.
    let private small = 300

    // Where the search begins is the identity; the entropy alone says so.
    let private entropy order layers =
        let depth = float layers
        let n = float order
        let power s = Math.Pow(s, 1.0 / depth)

        {
            OrderParameters = [ Symbol.Qbar 1 ]
            Value = fun s -> n * (depth * (power s[0] - 1.0) - log s[0])
            Gradient = fun s -> [| n * (power s[0] - 1.0) / s[0] |]
            Hessian = Some(fun s -> Array2D.create 1 1 (n * (power s[0] / depth - power s[0] + 1.0) / (s[0] * s[0])))
            Sizes = fun s -> [| n * (power s[0] + 1.0) |]
            Rounding = fun _ -> 0.0
            Range = struct (-1.0, 1.0)
            Cost = Cost.Small
        }

    let private actionOf (network: Network) classes points evaluate =
        let width = float network.Widths.Head
        let order = classes - 1

        {
            Order = order
            Layers = network.Depth
            Expand = expand width evaluate
            Size = 1.0 + float points / width
            Symmetric = entropy order network.Depth
            Cost = if order * points <= small then Cost.Small else Cost.Large
        }

    // Four matrices of N x N numbers of the point, and as many of the next.
    let private checkMemory points classes =
        let n = float (points * (classes - 1))
        let bytes = 8.0 * 8.0 * n * n
        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
        let gibibytes value = value / 1024.0 ** 3.0

        if bytes > available then
            Error(
                Unsupported
                    $"Laplace's method with {classes} classes on {points} examples takes {gibibytes bytes:F1} GiB and {gibibytes available:F1} are available: use fewer examples or classes."
            )
        else
            Ok()

    let private betaOf likelihood =
        match likelihood with
        | Likelihood.Categorical beta -> Likelihood.check likelihood |> Result.map (fun () -> beta)
        | Likelihood.Gaussian _ ->
            Error(Unsupported $"The {likelihood} is that of numbers: classes take Likelihood.Categorical.")

    // Tolerances of what is found through a mode and its Cholesky factor.
    let private search =
        { SaddlePoint.defaults with
            Tolerance = 1e-9
        }

    let private isInfinite (theory: Theory) network =
        (theory network).OrderParameters.IsEmpty

    let private check (theory: Theory) (network: Network) =
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

    let private atInfiniteWidth (network: Network) order (laplace: ILatentPosterior) =
        {
            Chosen =
                {
                    OrderParameter = Array2D.init order order (fun a b -> if a = b then 1.0 else 0.0)
                    Action = -2.0 / float (List.last network.Widths) * laplace.LogEvidence
                    Kind = Kind.Minimum
                    Residual = 0.0
                }
            Others = []
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
                let! beta = betaOf likelihood
                do! check theory network
                let! labels = ClassLabels.ofTraining study.Train.Targets
                let! classOf = ClassLabels.read labels study.Train.Targets

                let scale, program, constant =
                    Posterior.constantMatrix study network (Theory.infiniteWidth network).Kernel

                let k = scaled scale constant
                let evaluate = evaluator classOf labels.Classes beta k
                let order = labels.Classes - 1

                let solved saddlePoint action q laplace =
                    Classification(study, network, beta, labels, saddlePoint, action, q, scale, program, k, laplace)

                if isInfinite theory network then
                    let q = PositiveMatrix.scalar order 1.0

                    let term: Softmax =
                        {
                            Labels = classOf
                            Basis = contrasts labels.Classes
                            Beta = beta
                        }

                    let found =
                        match IndependentLaplace.TryCreate(term, k, Array.zeroCreate (order * classOf.Length)) with
                        | Some laplace -> Some laplace
                        | None -> evaluate q |> Option.map (fun laplace -> laplace :> ILatentPosterior)

                    return!
                        match found with
                        | Some laplace -> Ok(solved (atInfiniteWidth network order laplace) None q laplace)
                        | None -> Error Laplace.noMode
                else
                    do! checkMemory study.Train.Count labels.Classes
                    let action = actionOf network labels.Classes study.Train.Count evaluate
                    let! saddlePoint = MatrixSaddle.solve search action
                    do! MatrixSaddle.requireFinite saddlePoint

                    let q = PositiveMatrix.Decompose(Matrix.FromArray saddlePoint.Chosen.OrderParameter)

                    return!
                        match evaluate q with
                        | Some laplace -> Ok(solved saddlePoint (Some action) q laplace)
                        | None -> Error Laplace.noMode
            })

    /// log Z - N I(Qbar): log p(labels | X) at beta = 1, of the Gibbs measure at any other.
    let logEvidence (posterior: Classification) =
        -0.5
        * float (List.last posterior.Network.Widths)
        * posterior.SaddlePoint.Chosen.Action

    // U C U^T for every point's C.
    let private turn (u: float[,]) (covariances: float[,][]) =
        let rows, columns = Array2D.length1 u, Array2D.length2 u

        covariances
        |> Array.map (fun c ->
            let half =
                Array2D.init rows columns (fun i b ->
                    let mutable sum = 0.0

                    for a in 0 .. columns - 1 do
                        sum <- sum + u[i, a] * c[a, b]

                    sum)

            Array2D.init rows rows (fun i j ->
                let mutable sum = 0.0

                for b in 0 .. columns - 1 do
                    sum <- sum + half[i, b] * u[j, b]

                sum))

    let private turnMeans (u: float[,]) (means: float[,]) =
        Array2D.init (Array2D.length1 means) (Array2D.length1 u) (fun t i ->
            let mutable sum = 0.0

            for a in 0 .. Array2D.length2 u - 1 do
                sum <- sum + u[i, a] * means[t, a]

            sum)

    // Mean and covariance of the whitened contrasts h at test points: k.alpha_a, and delta_ab k_xx - k^T M_ab k.
    let private whitened (inputs: Matrix) (posterior: Classification) =
        let laplace = posterior.Laplace
        let scale = posterior.Scale
        let cross, diagonal = posterior.Study.Cross(posterior.Program, inputs)
        use cross = cross
        let p = cross.Rows
        let points = int inputs.Rows
        let order = posterior.Classes - 1
        let alpha = laplace.Mode.Point.Gradient
        let mean = Array2D.zeroCreate points order

        for a in 0 .. order - 1 do
            let column = Array.zeroCreate<float> points

            LinearAlgebra.Default.Multiply(scale, cross, true, ReadOnlySpan(alpha, a * int p, int p), 0.0, Span column)

            for t in 0 .. points - 1 do
                mean[t, a] <- column[t]

        let covariance =
            laplace.Explained cross
            |> Array.mapi (fun t explained ->
                explained
                |> Array2D.mapi (fun a b value -> (if a = b then scale * diagonal[t] else 0.0) - scale * scale * value))

        mean, covariance

    /// Means and covariances of the logits and the probabilities of the classes at the rows of `inputs`. Probabilities of two classes are exact, of
    /// more by quasi-Monte-Carlo, to some parts in ten thousand.
    let predict (inputs: Matrix) (posterior: Classification) =
        DataSet.requireFeatures posterior.Study.Train.Inputs inputs
        let mean, covariance = whitened inputs posterior
        let root = posterior.Root.ToArray()
        let mean, covariance = turnMeans root mean, turn root covariance
        let basis = contrasts posterior.Classes

        {
            Mean = turnMeans basis mean
            Covariance = turn basis covariance
            Probabilities = SoftmaxAverage.ofContrasts basis mean covariance
        }

    /// Accuracy, negative log likelihood, Brier score and calibration on a test set; an error where its targets are no labels of these classes.
    let score (test: DataSet) (posterior: Classification) =
        ClassLabels.read posterior.Labels test.Targets
        |> Result.map (fun labels -> ClassScore.ofProbabilities labels (predict test.Inputs posterior).Probabilities)
