using System;
using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics;

/// <summary>
/// W(s) = D log det(A) - D P log T + Tr Y^T A^(-1) Y for A = T I + s K with P examples and D outputs, and two derivatives in log s. At
/// T = 0 the term D P log T is left out.
/// </summary>
/// <param name="Value">W.</param>
/// <param name="First">dW/dlog s.</param>
/// <param name="Second">d^2 W/dlog s^2.</param>
public readonly record struct ScaledKernelAction(double Value, double First, double Second)
{
    // One logarithm for many factors: their product is renormalised before it can overflow.
    private const double Largest = 1e100;
    private const double Smallest = 1e-100;

    /// <summary>
    /// W(s) from the P eigenvalues of K and the squared components of the targets along its eigenvectors, summed over the outputs: O(P).
    /// </summary>
    /// <exception cref="ArgumentException">There are not as many eigenvalues as components.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ScaledKernelAction At(
        ReadOnlySpan<double> eigenvalues, ReadOnlySpan<double> targetPower, int outputs, double temperature, double scale)
    {
        if (eigenvalues.Length != targetPower.Length)
        {
            throw new ArgumentException(
                $"There are {eigenvalues.Length} eigenvalues and {targetPower.Length} components of the targets: each eigenvalue has one.",
                nameof(targetPower));
        }

        double energy = 0, first = 0, second = 0, product = 1;
        var exponent = 0L;
        var unit = temperature > 0 ? temperature : 1;
        for (var i = 0; i < eigenvalues.Length; i++)
        {
            var a = scale * eigenvalues[i];
            var total = temperature + a;
            var fraction = a / total;
            var pull = targetPower[i] / total;
            energy += pull;
            first += (outputs - pull) * fraction;
            second += (((1 - fraction) * outputs) - (pull * (1 - (2 * fraction)))) * fraction;
            product *= total / unit;
            if (product is > Largest or < Smallest)
            {
                var shift = Math.ILogB(product);
                exponent += shift;
                product = Math.ScaleB(product, -shift);
            }
        }

        var logDeterminant = Math.Log(product) + (exponent * Math.Log(2));
        return new(energy + (outputs * logDeterminant), first, second);
    }

    /// <summary>
    /// W(s) of a quadrature of K's spectrum: node i stands for weights[i] eigenvalues, a number that need not be whole, and carries
    /// targetPower[i] of the squared targets: O(nodes).
    /// </summary>
    /// <exception cref="ArgumentException">The three lists differ in length.</exception>
    public static ScaledKernelAction OfQuadrature(
        ReadOnlySpan<double> nodes,
        ReadOnlySpan<double> weights,
        ReadOnlySpan<double> targetPower,
        int outputs,
        double temperature,
        double scale)
    {
        if (nodes.Length != targetPower.Length || nodes.Length != weights.Length)
        {
            throw new ArgumentException(
                $"There are {nodes.Length} nodes, {weights.Length} weights and {targetPower.Length} components of the targets: each node has one of each.",
                nameof(targetPower));
        }

        double value = 0, first = 0, second = 0;
        var unit = temperature > 0 ? temperature : 1;
        for (var i = 0; i < nodes.Length; i++)
        {
            var a = scale * nodes[i];
            var total = temperature + a;
            var fraction = a / total;
            var pull = targetPower[i] / total;
            var many = outputs * weights[i];
            value += pull + (many == 0 ? 0 : many * Math.Log(total / unit));
            first += (many - pull) * fraction;
            second += (((1 - fraction) * many) - (pull * (1 - (2 * fraction)))) * fraction;
        }

        return new(value, first, second);
    }
}
