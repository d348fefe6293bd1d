using System;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics.Solvers;

/// <summary>The matrices of a training set in the memory of this process: the Gram matrix and, beside it, one kernel at a time.</summary>
public sealed class LocalKernelSolver : IKernelSolver
{
    private readonly LinearAlgebraProvider algebra = LinearAlgebra.Default;
    private readonly Matrix inputs;
    private readonly double scale;
    private readonly Lazy<Matrix> gram;
    private readonly Lazy<Matrix> room;

    /// <summary>Of inputs X, a row an example; nothing is computed before it is asked for.</summary>
    public LocalKernelSolver(Matrix inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        this.inputs = inputs;
        scale = 1.0 / inputs.Columns;
        gram = new(ComputeGram);
        room = new(() => Matrix.Uninitialized(inputs.Rows, inputs.Rows));
    }

    /// <summary>X X^T/N0.</summary>
    /// <exception cref="InaccurateKernelException">An entry is infinite or not a number.</exception>
    public Matrix Gram => gram.Value;

    /// <inheritdoc/>
    public double[] Variances => Gram.Diagonal();

    /// <inheritdoc/>
    public IKernelReduction Reduce(PairProgram program, double[] weights)
    {
        ArgumentNullException.ThrowIfNull(program);
        var k = Matrix.Uninitialized(inputs.Rows, inputs.Rows);
        program.Symmetric(algebra, weights, inputs, scale, k);
        Triangle.RequireFiniteKernel(k);
        return Reduce(k);
    }

    /// <summary>A kernel that is there, and is overwritten, as Q F Q^T with F tridiagonal.</summary>
    public static IKernelReduction Reduce(Matrix kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return new Reduction(LinearAlgebra.Default, LinearAlgebra.Default.Tridiagonalize(kernel));
    }

    /// <inheritdoc/>
    public IKernelFactor? Factor(PairProgram program, double[] weights, double temperature, Matrix targets, out nint minor)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(targets);
        var a = room.Value;
        program.SymmetricFromGram(weights, Gram, a);
        for (nint i = 0; i < a.Rows; i++)
        {
            a[i, i] += temperature;
        }

        minor = algebra.Cholesky(a);
        return minor == 0 ? new CholeskyFactor(this, program, weights, a, targets) : null;
    }

    /// <summary>Fails where an entry of a kernel on or below its diagonal is infinite or not a number.</summary>
    /// <exception cref="InaccurateKernelException">There is such an entry.</exception>
    public static void RequireFinite(Matrix kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Triangle.RequireFiniteKernel(kernel);
    }

    private Matrix ComputeGram()
    {
        var product = Matrix.Uninitialized(inputs.Rows, inputs.Rows);
        algebra.Gram(inputs, scale, product);
        Triangle.RequireFiniteKernel(product);
        return product;
    }

    private sealed class Reduction(LinearAlgebraProvider algebra, TridiagonalReduction reduction) : IKernelReduction
    {
        public TridiagonalMatrix Form => reduction.Form;

        public void Rotate(Matrix b) => algebra.Rotate(reduction, b);

        public void RotateBack(Matrix b) => algebra.RotateBack(reduction, b);
    }

    private sealed class CholeskyFactor : IKernelFactor
    {
        private readonly LocalKernelSolver owner;
        private readonly PairProgram program;
        private readonly double[] weights;
        private readonly Matrix factor;
        private readonly Matrix representer;

        public CholeskyFactor(LocalKernelSolver owner, PairProgram program, double[] weights, Matrix factor, Matrix targets)
        {
            this.owner = owner;
            this.program = program;
            this.weights = weights;
            this.factor = factor;
            LogDeterminant = owner.algebra.LogDeterminant(factor);
            representer = targets.Clone();
            owner.algebra.SolveTriangular(factor, false, representer);
            for (nint i = 0; i < representer.Rows; i++)
            {
                foreach (var v in representer.Row(i))
                {
                    Energy += v * v;
                }
            }

            owner.algebra.SolveTriangular(factor, true, representer);
        }

        public double LogDeterminant { get; }

        public double Energy { get; }

        public double PivotCondition() => LinearAlgebra.PivotCondition(factor);

        public KernelGradient Gradient()
        {
            owner.algebra.Invert(factor);
            SubtractOuter();
            var trace = 0.0;
            foreach (var entry in factor.Diagonal())
            {
                trace += entry;
            }

            return new(weights.Length == 0 ? [] : program.Gradient(weights, owner.Gram, factor), trace);
        }

        public KernelPrediction Predict(Matrix inputs)
        {
            ArgumentNullException.ThrowIfNull(inputs);
            using var cross = Matrix.Uninitialized(owner.inputs.Rows, inputs.Rows);
            program.Cross(owner.algebra, weights, owner.inputs, inputs, owner.scale, cross);
            var mean = Matrix.Uninitialized(inputs.Rows, representer.Columns);
            owner.algebra.Multiply(1.0, cross, true, representer, false, 0.0, mean);
            owner.algebra.SolveTriangular(factor, false, cross);
            var explained = new double[inputs.Rows];
            for (nint i = 0; i < cross.Rows; i++)
            {
                var row = cross.Row(i);
                for (var t = 0; t < row.Length; t++)
                {
                    explained[t] += row[t] * row[t];
                }
            }

            return new(mean, explained);
        }

        // D A^(-1) - A^(-1) Y Y^T A^(-1) in the lower triangle of A^(-1).
        private void SubtractOuter()
        {
            var outputs = representer.Columns;
            for (nint d = 0; d < outputs; d++)
            {
                var column = new double[representer.Rows];
                for (nint i = 0; i < column.Length; i++)
                {
                    column[i] = representer[i, d];
                }

                var keep = d == 0 ? (double)outputs : 1.0;
                Parallel.For(0, column.Length, i =>
                {
                    var row = factor.Row(i);
                    var along = column[i];
                    for (var j = 0; j <= i; j++)
                    {
                        row[j] = (keep * row[j]) - (along * column[j]);
                    }
                });
            }
        }
    }
}
