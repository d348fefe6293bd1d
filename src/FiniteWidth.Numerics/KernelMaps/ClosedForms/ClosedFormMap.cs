using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FiniteWidth.Numerics.Vectors;

namespace FiniteWidth.Numerics.KernelMaps;

/// <summary>A kernel map given by a closed form: the loops over a row of pairs.</summary>
internal abstract class ClosedFormMap<TFormula>(TFormula formula) : DualMap
    where TFormula : struct, IPairFormula
{
    private const int FeatureCount = 3;

    private readonly TFormula formula = formula;

    public override PairMap? Slope => new PriceMap(this);

    public sealed override double[][] Prepare(ReadOnlySpan<double> variances)
    {
        var features = new double[FeatureCount][];
        for (var f = 0; f < FeatureCount; f++)
        {
            features[f] = new double[variances.Length];
        }

        for (var i = 0; i < variances.Length; i++)
        {
            Require.Variance(variances[i], i);
            (features[0][i], features[1][i], features[2][i]) = formula.Prepare(variances[i]);
        }

        return features;
    }

    public sealed override void Map(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
    {
        Require.SameLength(c12.Length, k.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Map<Lanes512>(left, i, right, start, c12, k);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Map<Lanes256>(left, i, right, start, c12, k);
        }
        else
        {
            Map<Lanes128>(left, i, right, start, c12, k);
        }
    }

    public sealed override void Derivatives(
        double[][] left,
        int i,
        double[][] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> d12,
        Span<double> d11,
        Span<double> d22)
    {
        Require.SameLength(c12.Length, d12.Length);
        Require.SameLength(c12.Length, d11.Length);
        Require.SameLength(c12.Length, d22.Length);
        if (Vector512.IsHardwareAccelerated)
        {
            Derivatives<Lanes512>(left, i, right, start, c12, d12, d11, d22);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Derivatives<Lanes256>(left, i, right, start, c12, d12, d11, d22);
        }
        else
        {
            Derivatives<Lanes128>(left, i, right, start, c12, d12, d11, d22);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Map<V>(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
        where V : struct, ILanes<V>
    {
        var row = Broadcast<V>(left, i);
        var columns = new RowFeatures(right, start, c12.Length);
        ref var source = ref MemoryMarshal.GetReference(c12);
        ref var target = ref MemoryMarshal.GetReference(k);
        var whole = c12.Length - (c12.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            formula.Value(V.Load(ref source, (nuint)j), row, columns.At<V>(j)).Store(ref target, (nuint)j);
        }

        if (whole < c12.Length)
        {
            MapRest<V>(left, i, right, start + whole, c12[whole..], k[whole..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Derivatives<V>(
        double[][] left,
        int i,
        double[][] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> d12,
        Span<double> d11,
        Span<double> d22)
        where V : struct, ILanes<V>
    {
        var row = Broadcast<V>(left, i);
        var columns = new RowFeatures(right, start, c12.Length);
        ref var source = ref MemoryMarshal.GetReference(c12);
        ref var covariance = ref MemoryMarshal.GetReference(d12);
        ref var leftVariance = ref MemoryMarshal.GetReference(d11);
        ref var rightVariance = ref MemoryMarshal.GetReference(d22);
        var whole = c12.Length - (c12.Length % V.Count);
        for (var j = 0; j < whole; j += V.Count)
        {
            var d = formula.Derivatives(V.Load(ref source, (nuint)j), row, columns.At<V>(j));
            d.Covariance.Store(ref covariance, (nuint)j);
            d.LeftVariance.Store(ref leftVariance, (nuint)j);
            d.RightVariance.Store(ref rightVariance, (nuint)j);
        }

        if (whole < c12.Length)
        {
            DerivativesOfRest<V>(left, i, right, start + whole, c12[whole..], d12[whole..], d11[whole..], d22[whole..]);
        }
    }

    // The last, incomplete vector has methods of its own, which take nothing of the loops' by reference: theirs stays in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MapRest<V>(double[][] left, int i, double[][] right, int start, ReadOnlySpan<double> c12, Span<double> k)
        where V : struct, ILanes<V>
    {
        Span<double> features = stackalloc double[FeatureCount * Loop.MaxLanes], padded = stackalloc double[Loop.MaxLanes];
        padded.Clear();
        c12.CopyTo(padded);
        ref var pad = ref MemoryMarshal.GetReference(padded);
        formula.Value(V.Load(ref pad, 0), Broadcast<V>(left, i), Padded<V>(right, start, c12.Length, features)).Store(ref pad, 0);
        padded[..c12.Length].CopyTo(k);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DerivativesOfRest<V>(
        double[][] left,
        int i,
        double[][] right,
        int start,
        ReadOnlySpan<double> c12,
        Span<double> d12,
        Span<double> d11,
        Span<double> d22)
        where V : struct, ILanes<V>
    {
        Span<double> features = stackalloc double[FeatureCount * Loop.MaxLanes], padded = stackalloc double[3 * Loop.MaxLanes];
        padded.Clear();
        c12.CopyTo(padded);
        ref var pad = ref MemoryMarshal.GetReference(padded);
        var d = formula.Derivatives(V.Load(ref pad, 0), Broadcast<V>(left, i), Padded<V>(right, start, c12.Length, features));
        d.Covariance.Store(ref pad, 0);
        d.LeftVariance.Store(ref pad, Loop.MaxLanes);
        d.RightVariance.Store(ref pad, 2 * Loop.MaxLanes);
        padded[..c12.Length].CopyTo(d12);
        padded.Slice(Loop.MaxLanes, c12.Length).CopyTo(d11);
        padded.Slice(2 * Loop.MaxLanes, c12.Length).CopyTo(d22);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PointFeatures<V> Broadcast<V>(double[][] features, int i)
        where V : struct, ILanes<V> =>
        new(V.Broadcast(features[0][i]), V.Broadcast(features[1][i]), V.Broadcast(features[2][i]));

    // The features of fewer points than a vector has lanes, filled up with copies of the first.
    private static PointColumns<V> Padded<V>(double[][] features, int start, int count, Span<double> space)
        where V : struct, ILanes<V>
    {
        for (var f = 0; f < FeatureCount; f++)
        {
            var padded = space.Slice(f * Loop.MaxLanes, Loop.MaxLanes);
            padded.Fill(features[f][start]);
            features[f].AsSpan(start, count).CopyTo(padded);
        }

        ref var pad = ref MemoryMarshal.GetReference(space);
        return new(ref pad, ref Unsafe.Add(ref pad, Loop.MaxLanes), ref Unsafe.Add(ref pad, 2 * Loop.MaxLanes), 0);
    }

    /// <summary>The features of the points of a row, checked once to reach as far as the row does.</summary>
    private readonly ref struct RowFeatures(double[][] features, int start, int count)
    {
        private readonly ReadOnlySpan<double> first = features[0].AsSpan(start, count);
        private readonly ReadOnlySpan<double> second = features[1].AsSpan(start, count);
        private readonly ReadOnlySpan<double> third = features[2].AsSpan(start, count);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public PointColumns<V> At<V>(int j)
            where V : struct, ILanes<V> =>
            new(
                ref MemoryMarshal.GetReference(first),
                ref MemoryMarshal.GetReference(second),
                ref MemoryMarshal.GetReference(third),
                (nuint)j);
    }
}
