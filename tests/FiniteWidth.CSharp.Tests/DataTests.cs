using System.IO;
using System.Linq;
using FiniteWidth.Data;
using FiniteWidth.Numerics;
using NUnit.Framework;

namespace FiniteWidth.CSharp.Tests;

public sealed class DataTests
{
    private static readonly double[,] Inputs = { { 1.0, 0.0, 2.0 }, { 0.5, -1.0, 3.0 } };

    [Test]
    public void A_data_set_is_made_from_arrays()
    {
        var data = DataSet.FromArrays(Inputs, [1.0, -1.0]);

        Assert.That((data.Count, data.Features, data.Outputs), Is.EqualTo((2, 3, 1)));
        Assert.That(data.Inputs.ToArray(), Is.EqualTo(Inputs));
        Assert.That(data.Targets.ToArray(), Is.EqualTo(new[,] { { 1.0 }, { -1.0 } }));
    }

    [Test]
    public void A_split_of_data_that_do_not_fit_is_refused()
    {
        var train = DataSet.FromArrays(Inputs, [1.0, -1.0]);
        var test = DataSet.FromArrays(new[,] { { 1.0 } }, [1.0]);

        Assert.That(
            () => Split.Create(train, test),
            Throws.TypeOf<FailureException>().With.Message.Contains("3 features and test inputs 1"));
    }

    [Test]
    public void A_NumPy_archive_is_loaded_and_standardized()
    {
        using var folder = new Folder();
        var path = folder.File("data.npz");
        WriteArchive(path);

        var split = Load.Npz(path).Standardized();

        Assert.That(split.Train.Count, Is.EqualTo(2));
        Assert.That(split.Test.Features, Is.EqualTo(3));
        var entries = split.Train.Inputs.ToArray().Cast<double>().ToArray();
        // Rounding of six numbers of size one.
        Assert.That(entries.Average(), Is.Zero.Within(1e-15));
        Assert.That(entries.Average(x => x * x), Is.EqualTo(1.0).Within(1e-15));
    }

    [Test]
    public void Two_tables_are_loaded_with_the_target_in_their_last_column()
    {
        using var folder = new Folder();
        var (train, test) = (folder.File("train.csv"), folder.File("test.csv"));
        File.WriteAllText(train, "a,b,y\n1,2,-1\n3,4,1\n");
        File.WriteAllText(test, "a,b,y\n5,6,1\n");

        var split = Load.Csv(train, test);

        Assert.That(split.Train.Inputs.ToArray(), Is.EqualTo(new[,] { { 1.0, 2.0 }, { 3.0, 4.0 } }));
        Assert.That(split.Test.Targets[0, 0], Is.EqualTo(1.0));
    }

    [Test]
    public void A_file_that_is_missing_is_an_exception_of_one_sentence()
    {
        Assert.That(
            () => Load.Npz("nowhere.npz"),
            Throws.TypeOf<FailureException>().With.Message.EqualTo("nowhere.npz: There is no such file."));
    }

    [Test]
    public void MNIST_digits_are_loaded_in_file_order_or_shuffled()
    {
        if (!MnistModule.locate().IsOk)
        {
            Assert.Ignore("MNIST is not installed.");
        }

        var ordered = Load.Mnist([0, 1], train: 20, test: 10);
        var shuffled = Load.Mnist(Protocol.Create([0, 1], 20, 10).Shuffled(seed: 3));
        var small = Load.Mnist(Protocol.Create([3, 5, 8], 20, 10).Transformed(ImageTransform.NewResize(14, Resampling.Bilinear)));

        Assert.That((ordered.Train.Count, ordered.Test.Count, ordered.Train.Features), Is.EqualTo((20, 10, 784)));
        Assert.That(shuffled.Train.Inputs.ToArray(), Is.Not.EqualTo(ordered.Train.Inputs.ToArray()));
        Assert.That((small.Train.Features, small.Train.Outputs), Is.EqualTo((196, 3)));
    }

    [Test]
    public void Teachers_give_the_same_examples_for_the_same_seed()
    {
        var linear = new LinearTeacher(inputs: 5, train: 8, test: 4, noise: 0.1, seed: 1);
        var hidden = HiddenLayerTeacher.Create(Activation.Tanh, inputs: 5, hidden: 3, train: 8, test: 4, noise: 0.0, seed: 1);

        Assert.That(linear.Generate().Train.Targets.ToArray(), Is.EqualTo(linear.Generate().Train.Targets.ToArray()));
        Assert.That(hidden.Generate().Train.Count, Is.EqualTo(8));
        var relabelled = linear.Generate().WithRandomLabels(seed: 2);
        Assert.That(relabelled.Train.Targets.ToArray().Cast<double>(), Is.All.EqualTo(1.0).Or.EqualTo(-1.0));
    }

    [Test]
    public void Random_streams_are_values_that_split()
    {
        var stream = RandomStream.FromSeed(7);
        var matrix = Matrix.Zeros(3, 4);
        stream.Split(1).Normal(matrix);
        var again = Matrix.Zeros(3, 4);
        stream.Split(1).Normal(again);
        var other = Matrix.Zeros(3, 4);
        stream.Split(2).Normal(other);

        Assert.That(again.ToArray(), Is.EqualTo(matrix.ToArray()));
        Assert.That(other.ToArray(), Is.Not.EqualTo(matrix.ToArray()));
    }

    private static void WriteArchive(string path)
    {
        var targets = new[,] { { 1.0 }, { -1.0 } };
        Npz.write(path,
        [
            new("x_train", NdArrayModule.ofMatrix(Matrix.FromArray(Inputs))),
            new("y_train", NdArrayModule.ofMatrix(Matrix.FromArray(targets))),
            new("x_test", NdArrayModule.ofMatrix(Matrix.FromArray(Inputs))),
            new("y_test", NdArrayModule.ofMatrix(Matrix.FromArray(targets))),
        ]).OrThrow();
    }
}
