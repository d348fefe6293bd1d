/// Folds predicted from blocks of one kernel are those predicted from their own.
module FiniteWidth.Tests.CrossValidationTests

open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private data =
    let stream = FiniteWidth.Numerics.RandomStream.FromSeed 5UL

    DataSet.create (gaussian (stream.Split 0L) 11 4) (gaussian (stream.Split 1L) 11 1)
    |> Result.orFail

let private folds count =
    CrossValidation.folds count 3UL data |> Result.orFail

let private inputs (data: DataSet) =
    [
        for i in 0n .. data.Inputs.Rows - 1n -> List.ofArray (data.Inputs.Row(i).ToArray())
    ]

let tests =
    testList "Cross-validation" [
        test "every example is held out once, and trained on otherwise" {
            let folds = folds 4
            let all = List.sort (inputs data)
            Expect.equal (folds |> List.collect (_.Held >> inputs) |> List.sort) all "held out"

            for fold in folds do
                Expect.equal (List.sort (inputs fold.Held @ inputs fold.Study.Train)) all "the rest"

            Expect.equal (folds |> List.map _.Held.Count |> List.sort) [ 2; 3; 3; 3 ] "sizes"
        }

        for name, theory, network in
            [
                "one layer", Theory.proportional, Network.dense Activation.erf [ 20 ]
                "infinite width", Theory.infiniteWidth, Network.dense Activation.relu [ 20; 20 ]
                "a mean", Theory.nonOdd, Network.dense Activation.relu [ 20 ]
                "several order parameters", Theory.wishart, Network.dense Activation.erf [ 20; 30 ]
            ] do
            test $"folds are predicted as from kernels of their own: {name}" {
                for fold in folds 3 do
                    let loss study =
                        let posterior = Posterior.solve theory network 0.1 study |> Result.orFail
                        (Posterior.score fold.Held posterior).Loss

                    let alone = loss (Study fold.Study.Train)
                    Expect.within (1e-12 * alone) (loss fold.Study) alone "loss"
            }

        test "a study of a fold predicts at other inputs too" {
            let fold = (folds 3).Head

            let other =
                DataSet.create
                    (gaussian (FiniteWidth.Numerics.RandomStream.FromSeed 9UL) 2 4)
                    (gaussian (FiniteWidth.Numerics.RandomStream.FromSeed 8UL) 2 1)
                |> Result.orFail

            let loss study =
                let network = Network.dense Activation.erf [ 20 ]

                let posterior =
                    Posterior.solve Theory.proportional network 0.1 study |> Result.orFail

                (Posterior.score other posterior).Loss

            let alone = loss (Study fold.Study.Train)
            Expect.within (1e-12 * alone) (loss fold.Study) alone "loss"
        }

        test "the seed draws the folds" {
            let held seed =
                CrossValidation.folds 3 seed data
                |> Result.orFail
                |> List.map (_.Held >> inputs)

            Expect.equal (held 1UL) (held 1UL) "the same"
            Expect.notEqual (held 1UL) (held 2UL) "others"
        }

        for count in [ 1; 12 ] do
            test $"{count} folds of 11 examples are refused" {
                match CrossValidation.folds count 1UL data with
                | Ok _ -> failtest "It succeeded."
                | Error failure -> Expect.stringContains failure.Message "2 to 11 folds" "sentence"
            }
    ]
