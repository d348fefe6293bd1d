using System;
using System.Runtime.Intrinsics.X86;
using System.Threading.Tasks;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class NativeTests
{
    [Test]
    public void A_native_provider_is_the_default_and_describes_itself()
    {
        var native = Native();
        Assert.That(LinearAlgebra.Default, Is.SameAs(native));
        Assert.That(native.Description, Does.StartWith(native.Library));
        Assert.That(native.Threads, Is.Null.Or.Positive);
    }

    [Test]
    public void An_OpenBLAS_older_than_the_processor_is_told_kernels_that_the_processor_runs()
    {
        Assert.That(OpenBlasCore.Best(hasAvx512: true, hasAvx2: true), Is.EqualTo("SkylakeX"));
        Assert.That(OpenBlasCore.Best(hasAvx512: false, hasAvx2: true), Is.EqualTo("Haswell"));
        Assert.That(OpenBlasCore.Best(hasAvx512: false, hasAvx2: false), Is.Null);
        Assert.That(OpenBlasCore.Overlooked("Zen"), Is.Null);
        var native = Native();
        if (!OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable(OpenBlasCore.Variable) is null && Avx2.IsSupported)
        {
            Assert.That(native.Core, Is.Not.EqualTo("Prescott"));
        }
    }

    [Test]
    public void Without_a_native_library_the_reason_is_told_and_the_managed_provider_is_the_default()
    {
        if (LinearAlgebra.TryNative(out _, out var reason))
        {
            Assert.That(reason, Is.Empty);
            Assert.Ignore("This machine has a native library.");
        }

        Assert.That(reason, Is.Not.Empty);
        Assert.That(LinearAlgebra.Default, Is.SameAs(LinearAlgebra.Managed));
    }

    [Test]
    public void Scopes_nest_across_threads_and_the_last_one_restores_the_threads()
    {
        var native = Native();
        var before = native.Threads;
        if (before is null)
        {
            Assert.Ignore("This library does not tell its threads.");
        }

        var outer = native.SingleThreaded();
        var inner = Task.Run(native.SingleThreaded).Result;
        Assert.That(native.Threads, Is.EqualTo(1));
        outer.Dispose();
        outer.Dispose();
        Assert.That(native.Threads, Is.EqualTo(1), "disposing a scope twice must not end the other one");
        Parallel.For(0, 100, _ =>
        {
            using (native.SingleThreaded())
            {
                Assert.That(native.Threads, Is.EqualTo(1));
            }
        });
        inner.Dispose();
        Assert.That(native.Threads, Is.EqualTo(before));
    }

    [Test]
    public void Both_eigensolvers_agree([Values(0, 1, 2, 50, 257)] int n)
    {
        var native = Native();
        var robust = EigenTests.Symmetric(n);
        var values = native.EigenRobustRepresentations(robust);
        Assert.That(
            native.EigenDivideAndConquer(EigenTests.Symmetric(n)),
            Is.EqualTo(values).Within(Math.Sqrt(n + 1) * Tolerance.Rounding(n)));
        using var vectors = robust.Clone();
        // Relatively robust representations promise orthogonality to a modest multiple of n u only.
        Dense.AssertEqual(Dense.Product(vectors, Dense.Transpose(vectors)), Dense.Identity(n), 50 * Tolerance.Rounding(n));
    }

    [Test]
    public void A_dimension_beyond_32_bits_is_refused_before_memory_is_touched()
    {
        var native = Native();
        nint columns = int.MaxValue;
        columns++;
        using var x = Large(1, columns);
        using var c = Matrix.Zeros(1, 1);
        Assert.That(
            Assert.Throws<ArgumentException>(() => native.Gram(x, 1, c))!.Message,
            Does.Contain("2147483648 exceeds 2147483647"));
    }

    [Test]
    public void Entries_beyond_the_32_bit_range_are_reached()
    {
        var native = Native();
        using var a = Large(65537, 32768);
        var corner = a.View(a.Rows - 3, a.Columns - 3, 3, 3);
        using var x = Matrix.FromArray(3, 1, [1, 2, 3]);
        native.Gram(x, 1, corner);
        for (nint i = 0; i < 3; i++)
        {
            corner[i, i] += 1;
        }

        Assert.That((long)native.Cholesky(corner), Is.Zero);
        // det(I + x x^T) = 1 + |x|^2.
        Assert.That(native.LogDeterminant(corner), Is.EqualTo(Math.Log(15)).Within(Tolerance.Rounding(10)));
        Assert.That(a[a.Rows - 3, a.Columns - 3], Is.EqualTo(Math.Sqrt(2)).Within(Tolerance.Rounding(1)));
    }

    private static NativeLinearAlgebra Native()
    {
        if (!LinearAlgebra.TryNative(out var native, out var reason))
        {
            Assert.Ignore(reason);
        }

        return (NativeLinearAlgebra)native!;
    }

    /// <summary>Address space, of which the operating system hands out only the pages that are touched.</summary>
    private static Matrix Large(nint rows, nint columns)
    {
        try
        {
            return Matrix.Uninitialized(rows, columns);
        }
        catch (OutOfMemoryException)
        {
            Assert.Ignore("This machine does not lend 17 GB of address space.");
            throw;
        }
    }
}
