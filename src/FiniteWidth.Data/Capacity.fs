namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// What fits into the memory of this machine: asking first is kinder than being ended by the system half-way.
[<RequireQualifiedAccess>]
module Capacity =

    // What the runtime and a BLAS library take besides the matrices, where the addresses of a process are bounded; and what is too little
    // to ask for.
    let private besides, private small = 1e9, 6.4e7

    let private available () =
        min (float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)) (AddressSpace.Remaining - besides)
        |> max small

    let private size bytes =
        if bytes < 1e8 then
            $"{bytes / 1e6:G3} MB"
        else
            $"{bytes / 1e9:G3} GB"

    /// Fails unless so many bytes, which `what` needs, could be had.
    let require what bytes =
        let available = available ()

        if bytes > available then
            Error(
                BadData
                    $"{what} need at least {size bytes} of memory and this process may have {size available}: use fewer examples."
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

    /// The same dealt out over ranks, `here` of which share this machine: kernel and factor, and the test examples' kernel on each.
    let requireShares (ranks: int) (here: int) train test =
        let share = float here / float ranks

        require
            $"The shares of {here} ranks of kernels of {train} training and {test} test examples"
            (8.0 * float train * (2.0 * share * float train + float here * float test))
