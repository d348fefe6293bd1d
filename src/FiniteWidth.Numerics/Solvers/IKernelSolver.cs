namespace FiniteWidth.Numerics.Solvers;

/// <summary>
/// Works on the P x P matrices of a training set, in the memory of this process or dealt out over many: kernels, their reduction to
/// tridiagonal form and their factors.
/// </summary>
/// <remarks>A solver that spans processes is called by all of them at once, with the same arguments.</remarks>
public interface IKernelSolver
{
    /// <summary>|x|^2/N0 of every example: the diagonal of the Gram matrix.</summary>
    double[] Variances { get; }

    /// <summary>K = Q F Q^T with F tridiagonal and Q orthogonal. One such reduction serves every multiple of K and every temperature.</summary>
    /// <exception cref="InaccurateKernelException">An entry of K is infinite or not a number.</exception>
    IKernelReduction Reduce(PairProgram program, double[] weights);

    /// <summary>
    /// A = T I + K factorised, in memory that the next factor overwrites. Null where A is not positive: <paramref name="minor"/> is then
    /// the 1-based index of the first leading minor that is not, else 0. Shape: targets Y P x D.
    /// </summary>
    IKernelFactor? Factor(PairProgram program, double[] weights, double temperature, Matrix targets, out nint minor);
}
