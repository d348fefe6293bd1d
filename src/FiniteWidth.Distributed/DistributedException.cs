using System;

namespace FiniteWidth.Distributed;

/// <summary>What ends the work of all ranks: its message is one sentence.</summary>
public sealed class DistributedException(string message) : Exception(message);
