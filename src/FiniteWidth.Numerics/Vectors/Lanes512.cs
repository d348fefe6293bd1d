using System.Runtime.Intrinsics;

namespace FiniteWidth.Numerics.Vectors;

/// <summary>Eight doubles in a 512-bit register.</summary>
internal readonly struct Lanes512(Vector512<double> value) : ILanes<Lanes512>
{
    // Adding this leaves n + 1023, the biased exponent of 2^n, in the low bits of the significand.
    private const double ExponentShift = (3L << 51) + 1023;

    // An integer n below 2^52 or-ed into the bits of 2^52 gives 2^52 + n.
    private const long ExponentAsNumber = 0x433L << 52;
    private const double ExponentBias = (1L << 52) + 1023;

    private readonly Vector512<double> value = value;

    public static int Count => Vector512<double>.Count;

    public static Lanes512 Broadcast(double value) => new(Vector512.Create(value));

    public static Lanes512 Load(ref readonly double source, nuint offset) => new(Vector512.LoadUnsafe(in source, offset));

    public void Store(ref double target, nuint offset) => value.StoreUnsafe(ref target, offset);

    public static Lanes512 LoadSingle(ref readonly float source, nuint offset) =>
        new(Vector512.WidenLower(Vector256.LoadUnsafe(in source, offset).ToVector512Unsafe()));

    public void StoreSingle(ref float target, nuint offset) =>
        Vector512.Narrow(value, value).GetLower().StoreUnsafe(ref target, offset);

    public double Sum() => Vector512.Sum(value);

    public static implicit operator Lanes512(double value) => Broadcast(value);

    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a.value + b.value);

    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a.value - b.value);

    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a.value * b.value);

    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a.value / b.value);

    public static Lanes512 operator -(Lanes512 a) => new(-a.value);

    public static Lanes512 operator <(Lanes512 a, Lanes512 b) => new(Vector512.LessThan(a.value, b.value));

    public static Lanes512 operator >(Lanes512 a, Lanes512 b) => new(Vector512.GreaterThan(a.value, b.value));

    public static Lanes512 operator <=(Lanes512 a, Lanes512 b) => new(Vector512.LessThanOrEqual(a.value, b.value));

    public static Lanes512 operator >=(Lanes512 a, Lanes512 b) => new(Vector512.GreaterThanOrEqual(a.value, b.value));

    public static Lanes512 AreEqual(Lanes512 a, Lanes512 b) => new(Vector512.Equals(a.value, b.value));

    public static Lanes512 And(Lanes512 a, Lanes512 b) => new(a.value & b.value);

    public static bool All(Lanes512 mask) => Vector512.EqualsAll(mask.value.AsInt64(), Vector512<long>.AllBitsSet);

    public static Lanes512 Fma(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Lanes512 Sqrt(Lanes512 a) => new(Vector512.Sqrt(a.value));

    public static Lanes512 Abs(Lanes512 a) => new(Vector512.Abs(a.value));

    public static Lanes512 Min(Lanes512 a, Lanes512 b) => new(Vector512.MinNative(a.value, b.value));

    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a.value, b.value));

    public static Lanes512 CopySign(Lanes512 magnitude, Lanes512 sign) => new(Vector512.CopySign(magnitude.value, sign.value));

    public static Lanes512 Round(Lanes512 a) => new(Vector512.Round(a.value));

    public static Lanes512 Select(Lanes512 mask, Lanes512 whereTrue, Lanes512 whereFalse) =>
        new(Vector512.ConditionalSelect(mask.value, whereTrue.value, whereFalse.value));

    public static Lanes512 PowerOfTwo(Lanes512 n) =>
        new(Vector512.ShiftLeft((n.value + Vector512.Create(ExponentShift)).AsInt64(), 52).AsDouble());

    public static Lanes512 Exponent(Lanes512 a) =>
        new((Vector512.ShiftRightLogical(a.value.AsInt64(), 52) | Vector512.Create(ExponentAsNumber)).AsDouble() - Vector512.Create(ExponentBias));

    public static Lanes512 Log(Lanes512 a) => new(Vector512.Log(a.value));

    public static Lanes512 Sin(Lanes512 a) => new(Vector512.Sin(a.value));

    public static Lanes512 Cos(Lanes512 a) => new(Vector512.Cos(a.value));
}
