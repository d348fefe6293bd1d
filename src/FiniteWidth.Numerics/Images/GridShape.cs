namespace FiniteWidth.Numerics.Images;

/// <summary>Positions in rows and columns, numbered row by row.</summary>
/// <param name="Height">The number of rows.</param>
/// <param name="Width">The number of columns.</param>
public readonly record struct GridShape(int Height, int Width)
{
    /// <summary>The number of positions.</summary>
    public int Count => Height * Width;
}
