using System;

namespace FiniteWidth.Numerics;

/// <summary>The choice between the providers, made once.</summary>
internal static class Provider
{
    private static readonly string? Request = Environment.GetEnvironmentVariable(BlasLibrary.Variable) is { Length: > 0 } name ? name : null;

    private static readonly Lazy<(LinearAlgebra? Provider, string ReasonWhyNot)> Search = new(FindNative);

    public static LinearAlgebra Managed { get; } = new ManagedLinearAlgebra();

    public static LinearAlgebra Default =>
        Search.Value.Provider
        ?? (Request is null or BlasLibrary.ManagedRequest
            ? Managed
            : throw new InvalidOperationException(Search.Value.ReasonWhyNot));

    public static LinearAlgebra? Native(out string reasonWhyNot)
    {
        reasonWhyNot = Search.Value.ReasonWhyNot;
        return Search.Value.Provider;
    }

    private static (LinearAlgebra? Provider, string ReasonWhyNot) FindNative()
    {
        if (Request == BlasLibrary.ManagedRequest)
        {
            return (null, $"{BlasLibrary.Variable} asks for the managed provider.");
        }

        var library = BlasLibrary.Find(Request, out var reason);
        return (library is null ? null : new NativeLinearAlgebra(library), reason);
    }
}
