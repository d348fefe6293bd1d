module FiniteWidth.Experiment.Tests.Program

open Expecto
open FiniteWidth.Testing

[<EntryPoint>]
let main arguments =
    Suite.run
        "Experiment"
        [
            TargetTests.tests
            Networks.GradientTests.tests
            Networks.ReadoutTests.tests
            Networks.SpanTests.tests
            Networks.SoftmaxTests.tests
            Networks.LayoutTests.tests
            Networks.CoupledTests.tests
            GoldenDiagnosticsTests.tests
            DiagnosticsTests.tests
            StreamTests.tests
            IntegratorTests.tests
            LinearPosteriorTests.tests
            GewekeTests.tests
            BalanceTests.tests
            HardPosteriorTests.tests
            PublishedTests.tests
            WarmUpTests.tests
            SettingsTests.tests
            RunTests.tests
            KilledRunTests.tests
            CheckpointContentTests.tests
            Measurements.MeasurementTests.tests
            Measurements.ClassMeasurementTests.tests
            Evidence.SampledEvidenceTests.tests
            Measurements.ComparisonTests.tests
            Networks.FlowTests.tests
            Networks.UnitSwitchTests.tests
            Certificates.LadderTests.tests
            Certificates.SmoothCurveTests.tests
            Certificates.PointCacheTests.tests
            testSequenced Measurements.SamplingTimeTests.tests
            // Answers within a time of their own.
            testSequenced Certificates.AutoTests.tests
            testSequenced Certificates.CertifiedCurveTests.tests
        ]
        arguments
