namespace FiniteWidth.Numerics.Vectors;

/// <summary>
/// A hardware vector of doubles of some width. An algorithm written once against this interface is compiled for every
/// width: each implementation is a struct, so the compiler specialises and inlines it.
/// </summary>
/// <remarks>A mask is a vector whose lanes have all bits set or none.</remarks>
internal interface ILanes<V>
    where V : struct, ILanes<V>
{
    static abstract int Count { get; }

    static abstract V Broadcast(double value);

    static abstract V Load(ref readonly double source, nuint offset);

    void Store(ref double target, nuint offset);

    static abstract V LoadSingle(ref readonly float source, nuint offset);

    /// <summary>Stores the lanes rounded to single precision.</summary>
    void StoreSingle(ref float target, nuint offset);

    double Sum();

    static abstract implicit operator V(double value);

    static abstract V operator +(V a, V b);

    static abstract V operator -(V a, V b);

    static abstract V operator *(V a, V b);

    static abstract V operator /(V a, V b);

    static abstract V operator -(V a);

    static abstract V operator <(V a, V b);

    static abstract V operator >(V a, V b);

    static abstract V operator <=(V a, V b);

    static abstract V operator >=(V a, V b);

    /// <summary>Mask of the lanes where a and b compare equal: false where either is NaN.</summary>
    static abstract V AreEqual(V a, V b);

    static abstract V And(V a, V b);

    /// <summary>True when every lane of the mask is set.</summary>
    static abstract bool All(V mask);

    /// <summary>a b + c, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    static abstract V Sqrt(V a);

    static abstract V Abs(V a);

    /// <summary>The smaller lane; b where either is NaN or both are zero.</summary>
    static abstract V Min(V a, V b);

    /// <summary>The larger lane; b where either is NaN or both are zero.</summary>
    static abstract V Max(V a, V b);

    /// <summary>Magnitude of the first, sign of the second.</summary>
    static abstract V CopySign(V magnitude, V sign);

    /// <summary>Nearest integer, ties to even.</summary>
    static abstract V Round(V a);

    static abstract V Select(V mask, V whereTrue, V whereFalse);

    /// <summary>2^n for integers n from -1022 to 1023.</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>floor(log2 a) of positive normal numbers.</summary>
    static abstract V Exponent(V a);

    static abstract V Log(V a);

    static abstract V Sin(V a);

    static abstract V Cos(V a);
}
