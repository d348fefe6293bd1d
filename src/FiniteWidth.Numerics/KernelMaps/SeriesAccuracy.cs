namespace FiniteWidth.Numerics;

/// <summary>Where a Hermite series ends, and the truncation error that is left relative to E[sigma^2].</summary>
public readonly record struct SeriesAccuracy(int Order, double Error);
