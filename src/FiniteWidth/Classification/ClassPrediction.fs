namespace FiniteWidth

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

/// Contrasts of logits.
[<RequireQualifiedAccess>]
module internal Contrasts =

    /// An orthonormal basis of the logits' differences, D x (D-1), orthogonal to (1, ..., 1): column k weighs classes 0 .. k against k + 1.
    let basis classes =
        Array2D.init classes (classes - 1) (fun c k ->
            let size = sqrt (float ((k + 1) * (k + 2)))

            if c <= k then 1.0 / size
            elif c = k + 1 then -float(k + 1) / size
            else 0.0)

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

    /// Logits and probabilities for means and covariances of contrasts.
    let predict classes mean covariance =
        let basis = basis classes

        {
            Mean = turnMeans basis mean
            Covariance = turn basis covariance
            Probabilities = SoftmaxAverage.ofContrasts basis mean covariance
        }

    /// The same of contrasts g = R h, for those of h.
    let predictRotated classes (root: Matrix) mean covariance =
        let root = root.ToArray()
        predict classes (turnMeans root mean) (turn root covariance)
