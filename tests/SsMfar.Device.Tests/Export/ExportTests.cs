using SsMfar.Export;
using SsMfar.Models;
using SsMfar.Tests.Inference;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Export;

/// <summary>Files written of a model on any device are those of the same model on the CPU, byte for byte.</summary>
public sealed class ExportTests
{
    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Model_and_ONNX_files_do_not_depend_on_the_device_and_leave_the_model_on_it(string device)
    {
        using var folder = new TemporaryFolder();
        using MultiTaskModel model = Build.Paper();
        using MultiTaskModel elsewhere = Build.Paper();
        elsewhere.to(torch.device(device));
        ChannelsLast.Apply(elsewhere);

        byte[] expected = Write(folder, model, "here"), actual = Write(folder, elsewhere, "there");

        actual.Should().Equal(expected);
        expected.Length.Should().BeGreaterThan(90_000_000, "it holds the weights twice");
        elsewhere.state_dict().Values.Should().OnlyContain(tensor => tensor.device_type == torch.device(device).type);
    }

    private static byte[] Write(TemporaryFolder folder, MultiTaskModel model, string name)
    {
        string file = folder.File($"{name}.safetensors"), onnx = folder.File($"{name}.onnx");
        ModelFile.Save(file, model, PaperModel.Metadata());
        OnnxExporter.Export(model, PaperModel.Metadata(), onnx);
        return [.. File.ReadAllBytes(file), .. File.ReadAllBytes(onnx)];
    }
}
