using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Weights.Onnx;

/// <summary>A file of less than a kilobyte that has some of everything.</summary>
internal static class SmallOnnx
{
    public static OnnxBuilder Build()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var file = new OnnxBuilder();
        string image = file.Input("image");
        string weight = file.Tensor(torch.arange(Scalars.Of(24), torch.ScalarType.Float32).view(2, 3, 2, 2), "weight");
        file.Encoding = OnnxEncoding.Packed;
        string bias = file.Tensor(torch.tensor(new[] { 1.5f, -2.5f }), "bias");
        file.Numbers(-1, 300, long.MaxValue);
        file.Tensor(torch.tensor(new[] { true, false }), "flags");
        file.Tensor(torch.tensor(new sbyte[] { -128, 127 }), "bytes");
        file.Encoding = OnnxEncoding.Unpacked;
        file.Tensor(torch.tensor(new[] { 0.25f, 0.5f, 0.75f }), "unpacked");
        file.Tensor(torch.tensor(new[] { -7, 7 }), "integers");
        file.Type = torch.ScalarType.Float16;
        file.Encoding = OnnxEncoding.Packed;
        file.Tensor(torch.tensor(new[] { 0.5f, -2f }), "half");
        file.Type = torch.ScalarType.Float64;
        file.Tensor(torch.tensor(new[] { 0.1, 0.2 }), "double");
        file.Encoding = OnnxEncoding.Constant;
        file.Type = torch.ScalarType.BFloat16;
        file.Tensor(torch.tensor(new[] { 3f }), "constant");
        string map = file.Node("Conv", [image, weight, bias], ("strides", new long[] { 2, 2 }), ("auto_pad", "VALID"));
        return file.Output(file.Node("Clip", [map], ("min", 0f)));
    }
}
