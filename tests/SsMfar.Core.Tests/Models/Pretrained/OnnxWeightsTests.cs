using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Tests.Export;
using SsMfar.Tests.Weights.Onnx;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>Residual networks in ONNX files, as different programs write them, are the networks that they were.</summary>
public sealed class OnnxWeightsTests : IDisposable
{
    private const double Precise = 1e-5;
    private const int Size = 64;

    private static readonly RandomKey Key = RandomKey.FromSeed(31);

    private static readonly Dictionary<string, OnnxResNetStyle> Styles = new()
    {
        ["PyTorch, in training mode"] = new() { HasNames = true },
        ["PyTorch, norms folded"] = new() { Norms = NormStyle.Folded, HasNames = true, HasIdleNodes = true },
        ["PyTorch, weights in another file"] = new() { Norms = NormStyle.Folded, Encoding = OnnxEncoding.External },
        ["MXNet"] = new() { Norms = NormStyle.NodeAfterBias, Encoding = OnnxEncoding.Packed, ShortcutFirst = true },
        ["tf2onnx"] = new()
        {
            ChannelsLast = true, Pads = PadStyle.Nodes, Epsilon = 1.001e-5f, Encoding = OnnxEncoding.Constant, Head = "ReduceMean",
            Norms = NormStyle.NodeAfterBias,
        },
        ["CNTK"] = new() { Pads = PadStyle.Fewer, Encoding = OnnxEncoding.Packed, ShortcutFirst = true },
        ["norms taken apart"] = new() { Norms = NormStyle.Arithmetic, Pads = PadStyle.SameLower, PoolBeforeRelu = true, ReluAsClip = true },
        ["another epsilon"] = new() { Epsilon = 1e-3f, ReluAsClip = true, HasIdleNodes = true, Head = "none" },
        ["doubles"] = new() { Type = torch.ScalarType.Float64, Encoding = OnnxEncoding.Packed },
    };

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string, int> Written
    {
        get
        {
            TheoryData<string, int> data = [];
            foreach (string style in Styles.Keys)
            {
                data.Add(style, 18);
            }

            data.Add("MXNet", 50);
            data.Add("tf2onnx", 50);
            return data;
        }
    }

    private string Path => _folder.File("model.onnx");

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void A_network_is_itself_again_however_it_was_written(string style, int depth)
    {
        using ResNet source = Trained(depth);
        OnnxResNetWriter.Write(source, Styles[style]).Save(Path);
        PretrainedWeights weights = PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet);
        using ResNet network = new(depth, Key.Fold(1));

        PretrainedReport report = weights.LoadInto(network);

        report.IsComplete.Should().BeTrue();
        report.Missing.Should().BeEmpty();
        report.Unexpected.Should().BeEquivalentTo(Styles[style].Head == "none" ? [] : (string[])["fc.weight", "fc.bias"]);
        weights.DetectBackbone()!.Name.Should().Be($"resnet{depth}");
        RelativeDifference(network, source).Should().BeLessThan(Precise);
    }

    [Theory]
    [InlineData(torch.ScalarType.Float16, nameof(OnnxEncoding.Raw))]
    [InlineData(torch.ScalarType.Float16, nameof(OnnxEncoding.Packed))]
    [InlineData(torch.ScalarType.BFloat16, nameof(OnnxEncoding.Packed))]
    [InlineData(torch.ScalarType.BFloat16, nameof(OnnxEncoding.External))]
    public void Half_precision_becomes_single(torch.ScalarType type, string written)
    {
        OnnxEncoding encoding = Enum.Parse<OnnxEncoding>(written);
        using ResNet source = Trained(18);
        OnnxResNetWriter.Write(source, new() { Type = type, Encoding = encoding }).Save(Path);
        using ResNet network = new(18, Key.Fold(1));

        PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet).LoadInto(network);

        foreach (string name in (string[])["conv1.weight", "layer3.1.bn2.running_var", "layer4.0.downsample.0.weight"])
        {
            torch.Tensor rounded = source.state_dict()[name].to(type).to(torch.ScalarType.Float32);
            Build.Difference(network.state_dict()[name], rounded).Should().BeLessThan(1e-6, name);
        }
    }

    [Fact]
    public void A_prefix_is_refused_since_the_graph_says_where_the_network_is()
    {
        using ResNet source = Trained(18), network = new(18, Key.Fold(1));
        OnnxResNetWriter.Write(source, new()).Save(Path);
        PretrainedWeights weights = PretrainedWeights.FromFile(Path, PretrainedInput.ImageNet, new() { Prefix = "backbone" });

        foreach (Action use in new Action[] { () => weights.LoadInto(network), () => weights.Compare(network) })
        {
            use.Should().Throw<ModelFileException>()
                .WithMessage("*found by its graph, and no names start with 'backbone'. Leave PretrainedOptions.Prefix out*");
        }
    }

    [Fact]
    public void Norms_keep_their_numbers_to_the_bit_and_folded_ones_become_identities()
    {
        using ResNet source = Trained(18);
        using ResNet network = new(18, Key.Fold(1));
        OnnxResNetWriter.Write(source, new()).Save(Path);
        PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet).LoadInto(network);
        foreach (string name in network.state_dict().Keys.Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
        {
            Build.Difference(network.state_dict()[name], source.state_dict()[name]).Should().Be(0, name);
        }

        OnnxResNetWriter.Write(source, new() { Norms = NormStyle.Folded }).Save(Path);
        PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet).LoadInto(network);

        Build.Values(network.state_dict()["layer2.0.bn1.weight"]).Should().AllBeEquivalentTo(1f);
        Build.Values(network.state_dict()["layer2.0.bn1.running_mean"]).Should().AllBeEquivalentTo(0f);
        Build.Values(network.state_dict()["layer2.0.bn1.running_var"]).Should().AllBeEquivalentTo(1 - 1e-5f);
    }

    public static TheoryData<bool, bool, bool> Conventions => new()
    {
        { false, false, false }, { false, true, false }, { true, false, false }, { true, true, true }, { false, true, true },
    };

    // The images in the weights' own convention through the weights' own network, and RGB through the loaded one.
    [Theory]
    [MemberData(nameof(Conventions))]
    public void Whatever_the_weights_were_trained_on_the_loaded_network_takes_normalised_rgb(bool isBgr, bool isDivided, bool inGraph)
    {
        using var noGradient = torch.no_grad();
        using ResNet source = Trained(18);
        (float Factor, float Summand)[] graph = [(0.5f, 2f), (0.25f, -3f), (2f, 1f)];
        OnnxResNetWriter.Write(source, new() { Images = inGraph ? graph : null, ChannelsLast = inGraph }).Save(Path);
        PretrainedInput input = new()
        {
            ChannelOrder = isBgr ? ChannelOrder.Bgr : ChannelOrder.Rgb,
            WhitePixel = 255,
            Mean = new(120, 110, 100),
            StandardDeviation = isDivided ? new(60, 50, 40) : null,
        };
        byte[] pixels = OnnxModels.Pixels(1, Size);
        float[] mean = isBgr ? [100, 110, 120] : [120, 110, 100];
        float[] deviation = !isDivided ? [1, 1, 1] : isBgr ? [40, 50, 60] : [60, 50, 40];
        float[] planes = [.. Enumerable.Range(0, 3).SelectMany(plane => Enumerable.Range(0, Size * Size).Select(i =>
        {
            float value = (pixels[(3 * i) + (isBgr ? 2 - plane : plane)] - mean[plane]) / deviation[plane];
            return inGraph ? (value * graph[plane].Factor) + graph[plane].Summand : value;
        }))];
        torch.Tensor expected = source.call(torch.tensor(planes, 1, 3, Size, Size));

        PretrainedWeights weights = PretrainedWeights.FromOnnx(Path, input);
        using ResNet network = new(18, Key.Fold(1));
        weights.LoadInto(network);
        network.eval();
        ImagePreprocessing preprocessing = weights.AdaptPreprocessing(new() { Width = Size, Height = Size });
        preprocessing.Validate();
        float[] rgb = new float[3 * Size * Size];
        preprocessing.Normalize(pixels, rgb);

        Relative(network.call(torch.tensor(rgb, 1, 3, Size, Size)), expected).Should().BeLessThan(Precise);
        preprocessing.ChannelOrder.Should().Be(ChannelOrder.Rgb);
        preprocessing.StandardDeviation.Equals(new ImagePreprocessing().StandardDeviation).Should().Be(!isDivided && !inGraph);
    }

    [Fact]
    public void The_same_holds_for_weights_of_other_formats()
    {
        using var noGradient = torch.no_grad();
        using ResNet source = Trained(18);
        string path = _folder.File("caffe.safetensors");
        SafetensorsWriter.Write(path, source.state_dict());
        using ResNet network = new(18, Key.Fold(1));
        PretrainedWeights weights = PretrainedWeights.FromFile(path, PretrainedInput.DnnImageFeaturizer);

        weights.LoadInto(network);

        torch.Tensor factor = torch.tensor(new[] { 0.229f, 0.224f, 0.225f }).view(1, 3, 1, 1).mul(torch.tensor(255f));
        torch.Tensor expected = source.state_dict()["conv1.weight"].flip(1) * factor;
        Build.Difference(network.state_dict()["conv1.weight"], expected).Should().BeLessThan(1e-6);
        weights.AdaptPreprocessing(new()).Mean.Red.Should().BeApproximately(123.15163f / 255, 1e-6f);
        weights.Describe().Should().StartWith("caffe.safetensors (Bgr, 0 to 255, less red 123.15");
        PretrainedWeights.FromFile(path, ChannelOrder.Bgr).Describe().Should().Be("caffe.safetensors (Bgr)");
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void A_model_that_this_library_exported_is_a_source_of_weights_too(ChannelOrder order)
    {
        using MultiTaskModel model = OnnxModels.Trained();
        ModelFile.Save(_folder.File("model.safetensors"), model, OnnxModels.Metadata(Size, order));
        OnnxExporter.Export(_folder.File("model.safetensors"), Path);
        if (order == ChannelOrder.Bgr)
        {
            using var noGradient = torch.no_grad();
            torch.Tensor first = model.Backbone.Module.state_dict()["conv1.weight"];
            first.copy_(first.flip(1));
        }

        PretrainedWeights weights = PretrainedWeights.FromOnnx(Path, new() { WhitePixel = 255 });
        using ResNet network = new(18, Key.Fold(1));

        weights.LoadInto(network).IsComplete.Should().BeTrue();

        RelativeDifference(network, (ResNet)model.Backbone).Should().BeLessThan(Precise);
        ImagePreprocessing preprocessing = weights.AdaptPreprocessing(new());
        preprocessing.Mean.Green.Should().BeApproximately(0.456f, 1e-5f);
        preprocessing.StandardDeviation.Blue.Should().BeApproximately(0.225f, 1e-5f);

        PretrainedWeights unsaid = PretrainedWeights.FromFile(Path, order);
        unsaid.DetectBackbone().Should().BeSameAs(BackboneFactory.ResNet18);
        foreach (Action act in (Action[])[() => unsaid.LoadInto(network), () => unsaid.AdaptPreprocessing(new())])
        {
            act.Should().Throw<ModelFileException>().WithMessage("*normalises the images by itself*Say it with a PretrainedInput*");
        }
    }

    [Fact]
    public void A_deeper_network_and_another_format_are_told()
    {
        using ResNet source = Trained(34);
        OnnxResNetWriter.Write(source, new()).Save(Path);
        using ResNet network = new(18, Key.Fold(1));

        ((Action)(() => PretrainedWeights.FromFile(Path, ChannelOrder.Rgb).LoadInto(network))).Should().Throw<ModelFileException>()
            .WithMessage("*it holds a ResNet-34, but a ResNet-18 is needed*");
        ((Action)(() => PretrainedWeights.FromPyTorch(Path, ChannelOrder.Rgb).LoadInto(network))).Should().Throw<ModelFileException>()
            .WithMessage("*it is an ONNX model. Use PretrainedWeights.FromFile*");
        SafetensorsWriter.Write(Path, source.state_dict());
        ((Action)(() => PretrainedWeights.FromOnnx(Path, PretrainedInput.ImageNet).LoadInto(network))).Should().Throw<ModelFileException>()
            .WithMessage("*it is a safetensors file. Use PretrainedWeights.FromFile*");
    }

    [Fact]
    public void Numbers_of_the_images_that_cannot_be_are_refused()
    {
        foreach (PretrainedInput input in (PretrainedInput[])[
            new() { WhitePixel = 0 }, new() { WhitePixel = float.NaN }, new() { Mean = new(float.NaN, 0, 0) },
            new() { StandardDeviation = new(1, 0, 1) }])
        {
            ((Action)(() => PretrainedWeights.FromOnnx(Path, input))).Should().Throw<ArgumentException>().WithMessage("*must be positive*");
        }
    }

    internal static ResNet Trained(int depth)
    {
        ResNet network = new(depth, Key);
        OnnxModels.Disturb(network, 5);
        network.eval();
        return network;
    }

    private static double RelativeDifference(ResNet network, ResNet source)
    {
        using var noGradient = torch.no_grad();
        network.eval();
        torch.Tensor images = Build.Images(1, Size, 9);
        return Relative(network.call(images), source.call(images));
    }

    private static double Relative(torch.Tensor actual, torch.Tensor expected) =>
        Build.Difference(actual, expected) / expected.abs().max().to(torch.ScalarType.Float64).item<double>();
}
