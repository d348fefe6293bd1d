using System;

namespace FiniteWidth.Numerics;

/// <summary>A kernel map cannot be evaluated to the accuracy that was asked for.</summary>
public sealed class InaccurateKernelException(string message) : ArithmeticException(message)
{
    /// <summary>An entry of a kernel is infinite or not a number.</summary>
    public static InaccurateKernelException BeyondDoubles() =>
        new("The kernel of the training examples is beyond what doubles can hold: rescale the inputs, or raise the priors.");
}
