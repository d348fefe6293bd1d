namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// What the hidden layers look like at a position of a chain.
[<RequireQualifiedAccess>]
module HiddenLayers =

    /// Makes functions that overwrite a P x P matrix with the hidden Gram matrix Phi Phi^T/features of the training set, whose mean
    /// under the prior at infinite width is K o [..]. Each has work space of its own.
    let gram (posterior: NetworkPosterior) =
        fun () ->
            let work = posterior.Map.CreateWork posterior.Options.Threads
            let count = posterior.Map.Features

            let phi = Matrix.Uninitialized(nativeint posterior.Map.Points, nativeint count)

            fun (position: float[]) (target: Matrix) ->
                work.Evaluate(position, phi)
                use _ = LinearAlgebra.Default.SingleThreaded()
                LinearAlgebra.Default.Gram(phi, 1.0 / float count, target)

    /// The overlaps W_1 W*^T/N0 (N1 x K) of the first layer's weights with those of a teacher's K hidden units (K x N0), at a position.
    /// Weights outside the span of the training inputs count with their mean 0.
    let teacherOverlap (teacher: Matrix) (posterior: NetworkPosterior) =
        let block = posterior.Layout.Blocks.Head

        let fanIn =
            match posterior.Span with
            | None -> nativeint block.Columns
            | Some span -> span.Directions.Columns

        if teacher.Columns <> fanIn then
            raise (
                FailureException(
                    BadData
                        $"The teacher's units have {teacher.Columns} weights and the first layer's {fanIn}: they must have as many."
                )
            )

        let inside =
            match posterior.Span with
            | None -> teacher
            | Some span -> InputSpan.coordinates teacher span

        fun (position: float[]) ->
            use _ = LinearAlgebra.Default.SingleThreaded()
            let overlap = Matrix.Uninitialized(nativeint block.Rows, teacher.Rows)

            let weights =
                Matrix.FromArray(nativeint block.Rows, nativeint block.Columns, ReadOnlySpan(position, 0, block.Count))

            LinearAlgebra.Default.Multiply(
                1.0 / (sqrt block.Prior * float fanIn),
                weights,
                false,
                inside,
                true,
                0.0,
                overlap
            )

            overlap.ToArray()
