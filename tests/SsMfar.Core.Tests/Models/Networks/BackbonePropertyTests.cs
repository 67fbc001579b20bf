using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Export;
using SsMfar.Tests.Training;
using SsMfar.Training;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Models;

/// <summary>What every built-in backbone holds to.</summary>
public sealed class BackbonePropertyTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    public static TheoryData<string> Backbones => [.. BackboneFactory.All.Select(backbone => backbone.Name)];

    /// <summary>One of each family, small.</summary>
    public static TheoryData<string> Families => ["resnet18", "efficientnet_b0", "tf_efficientnet_b0", "mobilefacenet", "iresnet18"];

    [Theory]
    [MemberData(nameof(Backbones))]
    public void It_is_made_by_its_name_and_again_from_its_description(string name)
    {
        IBackbone network = BackboneFactory.Parse(name.ToUpperInvariant()).Create(Key);
        IBackbone again = ModelParts.BuiltIn.CreateBackbone(network.Description, Key);
        using IDisposable first = network.Module, second = again.Module;

        network.Description.Kind.Should().Be(name);
        network.Description.Settings.Should().BeEmpty();
        again.Should().BeOfType(network.GetType());
        ModelParts.BuiltIn.BackboneType(name).Should().Be(network.GetType());
        (again.FeatureWidth, again.Description.Kind).Should().Be((network.FeatureWidth, name));
        Different(again.Module, network.Module).Should().BeEmpty("the key is the same");
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Weights_start_as_in_the_origin(string name)
    {
        IBackbone network = BackboneFactory.Parse(name).Create(Key);
        using IDisposable module = network.Module;
        HashSet<string> norms = [.. network.Module.state_dict().Keys
            .Where(tensor => tensor.EndsWith(".running_var", StringComparison.Ordinal)).Select(tensor => tensor[..^".running_var".Length])];
        foreach (var (tensor, parameter) in network.Module.named_parameters())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            if (parameter.dim() == 4)
            {
                double expected = name.StartsWith("iresnet", StringComparison.Ordinal)
                    ? 0.1 : Math.Sqrt(2.0 / (parameter.shape[0] * parameter.shape[2] * parameter.shape[3]));
                double tolerance = 5 / Math.Sqrt(parameter.numel());
                parameter.std().item<float>().Should().BeApproximately((float)expected, (float)(expected * tolerance), tensor);
                parameter.mean().item<float>().Should().BeApproximately(0, (float)(expected * tolerance), tensor);
                continue;
            }

            bool isNorm = norms.Contains(tensor[..tensor.LastIndexOf('.')]);
            float value = tensor.EndsWith("bias", StringComparison.Ordinal) ? 0 : isNorm ? 1 : 0.25f;
            Build.Values(parameter).Should().OnlyContain(x => x == value, tensor);
        }
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Trained_twice_on_the_same_images_it_answers_alike(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor images = Build.Images(2, 40);
        IBackbone network = BackboneFactory.Parse(name).Create(Key);
        using IDisposable module = network.Module;
        network.Module.train();

        float[] first = Build.Values(network.Module.call(images)), second = Build.Values(network.Module.call(images));

        second.Should().Equal(first, "batch statistics and weights alone decide");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Channels_last_changes_strides_but_no_output_and_no_gradient(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IBackbone plain = Filled(name), last = Filled(name);
        using IDisposable first = plain.Module, second = last.Module;
        plain.Module.to(torch.ScalarType.Float64);
        last.Module.to(torch.ScalarType.Float64);
        ChannelsLast.Apply(last.Module);
        torch.Tensor images = Build.Images(3, 48).to(torch.ScalarType.Float64);

        torch.Tensor expected = plain.Module.call(images), actual = last.Module.call(ChannelsLast.Convert(images));
        torch.Tensor weights = Formulas.Draw(expected.numel(), 1).reshape(expected.shape);
        (expected * weights).sum().backward();
        (actual * weights).sum().backward();

        ChannelsLast.Holds(actual).Should().BeTrue();
        Build.Difference(actual, expected).Should().BeLessThan(1e-9 * expected.abs().max().item<double>());

        // Of a shift that the next normalisation takes away there is no gradient but rounding.
        double floor = 1e-6 * plain.Module.parameters().Max(parameter => parameter.grad!.abs().max().item<double>());
        foreach ((string tensor, Parameter parameter) in plain.Module.named_parameters())
        {
            Build.Difference(last.Module.get_parameter(tensor)!.grad!, parameter.grad!).Should()
                .BeLessThan(1e-6 * (floor + parameter.grad!.abs().max().item<double>()), tensor);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Bfloat16_computes_near_float32_and_leaves_float32_parameters_and_gradients(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IBackbone network = BackboneFactory.Parse(name).Create(Key);
        using IDisposable module = network.Module;
        network.Module.train();
        torch.Tensor images = Build.Images(8, 64), expected = network.Module.call(images);

        ((IComputePrecision)network).Precision = ComputePrecision.BFloat16;
        torch.Tensor actual = network.Module.call(images);
        actual.to(torch.ScalarType.Float32).pow(Scalars.Of(2)).mean().backward();

        ((IComputePrecision)network).Precision.Should().Be(ComputePrecision.BFloat16);
        actual.dtype.Should().Be(torch.ScalarType.BFloat16);
        double error = (actual.to(torch.ScalarType.Float32) - expected).norm().item<float>() / expected.norm().item<float>();
        error.Should().BeInRange(1e-6, 0.15);
        network.Module.parameters().Should()
            .OnlyContain(p => p.dtype == torch.ScalarType.Float32 && p.grad!.dtype == torch.ScalarType.Float32);
        network.Module.parameters().All(p => p.grad!.isfinite().all().item<bool>()).Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void A_model_file_gives_the_same_model_back(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var folder = new TemporaryFolder();
        using MultiTaskModel model = Build.Of(name);
        Build.Norms(model, seed: 7);
        torch.Tensor images = Build.Images(2, 48);
        ModelFile.Save(folder.File("model.safetensors"), model, OnnxModels.Metadata(48));

        using LoadedModel loaded = ModelFile.Load(folder.File("model.safetensors"));

        loaded.Model.Backbone.Should().BeOfType(model.Backbone.GetType());
        Build.Difference(loaded.Model.call(images)["expression"], model.call(images)["expression"]).Should().Be(0);
    }

    [Theory]
    [InlineData("efficientnet_b0", TrainingPrecision.Full)]
    [InlineData("efficientnet_b0", TrainingPrecision.BFloat16)]
    [InlineData("tf_efficientnet_b0", TrainingPrecision.Full)]
    [InlineData("mobilefacenet", TrainingPrecision.Full)]
    [InlineData("mobilefacenet", TrainingPrecision.BFloat16)]
    [InlineData("iresnet18", TrainingPrecision.Full)]
    [InlineData("iresnet18", TrainingPrecision.BFloat16)]
    public async Task It_trains_to_the_same_end_twice_and_says_its_normalisation(string name, TrainingPrecision precision)
    {
        BackboneFactory backbone = BackboneFactory.Parse(name);
        using TrainingResult first = await Fit(backbone, precision), second = await Fit(backbone, precision);

        Tiny.ShouldEqual(second, first);
        first.History[0].Losses["total"].Should().BePositive();
        first.Model.Backbone.Description.Kind.Should().Be(name);
        ((IComputePrecision)first.Model.Backbone).Precision.Should().Be(ComputePrecision.Full, "what is given back is float32");
        float expected = name is "mobilefacenet" or "iresnet18" ? 0.5f : 0.485f;
        using var folder = new TemporaryFolder();
        first.SaveModel(folder.File("model.safetensors"));
        ModelFile.ReadDescription(folder.File("model.safetensors")).Metadata.Input.Mean.Red.Should().Be(expected);
    }

    private static Task<TrainingResult> Fit(BackboneFactory backbone, TrainingPrecision precision) => MultiTaskTrainer.CreateBuilder()
        .UseBackbone(backbone)
        .UseDevice(ComputeDevice.Cpu)
        .Configure(Tiny.Small)
        .Configure(options =>
        {
            options.Precision = precision;
            options.Epochs = 1;
        })
        .Build()
        .FitAsync(TinyFaces.Dataset(16), TinyFaces.Dataset(8, seed: 2));

    // Statistics and slopes as after training.
    private static IBackbone Filled(string name)
    {
        IBackbone network = BackboneFactory.Parse(name).Create(Key);
        OnnxModels.Disturb(network.Module, seed: 5);
        network.Module.train();
        return network;
    }

    private static IEnumerable<string> Different(torch.nn.Module actual, torch.nn.Module expected)
    {
        Dictionary<string, torch.Tensor> state = actual.state_dict(), other = expected.state_dict();
        state.Keys.Should().BeEquivalentTo(other.Keys);
        return [.. state.Keys.Where(name => Build.Difference(state[name], other[name]) != 0)];
    }
}
