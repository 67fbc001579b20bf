using System.IO.Compression;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Weights.PyTorch;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Weights;

/// <summary>A file of another kind than was asked for is told by its content, with what it is good for.</summary>
public sealed class FileKindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, byte[], WeightFileKind> Starts => new()
    {
        { "onnx, as this library and PyTorch write", [0x08, 0x08, 0x12, 0x07, .. "pytorch"u8], WeightFileKind.Onnx },
        { "onnx that starts with its operator set", [0x08, 0x0a, 0x42, 0x04], WeightFileKind.Onnx },
        { "zip", "PK\x03\x04\x00\x00\x08\x08"u8.ToArray(), WeightFileKind.PyTorchZip },
        { "legacy", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e], WeightFileKind.PyTorchLegacy },
        { "pickle", [0x80, 4, 0x95, 1], WeightFileKind.Pickle },
        { "safetensors whose length starts like a web page", [(byte)'<', 0, 0, 0, 0, 0, 0, 0, .. "{}"u8], WeightFileKind.Safetensors },
        { "safetensors whose length starts like ONNX", [8, 18, 0, 0, 0, 0, 0, 0, .. "{}"u8], WeightFileKind.Safetensors },
        { "HDF5", [0x89, .. "HDF\r\n"u8], WeightFileKind.Hdf5 },
        { "nothing", [], WeightFileKind.Empty },
        { "text", "hello, world"u8.ToArray(), WeightFileKind.Unknown },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Starts))]
    public void The_first_bytes_tell_the_kind(string what, byte[] start, WeightFileKind kind)
    {
        string path = _folder.File("start");
        File.WriteAllBytes(path, start);
        using FileBytes file = FileBytes.Open(path);

        FileSignature.Of(file).Should().Be(kind, what);
    }

    [LinuxFact]
    public async Task A_pipe_is_refused_as_model_and_as_weights_and_never_opened()
    {
        string pipe = _folder.File("pipe");
        (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode.Should().Be(0);
        Action[] opening =
        [
            () => ModelFile.Load(pipe), () => AffectPredictor.Load(pipe), () => OnnxAffectPredictor.Load(pipe), () => WeightFile.Open(pipe),
            () => SafetensorsReader.Open(pipe),
        ];

        // Whoever opens a pipe that nobody writes to never comes back.
        await Task.Run(() => Array.ForEach(opening, open => open.Should().Throw<ModelFileException>()
            .WithMessage($"*{pipe}*it is a pipe, a socket or a device, not a file*"))).WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_torchscript_program_of_pytorch_is_told_before_what_its_entries_are()
    {
        string script = Fixtures.Path("script.pt");

        Action open = () => WeightFile.Open(script);

        open.Should().Throw<ModelFileException>()
            .WithMessage($"{script}: entry 'script/constants.pkl': *TorchScript program*torch.jit.load*state_dict()*");
    }

    [Theory]
    [InlineData("model/model.json", "TorchScript or torch.export")]
    [InlineData("arrays/conv1.weight.npy", "NumPy arrays (.npz)")]
    [InlineData("model.weights.h5", "Keras")]
    [InlineData("resnet18.pth", "a zip archive around a file of weights. Unpack")]
    [InlineData("weights/model.safetensors", "a zip archive around a file of weights. Unpack")]
    [InlineData("readme.txt", "lacks it, so torch.save did not write it")]
    public void Other_archives_are_told_by_their_entries_even_compressed(string name, string expected)
    {
        string path = _folder.File("weights.pth");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using StreamWriter entry = new(archive.CreateEntry(name, CompressionLevel.SmallestSize).Open());
            entry.Write(new string('x', 4000));
        }

        ((Action)(() => WeightFile.Open(path))).Should().Throw<ModelFileException>().Which.Message
            .Should().StartWith(path).And.Contain(expected);
    }

    [Fact]
    public void Weights_packed_again_with_compression_are_told_as_such()
    {
        string path = _folder.File("weights.pth");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream entry = archive.CreateEntry("archive/data.pkl", CompressionLevel.SmallestSize).Open();
            entry.Write(new byte[4000]);
        }

        ((Action)(() => WeightFile.Open(path)))
            .Should().Throw<ModelFileException>().WithMessage("*'archive/data.pkl'*compressed (method 8), which torch.save never does*");
    }

    [Theory]
    [InlineData("plain.zip.pth", WeightFileKind.PyTorchZip)]
    [InlineData("plain.legacy.pth", WeightFileKind.PyTorchLegacy)]
    public void A_pytorch_file_is_no_model_and_no_safetensors_file(string name, WeightFileKind kind)
    {
        string path = Fixtures.Path(name);

        foreach (Action load in new Action[] { () => ModelFile.Load(path), () => ModelFile.ReadDescription(path), () =>
            AffectPredictor.Load(path) })
        {
            Refused(load).WithMessage(
                $"{path}: it is a PyTorch file*not a model file of this library*PublishedCheckpoint*PretrainedWeights*").Which.Kind
                .Should().Be(kind);
        }

        Refused(() => ModelFile.ChangeMetadata(path, _folder.File("out"), metadata => metadata)).Which.Kind.Should().Be(kind);
        Refused(() => SafetensorsReader.Open(path)).WithMessage("*it is a PyTorch file*not a safetensors file*");
        Refused(() => OnnxAffectPredictor.Load(path)).WithMessage($"{path}: it is a PyTorch file, not an ONNX model*").Which.Kind
            .Should().Be(kind);
    }

    [Fact]
    public void An_onnx_model_is_no_model_file_and_a_damaged_one_no_weights()
    {
        string path = _folder.File("model.onnx");
        File.WriteAllBytes(path, [0x08, 0x08, 0x12, 0x06, .. "SsMfar"u8, .. new byte[600]]);

        Refused(() => ModelFile.Load(path)).WithMessage($"{path}: it is an ONNX model*exported from*OnnxAffectPredictor*").Which.Kind
            .Should().Be(WeightFileKind.Onnx);
        Refused(() => SafetensorsReader.Open(path)).WithMessage($"{path}: it is an ONNX model. Give a safetensors file*");
        Refused(() => WeightFile.Open(path)).WithMessage($"{path}: at byte 10, the model has a field of number 0, which cannot be*");
        using var network = new ResNet(18, RandomKey.FromSeed(1));
        Refused(() => PretrainedWeights.FromFile(path, ChannelOrder.Rgb).LoadInto(network)).WithMessage("*which cannot be*");
    }

    [Fact]
    public void Bare_weights_are_told_from_a_model()
    {
        string path = _folder.File("weights.safetensors");
        using (torch.Tensor tensor = torch.ones(2))
        {
            SafetensorsWriter.Write(path, [new("conv1.weight", tensor)]);
        }

        Refused(() => ModelFile.Load(path)).WithMessage("*no model file*PretrainedWeights*").Which.Kind
            .Should().Be(WeightFileKind.Safetensors);
        Refused(() => OnnxAffectPredictor.Load(path)).WithMessage("*it is a safetensors file, not an ONNX model*export*").Which.Kind
            .Should().Be(WeightFileKind.Safetensors);
        Refused(() => OnnxAffectPredictor.Load(File.ReadAllBytes(path))).WithMessage("the model: it is a safetensors file*");
    }

    [Fact]
    public void A_web_page_or_a_pointer_in_place_of_a_model_is_told()
    {
        string path = _folder.File("model.safetensors");
        File.WriteAllText(path, "<!DOCTYPE html>");
        Refused(() => ModelFile.Load(path)).WithMessage("*it is a web page*Give a model file*");
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\n");
        Refused(() => ModelFile.Load(path)).WithMessage("*Git LFS pointer*");
    }

    private static FluentAssertions.Specialized.ExceptionAssertions<ModelFileException> Refused(Action action) => action
        .Should().Throw<ModelFileException>();
}
