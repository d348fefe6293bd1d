using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class ProviderTests
{
    [TestCase("managed")]
    [TestCase("Managed")]
    public void The_managed_provider_is_chosen_by_name(string request)
    {
        var provider = ProviderChoice.Choose(request);
        Assert.That(provider.Native, Is.Null);
        Assert.That(provider.Default, Is.SameAs(LinearAlgebra.Managed));
        Assert.That(provider.ReasonWhyNot, Is.EqualTo("FINITEWIDTH_BLAS asks for the managed provider."));
    }

    [Test]
    public void A_library_that_does_not_exist_is_refused_in_one_sentence()
    {
        AssertRefused("/no/such/library.so", "FINITEWIDTH_BLAS names '/no/such/library.so', but /no/such/library.so cannot be loaded");
    }

    [Test]
    public void A_library_that_is_no_linear_algebra_is_refused_in_one_sentence()
    {
        var name = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libm.so.6";
        AssertRefused(name, $"{name} does not export dgemm_");
    }

    private static void AssertRefused(string request, string words)
    {
        var provider = ProviderChoice.Choose(request);
        Assert.That(provider.Native, Is.Null);
        Assert.That(provider.ReasonWhyNot, Does.Contain(words).And.EndWith("."));
        // Somebody who names a library wants that one: falling back in silence would hide the mistake.
        Assert.That(Assert.Throws<InvalidOperationException>(() => _ = provider.Default)!.Message, Is.EqualTo(provider.ReasonWhyNot));
    }
}
