using System;

namespace FiniteWidth.Numerics;

/// <summary>The choice between the providers.</summary>
internal sealed class Provider
{
    private static readonly Lazy<Provider> Chosen =
        new(() => Choose(Environment.GetEnvironmentVariable(BlasLibrary.Variable)));

    private readonly bool mayFallBack;

    private Provider(LinearAlgebra? native, string reasonWhyNot, bool mayFallBack)
    {
        Native = native;
        ReasonWhyNot = reasonWhyNot;
        this.mayFallBack = mayFallBack;
    }

    /// <summary>The choice of this process, made at first use.</summary>
    public static Provider Current => Chosen.Value;

    public static LinearAlgebra Managed { get; } = new ManagedLinearAlgebra();

    public LinearAlgebra? Native { get; }

    public string ReasonWhyNot { get; }

    public LinearAlgebra Default =>
        Native ?? (mayFallBack ? Managed : throw new InvalidOperationException(ReasonWhyNot));

    /// <summary>The choice for a value of the environment variable; null or empty asks for nothing in particular.</summary>
    public static Provider Choose(string? request)
    {
        if (string.Equals(request, BlasLibrary.ManagedRequest, StringComparison.OrdinalIgnoreCase))
        {
            return new Provider(null, $"{BlasLibrary.Variable} asks for the managed provider.", mayFallBack: true);
        }

        var name = string.IsNullOrEmpty(request) ? null : request;
        var library = BlasLibrary.Find(name, out var reason);
        return new Provider(library is null ? null : new NativeLinearAlgebra(library), reason, mayFallBack: name is null);
    }
}
