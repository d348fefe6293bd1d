namespace FiniteWidth.Cli

open System
open FiniteWidth

/// What fits into the memory of this machine: asking first is kinder than being ended by the system half-way.
[<RequireQualifiedAccess>]
module Capacity =

    let private require what bytes =
        let available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes

        if bytes > float available then
            Error(
                BadData
                    $"{what} need at least {bytes / 1e9:G3} GB of memory and this machine has {float available / 1e9:G3} GB: use fewer examples."
            )
        else
            Ok()

    /// Inputs of N0 features for P training and Ptest test examples.
    let requireInputs features train test =
        require
            $"{train} training and {test} test examples of {features} features"
            (8.0 * float features * (float train + float test))

    /// A kernel of the training examples with its decomposition, and one with the test examples.
    let requireKernels train test =
        require
            $"Kernels of {train} training and {test} test examples"
            (8.0 * float train * (2.0 * float train + float test))
