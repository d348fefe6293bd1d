module FiniteWidth.Figures.Tests.Program

open Expecto
open FiniteWidth.Testing

[<EntryPoint>]
let main arguments =
    Suite.run
        "Figures"
        [
            AxesTests.tests
            DrawTests.tests
            FrameTests.tests
            PanelsTests.tests
            // These set environment variables, which are the whole program's.
            testSequenced PageTests.tests
            testSequenced PictureTests.tests
            LearningCurveFigureTests.tests
            CertifiedFigureTests.tests
            ComparisonFigureTests.tests
            ClassificationFigureTests.tests
        ]
        arguments
