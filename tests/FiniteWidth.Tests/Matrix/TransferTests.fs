/// Transfer between two tasks (theory section 9): decoupling, the plain action, symmetry, bad input.
module FiniteWidth.Tests.TransferTests

open Expecto
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Tests.Problem
open FsCheck
open FiniteWidth.Testing

let private dense width =
    Network.dense Activation.erf [ width ] |> Network.withPriors [ 0.8; 1.7 ]

let private coupled width gamma =
    CoupledNetworks.create (dense width) gamma |> Result.orFail

let private pair seed =
    {
        First = dataSet seed 9 6
        Second = dataSet (seed + 1000) 7 6
    }

let private close tolerance (expected: float) (actual: float) =
    abs (actual - expected) <= tolerance * max 1.0 (abs expected)

let private closeMatrices tolerance (expected: float[,]) (actual: float[,]) =
    Seq.forall2 (close tolerance) (Seq.cast<float> expected) (Seq.cast<float> actual)

/// S by its definition, on the joined data.
let private plain (networks: CoupledNetworks) temperature (tasks: TaskPair) (qbar: float[,]) =
    let lambda, gamma = networks.Network.Priors.Head, networks.Coupling
    let determinant = lambda * lambda - gamma * gamma / 4.0

    let points =
        [|
            for a, data in [ 0, tasks.First; 1, tasks.Second ] do
                for mu in 0 .. data.Count - 1 -> a, data.Inputs.Row(nativeint mu).ToArray()
        |]

    let covariance (a, x: float[]) (b, z: float[]) =
        let product = Array.fold2 (fun sum u v -> sum + u * v) 0.0 x z / float x.Length
        (if a = b then lambda else gamma / 2.0) / determinant * product

    let kernel p q =
        let c11, c12, c22 = covariance p p, covariance p q, covariance q q

        2.0 / System.Math.PI
        * asin (2.0 * c12 / sqrt ((1.0 + 2.0 * c11) * (1.0 + 2.0 * c22)))

    let a =
        Matrix.Create(
            nativeint points.Length,
            nativeint points.Length,
            fun i j ->
                let p, q = points[int i], points[int j]

                qbar[fst p, fst q] * kernel p q / networks.Network.Priors[1]
                + (if i = j then temperature else 0.0)
        )

    Expect.equal (LinearAlgebra.Managed.Cholesky a) 0n "cholesky"
    let y = Array.append (DataSet.target 0 tasks.First) (DataSet.target 0 tasks.Second)
    let solved = Array.copy y
    LinearAlgebra.Managed.Solve(a, System.Span solved)

    qbar[0, 0] + qbar[1, 1]
    - 2.0
    - log (qbar[0, 0] * qbar[1, 1] - qbar[0, 1] * qbar[1, 0])
    + (LinearAlgebra.Managed.LogDeterminant a - float points.Length * log temperature
       + Array.fold2 (fun sum a b -> sum + a * b) 0.0 y solved)
      / float networks.Network.Widths.Head

let private failure result =
    match result with
    | Ok _ ->
        failtest "A failure was expected."
        ""
    | Error(failure: Failure) -> failure.Message

let tests =
    testList "Transfer" [
        testPropertyWithConfig
            (maxTest 10)
            "Without coupling the tasks are two problems of section 3"
            (fun (seed: PositiveInt) ->
                let tasks = pair seed.Get
                let test = (dataSet (seed.Get + 2000) 4 6).Inputs
                let joint = Transfer.solve (coupled 8 0.0) 0.05 tasks |> Result.orFail

                let single =
                    [ tasks.First; tasks.Second ]
                    |> List.map (solve Theory.proportional (dense 8) 0.05)

                let q = joint.OrderParameter

                close 1e-9 single[0].OrderParameters[0] q[0, 0]
                && close 1e-9 single[1].OrderParameters[0] q[1, 1]
                && close 1e-9 0.0 q[0, 1]
                && close 1e-9 (List.sumBy Posterior.logEvidence single) (Transfer.logEvidence joint)
                && closeMatrices 1e-8 (Posterior.predict test single[0]).Mean (Transfer.predictFirst test joint).Mean
                && closeMatrices
                    1e-8
                    (Posterior.predict test single[1]).Variance
                    (Transfer.predictSecond test joint).Variance)

        testPropertyWithConfig
            (maxTest 10)
            "The coupled action is the plain one on the joined data, and stationary where it is solved"
            (fun (seed: PositiveInt) ->
                let tasks = pair seed.Get
                let networks = coupled 6 1.1
                let posterior = Transfer.solve networks 0.1 tasks |> Result.orFail
                let q = posterior.OrderParameter
                let away = array2D [ [ 1.3; 0.4 ]; [ 0.4; 0.7 ] ]

                // Centred differences of the plain action along the three directions: h^2 and 1e-15/h are 1e-10.
                let slope i j =
                    let moved h =
                        let q = Array2D.copy q
                        q[i, j] <- q[i, j] + h

                        if i <> j then
                            q[j, i] <- q[j, i] + h

                        plain networks 0.1 tasks q

                    (moved 1e-5 - moved -1e-5) / 2e-5

                close 1e-10 (plain networks 0.1 tasks away) (MatrixSaddle.value posterior.Action away)
                && posterior.SaddlePoint.Chosen.Residual < 1e-10
                && List.forall (fun (i, j) -> abs (slope i j) < 1e-6) [ 0, 0; 0, 1; 1, 1 ])

        testCase "The sign of the coupling is the sign of the second task's targets" (fun () ->
            // An odd activation: theta_2 -> -theta_2 takes gamma to -gamma and f_2 to -f_2.
            let tasks = pair 5
            let test = (dataSet 2000 4 6).Inputs
            let plus = Transfer.solve (coupled 6 0.9) 0.05 tasks |> Result.orFail

            let minus =
                Transfer.solve
                    (coupled 6 -0.9)
                    0.05
                    { tasks with
                        Second = scaleTargets -1.0 tasks.Second
                    }
                |> Result.orFail

            let first, other =
                (Transfer.predictFirst test plus).Mean, (Transfer.predictFirst test minus).Mean
            // Both solutions are exact to the residual, 1e-10.
            Expect.matrixWithin 1e-8 other first "other")

        testCase "A coupling beyond the prior, tasks of different inputs and deep networks are refused" (fun () ->
            Expect.stringContains
                (CoupledNetworks.create (dense 5) 1.6 |> failure)
                "|gamma| < 2 lambda_0 = 1.6"
                "failure"

            Expect.stringContains (CoupledNetworks.create (dense 5) nan |> failure) "gamma is NaN" "failure"

            Expect.stringContains
                (CoupledNetworks.create (Network.dense Activation.erf [ 5; 5 ]) 0.1 |> failure)
                "one hidden layer"
                "failure"

            let tasks =
                {
                    First = dataSet 1 5 6
                    Second = dataSet 2 5 4
                }

            Expect.stringContains
                (Transfer.solve (coupled 5 0.1) 0.1 tasks |> failure)
                "6 features and the second 4"
                "failure")
    ]
