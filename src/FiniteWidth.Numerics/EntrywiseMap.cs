using System;
using FiniteWidth.Numerics.Programs;

namespace FiniteWidth.Numerics;

/// <summary>Kernel maps of whole matrices that are known already.</summary>
public static class EntrywiseMap
{
    /// <summary>k[i, j] := the map between point i of <paramref name="left"/> and point j of <paramref name="right"/>, whose covariance is k[i, j].</summary>
    /// <param name="map">The map.</param>
    /// <param name="left">What the map has prepared of the points of the rows.</param>
    /// <param name="right">That of the columns.</param>
    /// <param name="k">The covariances, which become the values.</param>
    public static void Apply(PairMap map, double[][] left, double[][] right, Matrix k)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        ArgumentNullException.ThrowIfNull(k);
        Work.For(
            (int)k.Rows,
            () => k,
            (i, target) =>
            {
                var row = target.Row(i);
                map.Map(left, i, right, 0, row, row);
            });
    }
}
