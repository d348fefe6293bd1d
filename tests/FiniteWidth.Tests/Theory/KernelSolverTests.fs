/// Studies whose matrices a solver works on give the answers of those that hold them.
module FiniteWidth.Tests.KernelSolverTests

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers
open FiniteWidth.Testing
open FiniteWidth.Tests.Problem

let private withOutputs outputs (data: DataSet) =
    let targets =
        Matrix.Create(data.Targets.Rows, nativeint outputs, (fun i d -> sin (data.Inputs[i, d] + float d)))

    DataSet.create data.Inputs targets |> Result.orFail

let private elsewhere (data: DataSet) =
    Study(data, LocalKernelSolver data.Inputs)

let private erf, private relu = Activation.erf, Activation.relu

let tests =
    testList "Kernel solvers" [
        for name, theory, network in
            [
                "one scalar", Theory.proportional, Network.dense erf [ 30 ]
                "a mean", Theory.nonOdd, Network.dense relu [ 30 ]
                "two layers", Theory.proportional, Network.dense erf [ 30; 20 ]
                "means and biases", Theory.nonOdd, Network.dense relu [ 30; 20 ] |> Network.withBias 0.5
                "infinite width", Theory.infiniteWidth, Network.dense erf [ 30; 20 ]
            ] do
            testCase
                $"Saddle point, evidence and predictions are those of a study with matrices of its own: {name}"
                (fun () ->
                    let train, test = dataSet 1 40 6, dataSet 2 9 6

                    let answers study =
                        let posterior = Posterior.solve theory network 0.05 study |> Result.orFail
                        let score = Posterior.score test posterior

                        [|
                            yield! posterior.OrderParameters
                            Posterior.logEvidence posterior
                            score.Bias
                            score.Variance
                            (Criterion.evaluate test posterior).R
                        |]

                    Expect.allWithin 1e-9 (answers (elsewhere train)) (answers (Study train)) "answers")

        testCase "Several outputs are solved in a reduction's coordinates" (fun () ->
            let train, test = dataSet 3 30 6 |> withOutputs 3, dataSet 4 5 6
            let network = Network.dense erf [ 20 ]

            let answers study =
                let solved = SeveralOutputs.solve network 0.05 study |> Result.orFail
                let predicted = SeveralOutputs.predict test.Inputs solved

                [|
                    yield! Seq.cast<float> solved.OrderParameter
                    yield! Seq.cast<float> predicted.Mean
                |]

            Expect.allWithin 1e-9 (answers (elsewhere train)) (answers (Study train)) "answers")

        testCase "What needs the whole kernel in one process says so" (fun () ->
            let test = dataSet 6 5 4

            let study outputs =
                dataSet 5 20 4 |> withOutputs outputs |> elsewhere

            let refused outcome =
                match outcome with
                | Error(Unsupported what) -> Expect.stringContains what "in one process" "sentence"
                | _ -> failtest "It is not refused."

            WidthExpansion.solve (Network.dense erf [ 20; 20 ]) 0.1 test (study 1)
            |> Result.map ignore
            |> refused

            OutputMixture.solve (Network.dense erf [ 20 ]) 0.1 (study 2)
            |> Result.map ignore
            |> refused)
    ]
