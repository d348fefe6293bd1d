using System;

namespace FiniteWidth.Numerics;

/// <summary>Kernel maps of whole matrices that are known already.</summary>
public static class EntrywiseMap
{
    /// <summary>
    /// k[i, j] := the map between points <paramref name="left"/> + i and <paramref name="right"/> + j, whose covariance is k[i, j].
    /// </summary>
    /// <param name="map">The map.</param>
    /// <param name="points">What the map has prepared of all points, in one call.</param>
    /// <param name="left">The point of the first row.</param>
    /// <param name="right">That of the first column.</param>
    /// <param name="k">The covariances, which become the values.</param>
    public static void Apply(PairMap map, double[][] points, int left, int right, Matrix k)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(k);
        Work.For(
            (int)k.Rows,
            () => k,
            (i, target) =>
            {
                var row = target.Row(i);
                map.Map(points, left + i, points, right, row, row);
            });
    }
}
