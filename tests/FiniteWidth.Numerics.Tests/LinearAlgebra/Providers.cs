using System.Collections.Generic;

namespace FiniteWidth.Numerics.Tests;

/// <summary>The providers that this machine has: every fixture over them runs once for each.</summary>
internal static class Providers
{
    public static IEnumerable<LinearAlgebraProvider> All
    {
        get
        {
            yield return LinearAlgebra.Managed;
            if (LinearAlgebra.TryNative(out var native, out _))
            {
                yield return native;
            }
        }
    }
}
