module FiniteWidth.Cli.Tests.Program

open Expecto
open FiniteWidth.Testing

[<EntryPoint>]
let main arguments =
    Suite.run
        "Command line"
        // Standard output and the environment are the whole program's.
        ([
            SystemTests.tests
            AveragedTests.tests
            MalformedTests.tests
            TableTests.tests
            HostileTests.tests
            WitnessTests.tests
            PredictTests.tests
            ProvenanceTests.tests
            FitTests.tests
            ExplainTests.tests
            ExperimentTests.tests
            InterruptedTests.tests
            LearningCurveTests.tests
            ProcessTests.tests
         ]
         |> List.map testSequenced)
        arguments
