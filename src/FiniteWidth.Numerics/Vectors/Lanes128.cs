using System.Runtime.Intrinsics;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>Two doubles in a 128-bit register.</summary>
internal readonly struct Lanes128(Vector128<double> value) : ILanes<Lanes128>
{
    // Adding this leaves n + 1023, the biased exponent of 2^n, in the low bits of the significand.
    private const double ExponentShift = (3L << 51) + 1023;

    // An integer n below 2^52 or-ed into the bits of 2^52 gives 2^52 + n.
    private const long ExponentAsNumber = 0x433L << 52;
    private const double ExponentBias = (1L << 52) + 1023;

    private readonly Vector128<double> value = value;

    public static int Count => Vector128<double>.Count;

    public static Lanes128 Broadcast(double value) => new(Vector128.Create(value));

    public static Lanes128 Load(ref readonly double source, nuint offset) => new(Vector128.LoadUnsafe(in source, offset));

    public void Store(ref double target, nuint offset) => value.StoreUnsafe(ref target, offset);

    public static Lanes128 LoadSingle(ref readonly float source, nuint offset) =>
        new(Vector128.WidenLower(Vector64.LoadUnsafe(in source, offset).ToVector128Unsafe()));

    public void StoreSingle(ref float target, nuint offset) =>
        Vector128.Narrow(value, value).GetLower().StoreUnsafe(ref target, offset);

    public double Sum() => Vector128.Sum(value);

    public static implicit operator Lanes128(double value) => Broadcast(value);

    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a.value + b.value);

    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a.value - b.value);

    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a.value * b.value);

    public static Lanes128 operator /(Lanes128 a, Lanes128 b) => new(a.value / b.value);

    public static Lanes128 operator -(Lanes128 a) => new(-a.value);

    public static Lanes128 operator <(Lanes128 a, Lanes128 b) => new(Vector128.LessThan(a.value, b.value));

    public static Lanes128 operator >(Lanes128 a, Lanes128 b) => new(Vector128.GreaterThan(a.value, b.value));

    public static Lanes128 operator <=(Lanes128 a, Lanes128 b) => new(Vector128.LessThanOrEqual(a.value, b.value));

    public static Lanes128 operator >=(Lanes128 a, Lanes128 b) => new(Vector128.GreaterThanOrEqual(a.value, b.value));

    public static Lanes128 AreEqual(Lanes128 a, Lanes128 b) => new(Vector128.Equals(a.value, b.value));

    public static Lanes128 And(Lanes128 a, Lanes128 b) => new(a.value & b.value);

    public static bool All(Lanes128 mask) => Vector128.EqualsAll(mask.value.AsInt64(), Vector128<long>.AllBitsSet);

    public static Lanes128 Fma(Lanes128 a, Lanes128 b, Lanes128 c) => new(Vector128.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Lanes128 Sqrt(Lanes128 a) => new(Vector128.Sqrt(a.value));

    public static Lanes128 Abs(Lanes128 a) => new(Vector128.Abs(a.value));

    public static Lanes128 Min(Lanes128 a, Lanes128 b) => new(Vector128.MinNative(a.value, b.value));

    public static Lanes128 Max(Lanes128 a, Lanes128 b) => new(Vector128.MaxNative(a.value, b.value));

    public static Lanes128 CopySign(Lanes128 magnitude, Lanes128 sign) => new(Vector128.CopySign(magnitude.value, sign.value));

    public static Lanes128 Round(Lanes128 a) => new(Vector128.Round(a.value));

    public static Lanes128 Select(Lanes128 mask, Lanes128 whereTrue, Lanes128 whereFalse) =>
        new(Vector128.ConditionalSelect(mask.value, whereTrue.value, whereFalse.value));

    public static Lanes128 PowerOfTwo(Lanes128 n) =>
        new(Vector128.ShiftLeft((n.value + Vector128.Create(ExponentShift)).AsInt64(), 52).AsDouble());

    public static Lanes128 Exponent(Lanes128 a) =>
        new((Vector128.ShiftRightLogical(a.value.AsInt64(), 52) | Vector128.Create(ExponentAsNumber)).AsDouble() - Vector128.Create(ExponentBias));

    public static Lanes128 Log(Lanes128 a) => new(Vector128.Log(a.value));

    public static Lanes128 Sin(Lanes128 a) => new(Vector128.Sin(a.value));

    public static Lanes128 Cos(Lanes128 a) => new(Vector128.Cos(a.value));
}
