using FiniteWidth;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class DataSetTests
{
    private static readonly double[,] Inputs = { { 1.0, 0.0, 2.0 }, { 0.5, -1.0, 3.0 } };

    [Test]
    public void A_data_set_made_from_arrays_knows_its_shape()
    {
        var data = ResultExtensions.Result.orFail(DataSetModule.ofArrays(Inputs, [1.0, -1.0]));

        Assert.Multiple(() =>
        {
            Assert.That(data.Count, Is.EqualTo(2));
            Assert.That(data.Features, Is.EqualTo(3));
            Assert.That(data.Outputs, Is.EqualTo(1));
            Assert.That(data.Inputs.ToArray(), Is.EqualTo(Inputs));
            Assert.That(DataSetModule.target(0, data), Is.EqualTo(new[] { 1.0, -1.0 }));
        });
    }

    [Test]
    public void A_failure_arrives_as_an_exception_whose_message_is_its_sentence()
    {
        var result = DataSetModule.ofArrays(Inputs, [1.0]);

        var exception = Assert.Throws<FailureException>(() => ResultExtensions.Result.orFail(result));
        Assert.That(exception!.Message, Is.EqualTo(result.ErrorValue.Message));
        Assert.That(exception.Message, Does.Contain("2 inputs and 1 targets"));
    }
}
