module FiniteWidth.Figures.Tests.Placeholder

open NUnit.Framework

[<Test>]
let placeholder () = Assert.That(1 + 1, Is.EqualTo 2)
