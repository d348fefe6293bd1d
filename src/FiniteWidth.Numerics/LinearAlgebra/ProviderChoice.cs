using System;

namespace FiniteWidth.Numerics;

/// <summary>The choice between the providers.</summary>
internal sealed class ProviderChoice
{
    private static readonly Lazy<ProviderChoice> Chosen =
        new(() => Choose(Environment.GetEnvironmentVariable(BlasLibrary.Variable)));

    private readonly bool mayFallBack;

    private ProviderChoice(LinearAlgebraProvider? native, string reasonWhyNot, bool mayFallBack)
    {
        Native = native;
        ReasonWhyNot = reasonWhyNot;
        this.mayFallBack = mayFallBack;
    }

    /// <summary>The choice of this process, made at first use.</summary>
    public static ProviderChoice Current => Chosen.Value;

    public static LinearAlgebraProvider Managed { get; } = new ManagedLinearAlgebra();

    public LinearAlgebraProvider? Native { get; }

    public string ReasonWhyNot { get; }

    public LinearAlgebraProvider Default =>
        Native ?? (mayFallBack ? Managed : throw new InvalidOperationException(ReasonWhyNot));

    /// <summary>The choice for a value of the environment variable; null or empty asks for nothing in particular.</summary>
    public static ProviderChoice Choose(string? request)
    {
        if (string.Equals(request, BlasLibrary.ManagedRequest, StringComparison.OrdinalIgnoreCase))
        {
            return new ProviderChoice(null, $"{BlasLibrary.Variable} asks for the managed provider.", mayFallBack: true);
        }

        var name = string.IsNullOrEmpty(request) ? null : request;
        var library = BlasLibrary.Find(name, NativeBlas.Routines, out var reason);
        return new ProviderChoice(library is null ? null : new NativeLinearAlgebra(library), reason, mayFallBack: name is null);
    }
}
