module FiniteWidth.Cli.Tests.Program

open FiniteWidth.Testing

[<EntryPoint>]
let main arguments =
    Suite.runInOrder
        "Command line"
        [
            SystemTests.tests
            AveragedTests.tests
            SchemaTests.tests
            SchemaTests.places
            HabitTests.tests
            MalformedTests.tests
            TableTests.tests
            HostileTests.tests
            WitnessTests.tests
            PredictTests.tests
            TheoryTests.tests
            PointsTests.tests
            ModelTests.tests
            DataTests.tests
            ProvenanceTests.tests
            SeedTests.tests
            FitTests.tests
            ExplainTests.tests
            ExperimentTests.tests
            InterruptedTests.tests
            IterativeTests.tests
            CavityTests.tests
            MeanFieldTests.tests
            AutoTests.tests
            LearningCurveTests.tests
            ClassTests.tests
            ClassExperimentTests.tests
            ProcessTests.tests
            SweepTests.tests
            SlurmTests.tests
            DistributedTests.tests
            BenchmarkTests.tests
        ]
        arguments
