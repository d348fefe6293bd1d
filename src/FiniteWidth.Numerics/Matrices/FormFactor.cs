using System;
using System.Threading.Tasks;

namespace FiniteWidth.Numerics;

/// <summary>A positive matrix A = shift I + scale F of few entries, n x n, factorised.</summary>
public abstract class FormFactor
{
    private readonly int size;
    private readonly int strip;

    /// <summary>n, and the columns that a pass of <see cref="QuadraticForms(Matrix)"/> takes together.</summary>
    private protected FormFactor(int size, int strip) => (this.size, this.strip) = (size, strip);

    /// <summary>B := A^(-1) B. Shape: B n x k.</summary>
    public void Solve(Matrix b)
    {
        Check(b);
        Substitute(b);
    }

    /// <summary>b^T A^(-1) b for every column b of B: one pass over B. Shape: B n x k.</summary>
    public double[] QuadraticForms(Matrix b)
    {
        Check(b);
        var forms = new double[b.Columns];
        var strips = (forms.Length + strip - 1) / strip;
        Parallel.For(0, strips, index =>
        {
            var start = index * strip;
            QuadraticForms(b, start, forms.AsSpan(start, Math.Min(strip, forms.Length - start)));
        });
        return forms;
    }

    private protected abstract void Substitute(Matrix b);

    /// <summary>Those of so many columns from <paramref name="start"/> on, a strip at most, into zeros.</summary>
    private protected abstract void QuadraticForms(Matrix b, int start, Span<double> forms);

    private void Check(Matrix b)
    {
        ArgumentNullException.ThrowIfNull(b);
        if (b.Rows != size)
        {
            throw new ArgumentException($"A matrix of {size} rows is needed, not one of {b.Rows}.", nameof(b));
        }
    }
}
