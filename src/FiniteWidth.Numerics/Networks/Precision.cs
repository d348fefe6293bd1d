namespace FiniteWidth.Numerics.Networks;

/// <summary>The floating-point numbers that the products of a network are computed in.</summary>
public enum Precision
{
    /// <summary>64 bits.</summary>
    Double,

    /// <summary>32 bits: products at twice the speed, gradients to about six digits.</summary>
    Single,
}
