module FiniteWidth.Tests.Program

open FiniteWidth.Testing

[<EntryPoint>]
let main arguments =
    Suite.run
        "Theory"
        [
            Differentiation.OperationTests.tests
            Differentiation.DifferentiationTests.tests
            Differentiation.PairFunctionTests.tests
            ScalarTests.tests
            FormulaTests.tests
            LawTests.tests
            OwnActivationTests.tests
            ActionTests.tests
            TheoryTests.tests
            NonOddTests.tests
            ResidualTests.tests
            ResidualUseTests.tests
            ScaleMixtureTests.tests
            ScaleLossTests.tests
            DisplayTests.tests
            EvidenceTests.tests
            GoldenTests.tests
            MatrixActionTests.tests
            SeveralOutputsTests.tests
            OutputMixtureTests.tests
            StudentTTests.tests
            CavityTests.tests
            CriticalDepthTests.tests
            HiddenGramTests.tests
            WidthExpansionTests.tests
            EqualityTests.tests
            AssessmentTests.tests
            CrossValidationTests.tests
            ClassProbabilityTests.tests
            ClassificationTests.tests
            CertificateTests.tests
            ConvolutionTests.tests
            MatrixEvidenceTests.tests
            ExplainTests.tests
            TransferTests.tests
            BadInputTests.tests
            NeuralTangentTests.tests
            GradientFlowTests.tests
            SignalPropagationTests.tests
            AveragedCurveTests.tests
            GapBoundTests.tests
            SmallVarianceTests.tests
            ZeroInputTests.tests
            RepeatedInputTests.tests
            RawDataTests.tests
            PublishedTests.tests
            IterativeTests.tests
        ]
        arguments
