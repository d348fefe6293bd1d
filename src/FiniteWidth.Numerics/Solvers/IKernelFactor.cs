namespace FiniteWidth.Numerics.Solvers;

/// <summary>A = T I + K of P examples, factorised, with targets Y (P x D) to predict from.</summary>
public interface IKernelFactor
{
    /// <summary>log det A.</summary>
    double LogDeterminant { get; }

    /// <summary>Tr Y^T A^(-1) Y.</summary>
    double Energy { get; }

    /// <summary>The condition number of A as the pivots of its Cholesky factor show it: no larger than it is.</summary>
    double PivotCondition();

    /// <summary>
    /// The derivatives of D log det A + Tr Y^T A^(-1) Y: by one inverse, in whose memory the factor is lost, and one sweep back through the
    /// kernel maps.
    /// </summary>
    KernelGradient Gradient();

    /// <summary>What the examples say at other inputs X; the factor keeps.</summary>
    KernelPrediction Predict(Matrix inputs);
}

/// <summary>The derivatives of D log det A + Tr Y^T A^(-1) Y for A = T I + K.</summary>
/// <param name="Weights">In every weight of the kernel's program.</param>
/// <param name="Temperature">In T.</param>
public sealed record KernelGradient(double[] Weights, double Temperature);

/// <summary>What A = T I + K predicts at inputs x: the variance there is k(x, x) less what is explained.</summary>
/// <param name="Mean">k_x^T A^(-1) Y, a row an input.</param>
/// <param name="Explained">k_x^T A^(-1) k_x.</param>
public sealed record KernelPrediction(Matrix Mean, double[] Explained);
