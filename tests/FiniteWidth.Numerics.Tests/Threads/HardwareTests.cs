using System;
using NUnit.Framework;

namespace FiniteWidth.Numerics.Tests;

public sealed class HardwareTests
{
    [Test]
    public void The_machine_is_described_as_the_runtime_sees_it()
    {
        Assert.That(Hardware.ProcessorCount, Is.EqualTo(Environment.ProcessorCount));
        Assert.That(Hardware.SimdBits, Is.GreaterThanOrEqualTo(8 * sizeof(double) * System.Numerics.Vector<double>.Count).Or.Zero);
        Assert.That(Hardware.Simd, Does.Contain($"{Hardware.SimdBits} bits").Or.EqualTo("scalar"));
        Assert.That(Hardware.Runtime, Does.StartWith(".NET"));
        Assert.That(Hardware.OperatingSystem, Is.Not.Empty);
    }
}
