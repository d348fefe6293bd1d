using System.Runtime.Intrinsics;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>Four doubles in a 256-bit register.</summary>
internal readonly struct Lanes256(Vector256<double> value) : ILanes<Lanes256>
{
    // Adding this leaves n + 1023, the biased exponent of 2^n, in the low bits of the significand.
    private const double ExponentShift = (3L << 51) + 1023;

    // An integer n below 2^52 or-ed into the bits of 2^52 gives 2^52 + n.
    private const long ExponentAsNumber = 0x433L << 52;
    private const double ExponentBias = (1L << 52) + 1023;

    private readonly Vector256<double> value = value;

    public static int Count => Vector256<double>.Count;

    public static Lanes256 Broadcast(double value) => new(Vector256.Create(value));

    public static Lanes256 Load(ref readonly double source, nuint offset) => new(Vector256.LoadUnsafe(in source, offset));

    public void Store(ref double target, nuint offset) => value.StoreUnsafe(ref target, offset);

    public static Lanes256 LoadSingle(ref readonly float source, nuint offset) =>
        new(Vector256.WidenLower(Vector128.LoadUnsafe(in source, offset).ToVector256Unsafe()));

    public void StoreSingle(ref float target, nuint offset) =>
        Vector256.Narrow(value, value).GetLower().StoreUnsafe(ref target, offset);

    public double Sum() => Vector256.Sum(value);

    public static implicit operator Lanes256(double value) => Broadcast(value);

    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a.value + b.value);

    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a.value - b.value);

    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a.value * b.value);

    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a.value / b.value);

    public static Lanes256 operator -(Lanes256 a) => new(-a.value);

    public static Lanes256 operator <(Lanes256 a, Lanes256 b) => new(Vector256.LessThan(a.value, b.value));

    public static Lanes256 operator >(Lanes256 a, Lanes256 b) => new(Vector256.GreaterThan(a.value, b.value));

    public static Lanes256 operator <=(Lanes256 a, Lanes256 b) => new(Vector256.LessThanOrEqual(a.value, b.value));

    public static Lanes256 operator >=(Lanes256 a, Lanes256 b) => new(Vector256.GreaterThanOrEqual(a.value, b.value));

    public static Lanes256 AreEqual(Lanes256 a, Lanes256 b) => new(Vector256.Equals(a.value, b.value));

    public static Lanes256 And(Lanes256 a, Lanes256 b) => new(a.value & b.value);

    public static bool All(Lanes256 mask) => Vector256.EqualsAll(mask.value.AsInt64(), Vector256<long>.AllBitsSet);

    public static Lanes256 Fma(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Lanes256 Sqrt(Lanes256 a) => new(Vector256.Sqrt(a.value));

    public static Lanes256 Abs(Lanes256 a) => new(Vector256.Abs(a.value));

    public static Lanes256 Min(Lanes256 a, Lanes256 b) => new(Vector256.MinNative(a.value, b.value));

    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a.value, b.value));

    public static Lanes256 CopySign(Lanes256 magnitude, Lanes256 sign) => new(Vector256.CopySign(magnitude.value, sign.value));

    public static Lanes256 Round(Lanes256 a) => new(Vector256.Round(a.value));

    public static Lanes256 Select(Lanes256 mask, Lanes256 whereTrue, Lanes256 whereFalse) =>
        new(Vector256.ConditionalSelect(mask.value, whereTrue.value, whereFalse.value));

    public static Lanes256 PowerOfTwo(Lanes256 n) =>
        new(Vector256.ShiftLeft((n.value + Vector256.Create(ExponentShift)).AsInt64(), 52).AsDouble());

    public static Lanes256 Exponent(Lanes256 a) =>
        new((Vector256.ShiftRightLogical(a.value.AsInt64(), 52) | Vector256.Create(ExponentAsNumber)).AsDouble() - Vector256.Create(ExponentBias));

    public static Lanes256 Log(Lanes256 a) => new(Vector256.Log(a.value));

    public static Lanes256 Sin(Lanes256 a) => new(Vector256.Sin(a.value));

    public static Lanes256 Cos(Lanes256 a) => new(Vector256.Cos(a.value));
}
