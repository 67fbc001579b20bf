using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.RenderedFaces;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Onnx;

/// <summary>
/// ImageNet's ResNet-18 in the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18, which CNTK exported, against ONNX Runtime on the
/// file as it is.
/// </summary>
public sealed class PublicWeightsTests : IDisposable
{
    private const int Size = 224;
    private const int FaceCount = 4;

    // The package's own preprocessing, BGR from 0 to 255 less a mean, done by hand.
    private static readonly float[] BgrMean = [103.06262f, 115.90288f, 123.15163f];

    private static readonly string Models = typeof(PublicWeightsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "DnnImageModels").Value!;

    private static readonly string Onnx = Path.Combine(Models, "ResNet18Onnx", "ResNet18.onnx");

    private static readonly PretrainedOptions LastBlockLeftOut = new() { AllowForeign = true };

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Features_of_the_loaded_network_are_those_of_the_file()
    {
        PretrainedWeights weights = PretrainedWeights.FromOnnx(Onnx, PretrainedInput.DnnImageFeaturizer, LastBlockLeftOut);
        ImagePreprocessing preprocessing = weights.AdaptPreprocessing(new() { Width = Size, Height = Size });
        using ResNet network = new(18, RandomKey.FromSeed(1));

        PretrainedReport report = weights.LoadInto(network);

        report.Missing.Should().BeEmpty();
        report.Mismatched.Should().BeEmpty();
        report.Unexpected.Should().BeEmpty();
        report.Matched.Should().HaveCount(100);
        report.Foreign.Should().HaveCount(10).And.OnlyContain(name => name.StartsWith("layer4.2.", StringComparison.Ordinal));
        network.eval();
        using InferenceSession session = new(WithOutput("ReLU379_Output_0"), new SessionOptions { IntraOpNumThreads = 1 });
        foreach (byte[] face in Faces())
        {
            float[] expected = Original(session, face);
            float[] actual = Loaded(network, preprocessing, face);

            actual.Should().HaveSameCount(expected);
            double scale = expected.Max(MathF.Abs);
            scale.Should().BeGreaterThan(1);
            expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max().Should().BeLessThan((float)(1e-4 * scale));
        }
    }

    [Fact]
    public void A_model_trained_from_them_says_how_their_images_are_normalised()
    {
        ImagePreprocessing preprocessing = PretrainedWeights.FromOnnx(Onnx, PretrainedInput.DnnImageFeaturizer).AdaptPreprocessing(new());

        ChannelValues imageNet = new ImagePreprocessing().StandardDeviation;
        preprocessing.ChannelOrder.Should().Be(ChannelOrder.Rgb);
        preprocessing.StandardDeviation.Should().Be(imageNet);
        (preprocessing.Mean.Red * 255).Should().BeApproximately(BgrMean[2], 1e-3f);
        (preprocessing.Mean.Green * 255).Should().BeApproximately(BgrMean[1], 1e-3f);
        (preprocessing.Mean.Blue * 255).Should().BeApproximately(BgrMean[0], 1e-3f);
    }

    [Fact]
    public void The_means_are_those_of_the_packages_image_of_means()
    {
        using WeightFile file = WeightFile.Open(Path.Combine(Models, "ResNetPrepOnnx", "ResNetPreprocess.onnx"));
        torch.Tensor means = file.Read("MeanImage").to(torch.ScalarType.Float64);

        double[] planes = means.mean([2L, 3L]).data<double>().ToArray();

        planes.Should().HaveCount(3);
        planes.Zip(BgrMean, (plane, mean) => Math.Abs(plane - mean)).Max().Should().BeLessThan(1e-4);
        torch.Tensor distance = (means - means.mean([2L, 3L], keepdim: true)).abs();
        distance.max().item<double>().Should().BeInRange(12, 13);
        PretrainedInput.DnnImageFeaturizer.Mean.Should().Be(new ChannelValues(BgrMean[2], BgrMean[1], BgrMean[0]));
    }

    [Fact]
    public void Its_third_block_of_512_is_told_unless_part_of_it_is_asked_for()
    {
        PretrainedWeights weights = PretrainedWeights.FromFile(Onnx, PretrainedInput.DnnImageFeaturizer);
        using ResNet network = new(18, RandomKey.FromSeed(1));

        weights.DetectBackbone().Should().BeNull("ResNet-18 of CNTK has a block more than torchvision's");
        ((Action)(() => weights.LoadInto(network))).Should().Throw<ModelFileException>()
            .WithMessage("*entry 'layer4.2.bn1.bias': it holds another network than a ResNet-18*");
    }

    [Fact]
    public void Reading_them_takes_no_copy_of_the_file()
    {
        TorchRuntime.Initialize();
        using ResNet network = new(18, RandomKey.FromSeed(1));
        PretrainedWeights weights = PretrainedWeights.FromOnnx(Onnx, PretrainedInput.DnnImageFeaturizer, LastBlockLeftOut);
        long before = GC.GetAllocatedBytesForCurrentThread();

        weights.LoadInto(network);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(8 << 20, "tensors go into the network's own memory");
    }

    private static byte[][] Faces()
    {
        RenderedFaceOptions options = new() { TrainingCount = FaceCount, ValidationCount = 1, Size = Size, Seed = 7 };
        return [.. Enumerable.Range(0, FaceCount).Select(i =>
        {
            using SKBitmap face = RenderedFaceSet.Render(options, FaceSplit.Training, i);
            return face.Pixels.SelectMany(pixel => (byte[])[pixel.Red, pixel.Green, pixel.Blue]).ToArray();
        })];
    }

    // The file with a further output: a message that occurs twice is merged (protobuf.dev).
    private string WithOutput(string name)
    {
        string path = _folder.File("output.onnx");
        File.WriteAllBytes(path, File.ReadAllBytes(Onnx));
        ProtobufMessage tensor = new ProtobufMessage().Add(OnnxSchema.Type.ElementType, OnnxSchema.ElementType.Float32);
        ProtobufMessage output = new ProtobufMessage().Add(OnnxSchema.ValueInfo.Name, name).Add(
            OnnxSchema.ValueInfo.Type, new ProtobufMessage().Add(OnnxSchema.Type.TensorType, tensor));
        using FileStream stream = new(path, FileMode.Append);
        new ProtobufMessage().Add(OnnxSchema.Model.Graph, new ProtobufMessage().Add(OnnxSchema.Graph.Outputs, output)).WriteTo(stream);
        return path;
    }

    private static float[] Original(InferenceSession session, byte[] rgb)
    {
        float[] input = new float[3 * Size * Size];
        for (int plane = 0; plane < 3; plane++)
        {
            for (int i = 0; i < Size * Size; i++)
            {
                input[(plane * Size * Size) + i] = rgb[(3 * i) + 2 - plane] - BgrMean[plane];
            }
        }

        using RunOptions run = new();
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, Size, Size]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, session.InputNames, [value], session.OutputNames);
        return outputs[^1].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Loaded(ResNet network, ImagePreprocessing preprocessing, byte[] rgb)
    {
        using var noGradient = torch.no_grad();
        float[] input = new float[3 * Size * Size];
        preprocessing.Normalize(rgb, input);
        return network.call(torch.tensor(input, 1, 3, Size, Size)).contiguous().data<float>().ToArray();
    }
}
