namespace FiniteWidth.Numerics.Networks;

/// <summary>What becomes of the last layer's values at the patches of an example.</summary>
public enum PatchReadout
{
    /// <summary>Each patch gives features of its own, patch after patch.</summary>
    Separate,

    /// <summary>The features are averages over the patches.</summary>
    Averaged,
}
