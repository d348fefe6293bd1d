using System;

namespace FiniteWidth.Numerics.Networks;

/// <summary>Work space for feature maps.</summary>
public static class FeatureMapExtensions
{
    /// <summary>Work space for one caller at a time, who uses at most <paramref name="threads"/> threads.</summary>
    public static FeatureWork CreateWork(this FeatureMap map, int threads)
    {
        ArgumentNullException.ThrowIfNull(map);
        return map.Precision == Precision.Double
            ? new FeatureWork<double>(map, (double[])map.Inputs, new WorkTeam(threads))
            : new FeatureWork<float>(map, (float[])map.Inputs, new WorkTeam(threads));
    }
}
