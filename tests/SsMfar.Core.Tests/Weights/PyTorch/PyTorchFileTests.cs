using System.Text.Json;
using SsMfar.Models;
using SsMfar.Tests.Models;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>Files that PyTorch 1.13 wrote (Fixtures/write.py) hold here what they hold there, byte for byte.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private static readonly JsonElement Expected =
        JsonDocument.Parse(File.ReadAllText(Fixtures.Path("expected.json"))).RootElement;

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string> Files => [.. Expected.EnumerateObject().Select(file => file.Name)];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_tensor_has_the_name_type_shape_and_bytes_that_pytorch_gave_it(string name)
    {
        var expected = Expected.GetProperty(name).GetProperty("tensors");

        using var file = WeightFile.Open(Fixtures.Path(name));

        file.Format.Should()
            .Be(name.Contains("legacy", StringComparison.Ordinal) ? WeightFileFormat.PyTorchLegacy : WeightFileFormat.PyTorchZip);
        file.Keys.Should().BeEquivalentTo(expected.EnumerateObject().Select(tensor => tensor.Name));
        foreach (var tensor in expected.EnumerateObject())
        {
            var read = file.Read(tensor.Name);
            read.dtype.Should().Be(Type(tensor.Value.GetProperty("type").GetString()!), tensor.Name);
            read.shape.Should().Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64()), tensor.Name);
            read.is_contiguous().Should().BeTrue();
            (read.numel() == 0 ? "" : Convert.ToHexStringLower(read.view(-1).bytes)).Should()
                .Be(tensor.Value.GetProperty("hex").GetString(), tensor.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Texts_and_numbers_beside_the_weights_are_told(string name)
    {
        using var file = WeightFile.Open(Fixtures.Path(name));

        file.Metadata.Should().Equal(
            Expected.GetProperty(name).GetProperty("metadata").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!));
    }

    [Theory]
    [InlineData("views.zip.pth")]
    [InlineData("views.legacy.pth")]
    public void Tensors_are_read_into_tensors_of_other_strides_and_floating_types(string name)
    {
        using var file = WeightFile.Open(Fixtures.Path(name));
        var expected = file.Read("channels_last");
        var strided = ChannelsLast.Convert(torch.zeros(2, 3, 4, 5));
        var wide = torch.zeros([2, 3, 4, 5], torch.ScalarType.Float64);

        file.ReadInto("channels_last", strided);
        file.ReadInto("channels_last", wide);

        ChannelsLast.Holds(strided).Should().BeTrue();
        Build.Difference(strided, expected).Should().Be(0);
        Build.Difference(wide, expected).Should().Be(0);
    }

    [Fact]
    public void The_content_tells_the_format_not_the_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("weights.safetensors");
        File.Copy(Fixtures.Path("plain.legacy.pth"), path);

        using (var file = WeightFile.Open(path))
        {
            file.Format.Should().Be(WeightFileFormat.PyTorchLegacy);
        }

        SafetensorsWriter.Write(path, [new("x", torch.ones(2))]);
        using (var file = WeightFile.Open(path))
        {
            file.Format.Should().Be(WeightFileFormat.Safetensors);
            Build.Values(file.Read("x")).Should().Equal(1, 1);
        }
    }

    private static torch.ScalarType Type(string name) => name switch
    {
        "float64" => torch.ScalarType.Float64,
        "float32" => torch.ScalarType.Float32,
        "float16" => torch.ScalarType.Float16,
        "bfloat16" => torch.ScalarType.BFloat16,
        "int64" => torch.ScalarType.Int64,
        "int32" => torch.ScalarType.Int32,
        "int16" => torch.ScalarType.Int16,
        "int8" => torch.ScalarType.Int8,
        "uint8" => torch.ScalarType.Byte,
        "bool" => torch.ScalarType.Bool,
        _ => throw new ArgumentException(name),
    };
}
