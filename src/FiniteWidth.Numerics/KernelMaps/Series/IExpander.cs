namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>A function that can be expanded in Hermite polynomials at any variance.</summary>
internal interface IExpander
{
    /// <summary>Its name in a message.</summary>
    string Symbol { get; }

    /// <summary>A quadrature rule to be placed; one a worker.</summary>
    NormalNodes Nodes();

    HermiteExpansion Expand(double c, int order, NormalNodes nodes);
}
