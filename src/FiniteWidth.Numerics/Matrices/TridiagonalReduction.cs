namespace FiniteWidth.Numerics;

/// <summary>A = Q T Q^T: the tridiagonal T, and Q as the reflections that <see cref="LinearAlgebraProvider.Rotate"/> applies.</summary>
public sealed class TridiagonalReduction
{
    internal TridiagonalReduction(Matrix reflections, double[] scalars, TridiagonalMatrix form)
    {
        Reflections = reflections;
        Scalars = scalars;
        Form = form;
    }

    /// <summary>T.</summary>
    public TridiagonalMatrix Form { get; }

    internal Matrix Reflections { get; }

    internal double[] Scalars { get; }
}
