using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

/// <summary>
/// Who refers to whom among the files of the numerics, by the names of types that stand in them. A name that is also a property's
/// counts as well: what is reported may be harmless, what is not reported is not there.
/// </summary>
public sealed partial class ArchitectureTests
{
    // From the ground up: a room refers to those before it.
    private static readonly string[] Rooms =
    [
        "Vectors", "Threads", "Quadrature", "Matrices", "LinearAlgebra", "Random", "Activations", "KernelMaps", "KernelPrograms",
        "Krylov", "Solvers", "Images", "Cavity", "Networks",
    ];

    private static readonly string Root = Path.Combine(
        Path.GetDirectoryName(ThisFile())!, "..", "..", "src", "FiniteWidth.Numerics");

    private static readonly Dictionary<string, string[]> References = Read();

    [Test]
    public void No_files_refer_to_each_other_in_a_circle()
    {
        var left = References.ToDictionary(file => file.Key, file => file.Value.ToHashSet());
        while (left.FirstOrDefault(file => file.Value.Count == 0).Key is { } free)
        {
            left.Remove(free);
            foreach (var others in left.Values)
            {
                others.Remove(free);
            }
        }

        Assert.That(left.Keys, Is.Empty);
    }

    [Test]
    public void Every_file_stands_in_a_room_and_rooms_refer_to_those_before_them_alone()
    {
        Assert.Multiple(() =>
        {
            Assert.That(References.Keys.Select(Room).Distinct(), Is.EquivalentTo(Rooms));
            var backward =
                from file in References
                from other in file.Value
                where Array.IndexOf(Rooms, Room(other)) > Array.IndexOf(Rooms, Room(file.Key))
                select $"{file.Key} refers to {other}";
            Assert.That(backward, Is.Empty);
        });
    }

    [Test]
    public void References_are_seen()
    {
        Assert.That(References, Has.Count.GreaterThan(100));
        Assert.That(References["LinearAlgebra/ManagedLinearAlgebra.cs"], Does.Contain("LinearAlgebra/LinearAlgebraProvider.cs"));
        Assert.That(References["Networks/FeatureMapExtensions.cs"], Does.Contain("Networks/FeatureWorkOfT.cs"));
    }

    private static string Room(string file) => file.Split('/')[0];

    private static Dictionary<string, string[]> Read()
    {
        var sources = Directory.GetFiles(Root, "*.cs", SearchOption.AllDirectories)
            .Select(path => (File: Path.GetRelativePath(Root, path).Replace('\\', '/'), Text: NotCode().Replace(File.ReadAllText(path), "")))
            .Where(source => !source.File.StartsWith("obj/", StringComparison.Ordinal) && !source.File.StartsWith("bin/", StringComparison.Ordinal))
            .ToArray();

        // A generic type and another of the same name are told apart by the bracket.
        var homes = sources.SelectMany(source => Definition().Matches(source.Text), (source, match) => (Name: match.Groups["name"].Value, source.File))
            .ToLookup(home => home.Name, home => home.File);

        return sources.ToDictionary(
            source => source.File,
            source => Name().Matches(source.Text).SelectMany(match => homes[match.Value]).Where(file => file != source.File).Distinct().ToArray());
    }

    [GeneratedRegex(@"//.*$|""(\\.|[^""\\\n])*""|^\s*(using|namespace) .*$", RegexOptions.Multiline)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"^(public|internal)[ \w]*? (class|struct|interface|enum|record|record struct) (?<name>[A-Z]\w*<?)", RegexOptions.Multiline)]
    private static partial Regex Definition();

    [GeneratedRegex(@"\b[A-Z]\w*\b<?")]
    private static partial Regex Name();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
