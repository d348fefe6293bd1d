namespace FiniteWidth

open FiniteWidth.Numerics

/// A readout fitted by least squares to N_out features of P examples.
type LastLayer =
    {
        /// v, N_out x D; of all that fit equally well, the one of least norm.
        Readout: Matrix
        /// P.
        Examples: int
        /// The rank of the features, N_out where none is a combination of others.
        Units: int
        /// The mean of (y - v.phi)^2 over the training examples and outputs.
        TrainingError: float
    }

/// A last layer fitted to features.
[<RequireQualifiedAccess>]
module LastLayer =

    let private multiply (a: Matrix) transposeA (b: Matrix) =
        let product =
            Matrix.Uninitialized((if transposeA then a.Columns else a.Rows), b.Columns)

        LinearAlgebra.Default.Multiply(1.0, a, transposeA, b, false, 0.0, product)
        product

    /// The mean of (y - v.phi)^2 over a set of features and targets.
    let error (data: DataSet) (layer: LastLayer) =
        let residual = data.Targets.Clone()
        LinearAlgebra.Default.Multiply(-1.0, data.Inputs, false, layer.Readout, false, 1.0, residual)
        let mutable sum = 0.0

        for mu in 0n .. residual.Rows - 1n do
            for r in residual.Row mu do
                sum <- sum + r * r

        sum / float (data.Count * data.Outputs)

    // (Phi^T Phi)^+ Phi^T Y through the eigenvectors of Phi^T Phi, N_out x N_out.
    let private fit (data: DataSet) =
        let phi = data.Inputs
        let basis = multiply phi true phi
        let eigenvalues = LinearAlgebra.Default.Eigen basis
        let rounding = Array.max eigenvalues * float data.Count * 2.3e-16
        let along = multiply basis false (multiply phi true data.Targets)

        for i in 0 .. eigenvalues.Length - 1 do
            let row = along.Row(nativeint i)

            for d in 0 .. row.Length - 1 do
                row[d] <-
                    if eigenvalues[i] > rounding then
                        row[d] / eigenvalues[i]
                    else
                        0.0

        let rank = eigenvalues |> Array.sumBy (fun k -> if k > rounding then 1 else 0)

        multiply basis true along, rank

    /// The readout that minimises the training error. The data set's inputs are the features, P x N_out, and P > N_out.
    let optimise (data: DataSet) =
        if data.Features >= data.Count then
            Error(
                BadData
                    $"There are {data.Features} features and {data.Count} examples: a last layer is determined by more examples than it has units."
            )
        else
            let readout, rank = fit data

            let layer =
                {
                    Readout = readout
                    Examples = data.Count
                    Units = rank
                    TrainingError = 0.0
                }

            Ok
                { layer with
                    TrainingError = error data layer
                }
