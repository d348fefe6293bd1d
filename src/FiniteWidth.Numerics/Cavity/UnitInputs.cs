using System;

namespace FiniteWidth.Numerics.Cavity;

/// <summary>
/// What one hidden unit sees: preactivations h = Z w at the training points and Z0 w + s z at test points, with w ~ N(0, I) and z, the
/// part of the weights that no training point sees, N(0, 1) a test point.
/// </summary>
public sealed class UnitInputs
{
    /// <summary>Z (P x d), Z0 (Ptest x d) and s (Ptest).</summary>
    public UnitInputs(ActivationFunction activation, Matrix train, Matrix test, ReadOnlySpan<double> testDeviations)
    {
        ArgumentNullException.ThrowIfNull(activation);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        Require.Shape(test, test.Rows, train.Columns, nameof(test));
        Lengths.Same((int)test.Rows, testDeviations.Length);
        Activation = activation;
        (Points, TestPoints, Coordinates) = ((int)train.Rows, (int)test.Rows, (int)train.Columns);
        Train = Entries.Copy<float>(train);
        Test = Entries.Copy<float>(test);
        TestDeviations = testDeviations.ToArray();
    }

    /// <summary>P.</summary>
    public int Points { get; }

    /// <summary>Ptest.</summary>
    public int TestPoints { get; }

    /// <summary>d.</summary>
    public int Coordinates { get; }

    internal ActivationFunction Activation { get; }

    internal float[] Train { get; }

    internal float[] Test { get; }

    internal double[] TestDeviations { get; }
}
