using SsMfar.Tests.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>
/// A file that Python 2's cPickle wrote (Fixtures/write_python2.py): it counts what it remembers from 1, and its strings are bytes.
/// </summary>
public sealed class Python2FileTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Its_tensors_are_read()
    {
        using var file = WeightFile.Open(Fixtures.Path("python2.legacy.pth"));

        file.Format.Should().Be(WeightFileFormat.PyTorchLegacy);
        file.Keys.Should().BeEquivalentTo(
            "state_dict.module.fc.weight", "state_dict.module.fc.bias", "state_dict.module.bn.num_batches_tracked");
        torch.Tensor weight = file.Read("state_dict.module.fc.weight");
        weight.shape.Should().Equal(2, 3);
        Build.Values(weight).Should().Equal(0.5f, 1, -2, 3, 4, 5.25f);
        Build.Values(file.Read("state_dict.module.fc.bias")).Should().Equal([4, 5.25f], "it is a view of the same storage");
        torch.Tensor counter = file.Read("state_dict.module.bn.num_batches_tracked");
        counter.dtype.Should().Be(torch.ScalarType.Int64);
        Build.Values(counter).Should().Equal(7);
    }

    [Fact]
    public void Texts_and_numbers_are_told_and_bytes_that_are_no_text_passed_over()
    {
        using var file = WeightFile.Open(Fixtures.Path("python2.legacy.pth"));

        file.Metadata.Should().Equal(new Dictionary<string, string>
        {
            ["arch"] = "resnet18",
            ["best_prec1"] = "71.25",
            ["count"] = "65",
            ["epoch"] = "90",
            ["name"] = "\u00e9tude",
        });
    }
}
