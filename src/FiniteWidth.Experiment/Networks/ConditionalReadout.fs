namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// The whitened readout u (D x features) given the hidden layers, in closed form: f = r Phi u^T and N(0, I) before the data, so that
///
/// p(Y | Phi) = prod_d N(y_d; 0, A), A = T I + r^2 Phi Phi^T, and u_d | Y ~ N(r Phi^T A^(-1) y_d, I - r^2 Phi^T A^(-1) Phi).
///
/// With fewer features than examples the same through B = T I + r^2 Phi^T Phi, A^(-1) Phi = Phi B^(-1). Its work space serves one
/// chain.
[<Sealed>]
type ConditionalReadout internal (posterior: NetworkPosterior, map: FeatureMap) =

    let algebra = LinearAlgebra.Default
    let work = map.CreateWork posterior.Options.Threads
    let targets = posterior.Data.Targets
    let temperature = posterior.Temperature
    let scale = posterior.ReadoutScale
    let examples = nativeint posterior.Map.Points
    let features = nativeint posterior.Map.Features
    let outputs = targets.Columns
    let throughFeatures = features < examples
    let size = min examples features
    let phi = Matrix.Uninitialized(examples, features)
    let upstream = Matrix.Uninitialized(examples, features)
    let factor = Matrix.Uninitialized(size, size)
    let representer = Matrix.Uninitialized(examples, outputs)
    let mean = Matrix.Uninitialized(outputs, features)
    let projection = Matrix.Uninitialized(features, outputs)
    let column = Array.zeroCreate<float>(int size)

    // Solves with the factor for the columns of a matrix; the linear algebra takes one at a time as a span.
    let solve (b: Matrix) =
        for d in 0n .. b.Columns - 1n do
            for i in 0 .. column.Length - 1 do
                column[i] <- b[nativeint i, d]

            algebra.Solve(factor, Span column)

            for i in 0 .. column.Length - 1 do
                b[nativeint i, d] <- column[i]

    // Matrix.CopyTo may hand rows to other threads, which allocates.
    let copy (source: Matrix) (target: Matrix) =
        for i in 0n .. source.Rows - 1n do
            (source.Row i).CopyTo(target.Row i)

    let innerProduct (a: Matrix) (b: Matrix) =
        let mutable sum = 0.0

        for i in 0n .. a.Rows - 1n do
            let left = a.Row i
            let right = b.Row i

            for j in 0 .. left.Length - 1 do
                sum <- sum + left[j] * right[j]

        sum

    // u = r B^(-1) Phi^T Y, alpha = (Y - r Phi u)/T, y^T A^(-1) y = |Y - r Phi u|^2/T + |u|^2: a sum without cancellation.
    let throughB () =
        algebra.Multiply(scale, phi, true, targets, false, 0.0, projection)
        solve projection

        for d in 0n .. outputs - 1n do
            for j in 0n .. features - 1n do
                mean[d, j] <- projection[j, d]

        copy targets representer
        algebra.Multiply(-scale, phi, false, projection, false, 1.0, representer)
        let misfit = innerProduct representer representer

        for i in 0n .. examples - 1n do
            let row = representer.Row i

            for d in 0 .. row.Length - 1 do
                row[d] <- row[d] / temperature

        misfit / temperature + innerProduct projection projection

    // alpha = A^(-1) Y, u = r Phi^T alpha.
    let throughA () =
        copy targets representer
        solve representer
        algebra.Multiply(scale, representer, true, phi, false, 0.0, mean)
        innerProduct targets representer

    // log p(Y | Phi) for the features that have just been evaluated.
    let condition () =
        algebra.EnterSingleThreaded()

        try
            algebra.GramLower(phi, throughFeatures, scale * scale, factor)

            for i in 0n .. size - 1n do
                factor[i, i] <- factor[i, i] + temperature

            if algebra.Cholesky factor <> 0n then
                Double.NegativeInfinity
            else
                let quadratic = if throughFeatures then throughB () else throughA ()

                let logDeterminant =
                    algebra.LogDeterminant factor + float (examples - size) * log temperature

                -0.5
                * (float outputs * (logDeterminant + float examples * log (2.0 * Math.PI))
                   + quadratic)
        finally
            algebra.LeaveSingleThreaded()

    // The derivative of log p(Y | Phi) in Phi, r alpha u - D r^2 A^(-1) Phi with alpha = A^(-1) Y; the factor is used up.
    let differentiate () =
        algebra.EnterSingleThreaded()

        try
            let traceScale = -float outputs * scale * scale

            if throughFeatures then
                algebra.Invert factor
                algebra.Multiply(traceScale, phi, false, factor, false, 0.0, upstream)
                algebra.Multiply(scale, representer, false, mean, false, 1.0, upstream)
            else
                copy phi upstream
                algebra.SolveTriangular(factor, false, upstream)
                algebra.SolveTriangular(factor, true, upstream)
                algebra.Multiply(scale, representer, false, mean, false, traceScale, upstream)
        finally
            algebra.LeaveSingleThreaded()

    /// The readout of a posterior's networks, with work space of its own.
    new(posterior: NetworkPosterior) = ConditionalReadout(posterior, posterior.Map)

    /// The posterior whose readout it is.
    member _.Posterior = posterior

    /// Phi at the position of the last `Condition`, P x features.
    member _.Features = phi

    /// E[u | Y], D x features.
    member _.Mean = mean

    /// Takes the hidden coordinates of a position and returns log p(Y | Phi); minus infinity where A is not a finite number's matrix.
    member _.Condition(position: float[]) =
        work.Evaluate(position, phi)
        condition ()

    /// The gradient of log p(Y | Phi) in the hidden coordinates, at the position of the last `Condition`; the factor is used up.
    member internal _.Gradient(position: float[], gradient: float[]) =
        differentiate ()
        work.PullBack(position, upstream, gradient)

    /// From now on kinks of layer l are rounded over these distances: the likelihood is that of a network with such an activation.
    member internal _.RoundKinks(distances: float[]) = work.RoundKinks distances

    /// Prepares `ConditionOnArc`: first-layer weights beyond the leading directions move as x cos t + r sin t.
    member internal _.PrepareArc(leading: int, position: float[], momentum: float[]) =
        work.PrepareArc(leading, position, momentum)

    /// `Condition` with the first-layer weights beyond the leading directions at this angle of their arc.
    member internal _.ConditionOnArc(position: float[], angle: float) =
        work.EvaluateOnArc(position, angle, phi)
        condition ()

    /// `Gradient` after `ConditionOnArc`, where it leaves the entries of weights on the arc as they are.
    member internal _.GradientOnArc(position: float[], gradient: float[]) =
        differentiate ()
        work.PullBackOnArc(position, upstream, gradient)

    /// Takes the hidden coordinates of a position where `Condition` must succeed.
    member internal this.RequireCondition(position: float[]) =
        if Double.IsNegativeInfinity(this.Condition position) then
            invalidArg (nameof position) "The hidden layers at this position give no finite covariance of the outputs."

    /// Draws u from its distribution given the hidden coordinates of a full position, over the position's readout.
    member this.Draw(position: float[], stream: RandomStream) =
        this.RequireCondition position
        use _ = algebra.SingleThreaded()
        let readout = position.AsSpan posterior.Layout.HiddenDimension

        if throughFeatures then
            // u = E[u] + sqrt(T) L^(-T) xi, B = L L^T.
            let noise = Matrix.Uninitialized(features, outputs)
            stream.Normal noise
            algebra.SolveTriangular(factor, true, noise)

            for d in 0n .. outputs - 1n do
                for j in 0n .. features - 1n do
                    readout[int (d * features + j)] <- mean[d, j] + sqrt temperature * noise[j, d]
        else
            // A draw u0 from the prior, corrected by what it misses: u = u0 + r Phi^T A^(-1) (Y - r Phi u0 - sqrt(T) xi).
            let prior = Matrix.Uninitialized(outputs, features)
            (stream.Split 0L).Normal prior
            let noise = Matrix.Uninitialized(examples, outputs)
            (stream.Split 1L).Normal noise
            algebra.Multiply(-scale, phi, false, prior, true, -(sqrt temperature), noise)

            for i in 0n .. examples - 1n do
                for d in 0n .. outputs - 1n do
                    noise[i, d] <- targets[i, d] + noise[i, d]

            solve noise
            algebra.Multiply(scale, noise, true, phi, false, 1.0, prior)

            for d in 0n .. outputs - 1n do
                (prior.Row d).CopyTo(readout.Slice(int (d * features), int features))

    /// Cov[u_d | Y] applied between rows of features F (n x features): F Cov F^T, n x n.
    member _.Covariance(rows: Matrix) =
        use _ = algebra.SingleThreaded()
        let covariance = Matrix.Uninitialized(rows.Rows, rows.Rows)

        if throughFeatures then
            // T B^(-1).
            let w = Matrix.Create(features, rows.Rows, fun j t -> rows[t, j])
            algebra.SolveTriangular(factor, false, w)
            algebra.Multiply(temperature, w, true, w, false, 0.0, covariance)
        else
            let w = Matrix.Uninitialized(examples, rows.Rows)
            algebra.Multiply(scale, phi, false, rows, true, 0.0, w)
            algebra.SolveTriangular(factor, false, w)
            algebra.Gram(rows, 1.0, covariance)
            algebra.Multiply(-1.0, w, true, w, false, 1.0, covariance)

        covariance

    /// The diagonal of F Cov[u_d | Y] F^T for rows of features F (n x features).
    member _.Variances(rows: Matrix) =
        use _ = algebra.SingleThreaded()

        let w, weight =
            if throughFeatures then
                Matrix.Create(features, rows.Rows, fun j t -> rows[t, j]), temperature
            else
                let w = Matrix.Uninitialized(examples, rows.Rows)
                algebra.Multiply(scale, phi, false, rows, true, 0.0, w)
                w, -1.0

        algebra.SolveTriangular(factor, false, w)
        let variances = Array.zeroCreate<float>(int rows.Rows)

        if not throughFeatures then
            for t in 0n .. rows.Rows - 1n do
                let row = rows.Row t

                for j in 0 .. row.Length - 1 do
                    variances[int t] <- variances[int t] + row[j] * row[j]

        for i in 0n .. w.Rows - 1n do
            let row = w.Row i

            for t in 0 .. row.Length - 1 do
                variances[t] <- variances[t] + weight * row[t] * row[t]

        variances |> Array.map (max 0.0)

    /// The diagonal of Cov[u_d | Y].
    member _.WeightVariances() =
        use _ = algebra.SingleThreaded()

        let w, weight, constant =
            if throughFeatures then
                Matrix.Create(features, features, fun i j -> if i = j then 1.0 else 0.0), temperature, 0.0
            else
                phi.Clone(), -(scale * scale), 1.0

        algebra.SolveTriangular(factor, false, w)
        let variances = Array.create (int features) constant

        for i in 0n .. w.Rows - 1n do
            let row = w.Row i

            for j in 0 .. row.Length - 1 do
                variances[j] <- variances[j] + weight * row[j] * row[j]

        variances |> Array.map (max 0.0)

/// The readout given the hidden layers: drawn, or integrated out.
[<RequireQualifiedAccess>]
module ConditionalReadout =

    /// Functions for Gibbs sampling, one a chain, that overwrite the readout of a full position with a draw given its hidden layers.
    let draws (posterior: NetworkPosterior) =
        fun () ->
            let readout = ConditionalReadout posterior
            fun (stream: RandomStream) (position: float[]) -> readout.Draw(position, stream)
