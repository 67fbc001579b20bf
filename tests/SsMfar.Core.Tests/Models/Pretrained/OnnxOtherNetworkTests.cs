using SsMfar.Export;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Tests.Weights.Onnx;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>ONNX models that are nearly ResNets are refused with the node that makes the difference.</summary>
public sealed class OnnxOtherNetworkTests : IDisposable
{
    private const int Size = 64;

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string, string> Others => new()
    {
        { "gate", "*'*' (Mul) has no place in one: it joins pooled features with a map*" },
        { "relu6", "*(Clip) has no place in one: it limits numbers to 0 and 6, which is no ReLU*" },
        { "sigmoid", "*(Sigmoid) has no place in one*" },
        { "convolution at the end", "*(Conv) is none of its layers, nor of a classifier*" },
        { "second pool", "*before its first block there are not one convolution of the images, ReLU and one max pool*(MaxPool)*" },
        { "computed weights", "*(Conv) has no place in one: its weights are no tensors of the file*" },
        { "groups", "*(Conv) has 64 groups*" },
        { "stride", "*(Conv) has strides of 2x2 instead of 1x1*" },
        { "mean image", "*(Sub) has no place in one: its numbers, [1, 3, 64, 64], are not one for each of 3 planes*" },
        { "SAME", "*(Conv) has 2x2 pads above and left instead of 3x3, as TensorFlow's SAME has*" },
        { "epsilon", "*(BatchNormalization)*" },
        { "domain", "*(com.microsoft.FusedConv) has no place in one*" },
    };

    private string Path => _folder.File("model.onnx");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Another_network_is_refused_with_the_node_that_differs(string kind, string message)
    {
        using ResNet source = OnnxWeightsTests.Trained(18);
        OnnxResNetWriter.Write(
            source,
            new()
            {
                Pads = kind == "SAME" ? PadStyle.SameUpper : PadStyle.Even,
                Change = (file, place, map) => Change(kind, file, place, map),
                Attributes = convolution => Attributes(kind, convolution),
            }).Save(Path);
        PretrainedWeights weights = PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet);
        using ResNet network = new(18, RandomKey.FromSeed(3));
        torch.Tensor before = network.state_dict()["conv1.weight"].clone();

        ((Action)(() => weights.LoadInto(network))).Should().Throw<ModelFileException>()
            .WithMessage($"{Path}: no ResNet of torchvision's form is in it: {message}");

        weights.DetectBackbone().Should().BeNull();
        Build.Difference(network.state_dict()["conv1.weight"], before).Should().Be(0);
    }

    private static string Change(string kind, OnnxBuilder file, string place, string map) => (kind, place) switch
    {
        ("gate", "layer2.0.branch") => file.Node("Mul", [map, file.Node("Sigmoid", [file.Node("GlobalAveragePool", [map])])]),
        ("relu6", "layer1.0.conv1") => file.Node("Clip", [map], ("min", 0f), ("max", 6f)),
        ("sigmoid", "layer3.1.branch") => file.Node("Sigmoid", [map]),
        ("convolution at the end", "end") => file.Node("Conv", [map, file.Tensor(torch.ones(512, 512, 1, 1))]),
        ("second pool", "pool") => file.Node(
            "MaxPool", [map], ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })),
        ("computed weights", "layer1.0.branch") => file.Node(
            "Conv", [map, file.Node("Reshape", [file.Tensor(torch.ones(64, 64)), file.Numbers(64, 64, 1, 1)])]),
        ("mean image", "images") => file.Node("Sub", [map, file.Tensor(torch.ones(1, 3, Size, Size))]),
        ("epsilon", "layer1.0.branch") => file.Node(
            "BatchNormalization", [map, .. Enumerable.Repeat(file.Tensor(torch.ones(64)), 4)], ("epsilon", new ProtobufMessage())),
        ("domain", "layer1.0.branch") => file.Node("com.microsoft.FusedConv", [map, file.Tensor(torch.ones(64, 64, 1, 1))]),
        _ => map,
    };

    private static (string Name, object Value)[]? Attributes(string kind, string convolution) => (kind, convolution) switch
    {
        ("groups", "layer1.0.conv2") => [("group", 64L), ("pads", new long[] { 1, 1, 1, 1 })],
        ("stride", "layer1.1.conv1") => [("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })],
        _ => null,
    };
}
