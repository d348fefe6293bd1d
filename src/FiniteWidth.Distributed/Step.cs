namespace FiniteWidth.Distributed;

/// <summary>Where ranks meet.</summary>
internal enum Step
{
    Inputs,
    Reduction,
    Rotation,
    Factor,
    Gradient,
    Prediction,
    End,
}
