using System;

namespace FiniteWidth.Numerics;

/// <summary>A kernel map cannot be evaluated to the accuracy that was asked for.</summary>
public sealed class InaccurateKernelException(string message) : ArithmeticException(message);
