using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SsMfar.Models;
using SsMfar.Tests.Losses;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>
/// Networks against other code: EfficientNets against torchvision 0.14, the rest against plain functions of PyTorch (write.py beside this
/// file says how).
/// </summary>
public sealed class OtherCodeTests
{
    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(
        Repository.Root, "tests", "SsMfar.Core.Tests", "Models", "Networks", "expected.json"))).RootElement;

    public static TheoryData<string> Networks => [.. Expected.EnumerateObject().Select(network => network.Name)];

    [Fact]
    public void Every_backbone_but_the_ResNets_is_among_them() => Expected.EnumerateObject().Select(network => network.Name).Should()
        .BeEquivalentTo(
            BackboneFactory.All.Select(backbone => backbone.Name).Where(name => !name.StartsWith("resnet", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Networks))]
    public void Names_and_shapes_are_those_of_the_origin(string name)
    {
        IBackbone network = Formulas.Network(name);
        using IDisposable module = network.Module;
        Dictionary<string, torch.Tensor> state = network.Module.state_dict();

        IEnumerable<string> lines = Formulas.Names(network.Module).Select(tensor => $"{tensor} [{string.Join(',', state[tensor].shape)}]");

        network.Module.parameters().Sum(parameter => parameter.numel()).Should()
            .Be(Expected.GetProperty(name).GetProperty("parameters").GetInt64());
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)))).Should()
            .Be(Expected.GetProperty(name).GetProperty("names").GetString());
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_feature_map_is_that_of_the_origin_at_any_size(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        IBackbone network = Formulas.Network(name);
        using IDisposable module = network.Module;
        foreach (JsonElement map in Expected.GetProperty(name).GetProperty("maps").EnumerateArray())
        {
            torch.Tensor actual = network.Module.call(Images(map));

            actual.shape.Should().Equal(map.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()));
            actual.size(1).Should().Be(network.FeatureWidth);
            double mean = map.GetProperty("mean").GetDouble();
            actual.abs().mean().item<double>().Should().BeApproximately(mean, mean * 1e-6);
            ShouldBe(Sample(actual), map.GetProperty("sample"), 1e-7, name);
        }

        // As it runs: float32, channels last, the library's own kernels.
        network.Module.to(torch.ScalarType.Float32);
        ChannelsLast.Apply(network.Module);
        JsonElement first = Expected.GetProperty(name).GetProperty("maps")[0];
        torch.Tensor single = network.Module.call(ChannelsLast.Convert(Images(first).to(torch.ScalarType.Float32)));
        ShouldBe(Sample(single), first.GetProperty("sample"), 1e-4, name);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void In_training_outputs_gradients_and_statistics_are_those_of_the_origin(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IBackbone network = Formulas.Network(name);
        using IDisposable module = network.Module;
        network.Module.train();
        JsonElement expected = Expected.GetProperty(name);

        torch.Tensor map = network.Module.call(Images(expected.GetProperty("maps")[0]));
        (map * Formulas.Draw(map.numel(), 100019).reshape(map.shape)).sum().backward();

        ShouldBe(Sample(map), expected.GetProperty("trained"), 1e-7, name);
        Dictionary<string, torch.Tensor> state = network.Module.state_dict();
        string[] names = [.. Formulas.Names(network.Module)];
        double[] gradients = [.. names.Where(tensor => !tensor.Contains("running", StringComparison.Ordinal))
            .Select(tensor => network.Module.get_parameter(tensor)!.grad!.norm().item<double>())];
        double[] statistics = [.. names.Where(tensor => tensor.Contains("running", StringComparison.Ordinal))
            .Select(tensor => state[tensor].norm().item<double>())];
        Relative(gradients, LossTestData.Doubles(expected.GetProperty("gradients"))).Should().BeLessThan(1e-6);
        Relative(statistics, LossTestData.Doubles(expected.GetProperty("statistics"))).Should().BeLessThan(1e-7);
    }

    private static void ShouldBe(double[] actual, JsonElement expected, double tolerance, string because) =>
        actual.ShouldBeClose(LossTestData.Doubles(expected), tolerance, because);

    private static torch.Tensor Images(JsonElement map) =>
        Formulas.Images(map.GetProperty("height").GetInt32(), map.GetProperty("width").GetInt32());

    private static double[] Sample(torch.Tensor map)
    {
        const int Samples = 48;
        double[] values = map.detach().to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();
        int step = Math.Max(1, values.Length / Samples);
        return [.. values.Where((_, i) => i % step == 0).Take(Samples)];
    }

    // The largest distance of two numbers, of those that are no rounding of zero.
    private static double Relative(double[] actual, double[] expected)
    {
        actual.Should().HaveSameCount(expected);
        double floor = 1e-9 * expected.Max();
        return actual.Zip(expected, (a, b) => Math.Abs(a - b) / Math.Max(floor, Math.Abs(b))).Max();
    }
}
