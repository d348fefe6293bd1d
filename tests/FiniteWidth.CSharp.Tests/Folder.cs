using System;
using System.IO;

namespace FiniteWidth.CSharp.Tests;

/// <summary>A new empty folder, which is gone after use.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("finitewidth-");

    public string File(string name) => Path.Combine(folder.FullName, name);

    public void Dispose() => folder.Delete(recursive: true);
}
