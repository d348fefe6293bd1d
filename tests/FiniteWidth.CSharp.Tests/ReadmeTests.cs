using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using FiniteWidth.Data;
using FiniteWidth.Figures;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

[NonParallelizable]
public sealed class ReadmeTests
{
    private static void Lines()
    {
        var split = Load.Mnist([0, 1], train: 1000, test: 1000);
        var network = Network.Dense(Activation.Erf, 100).WithPriors(1.0, 1.0);
        var posterior = new Study(split.Train).Solve(Theories.Proportional, network, temperature: 0.01);
        var score = posterior.Score(split.Test);
        Console.WriteLine($"Qbar = {posterior.OrderParameters[0]:F4}: {score.Loss:F4} = {score.Bias:F4} + {score.Variance:F4}");

        var curve = split.LearningCurve(Theories.Proportional, network, temperature: 0.01, Widths.LogSpaced(20, 10000, 28));
        curve.ToFigure().ToChart().SaveHtml("curve.html");
    }

    [Test]
    public void The_lines_of_the_README_run_and_save_a_figure()
    {
        if (!MnistModule.locate().IsOk)
        {
            Assert.Ignore("MNIST is not installed.");
        }

        using var folder = new Folder();
        var (before, output) = (Environment.CurrentDirectory, Console.Out);
        using var written = new StringWriter();
        Environment.CurrentDirectory = folder.File("");
        Console.SetOut(written);

        try
        {
            Lines();
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Console.SetOut(output);
        }

        Assert.That(written.ToString(), Does.Match(@"^Qbar = 0\.\d{4}: 0\.\d{4} = 0\.\d{4} \+ 0\.\d{4}\s$"));
        Assert.That(File.ReadAllText(folder.File("curve.html")), Does.Contain("erf network, one hidden layer, T = 0.01"));
    }

    [Test]
    public void They_are_the_lines_that_stand_in_the_README()
    {
        var source = ThisFile();
        var readme = Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "README.md");

        var tested = Between(source, start: "    private static void Lines()", end: "    [Test]").Where(line => line is not ("{" or "}"));
        var printed = Between(readme, start: "```csharp", end: "```").Where(line => !line.StartsWith("using "));

        Assert.That(printed, Is.EqualTo(tested));
    }

    private static string[] Between(string path, string start, string end) =>
        [.. File.ReadLines(path).SkipWhile(line => line != start).Skip(1).TakeWhile(line => line != end)
            .Select(line => line.Trim()).Where(line => line != "")];

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
