using System;
using System.Runtime.CompilerServices;

namespace FiniteWidth.Numerics;

/// <summary>What every provider asks of the shapes of its arguments before it touches memory.</summary>
internal static class Shapes
{
    public static void Square(Matrix a, string operation, [CallerArgumentExpression(nameof(a))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(a, name);
        if (a.Rows != a.Columns)
        {
            throw new ArgumentException($"{operation} needs a square matrix, not one of {Of(a)}.", name);
        }
    }

    public static void Rotation(TridiagonalReduction reduction, Matrix c)
    {
        ArgumentNullException.ThrowIfNull(reduction);
        ArgumentNullException.ThrowIfNull(c);
        if (c.Rows != reduction.Form.Size)
        {
            throw new ArgumentException(
                $"A rotation of {reduction.Form.Size} coordinates takes as many rows, not {Of(c)}.", nameof(c));
        }
    }

    public static void Gram(Matrix x, Matrix c) => Gram(x, transpose: false, c);

    public static void Gram(Matrix x, bool transpose, Matrix c)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(c);
        var size = transpose ? x.Columns : x.Rows;
        if (c.Rows != size || c.Columns != size)
        {
            throw new ArgumentException(
                $"The Gram matrix of the {(transpose ? "columns" : "rows")} of a {Of(x)} matrix is {size} x {size}, not {Of(c)}.", nameof(c));
        }
    }

    public static void Product(Matrix a, bool transposeA, Matrix b, bool transposeB, Matrix c)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(c);
        var (rows, inner) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var (innerB, columns) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (inner != innerB)
        {
            throw new ArgumentException(
                $"A product of {rows} x {inner} by {innerB} x {columns} does not exist: the inner sizes must agree.",
                nameof(b));
        }

        if (c.Rows != rows || c.Columns != columns)
        {
            throw new ArgumentException(
                $"A product of {rows} x {inner} by {inner} x {columns} is {rows} x {columns}, not {Of(c)}.", nameof(c));
        }
    }

    public static void Product(Matrix a, bool transpose, int x, int y)
    {
        ArgumentNullException.ThrowIfNull(a);
        var (rows, columns) = transpose ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        if (columns != x || rows != y)
        {
            throw new ArgumentException(
                $"A {rows} x {columns} matrix takes a vector of {columns} entries to one of {rows}, not {x} to {y}.",
                nameof(x));
        }
    }

    public static void Solve(Matrix factor, nint rows, string name)
    {
        Square(factor, "A triangular solve", nameof(factor));
        if (factor.Rows != rows)
        {
            throw new ArgumentException(
                $"A {Of(factor)} factor solves for right-hand sides of {factor.Rows} rows, not {rows}.", name);
        }
    }

    public static void Product<T>(MatrixSpan<T> a, bool transposeA, MatrixSpan<T> b, bool transposeB, MatrixSpan<T> c)
        where T : unmanaged
    {
        var (rows, inner) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var (innerB, columns) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (inner != innerB || c.Rows != rows || c.Columns != columns)
        {
            throw new ArgumentException(
                $"A product of {rows} x {inner} by {innerB} x {columns} does not give a matrix of {c.Rows} x {c.Columns}.", nameof(c));
        }
    }

    private static string Of(Matrix a) => $"{a.Rows} x {a.Columns}";
}
