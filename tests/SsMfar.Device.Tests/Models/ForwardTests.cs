using System.Text.Json;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Losses;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>The network forward and backward on every device, against the reference and against float64 on the CPU.</summary>
public sealed class ForwardTests
{
    private const int Rows = 6;
    private const int Size = 48;

    public static TheoryData<string, string, bool> Networks => PresentDevices.With(
        ["resnet18", "resnet50", "efficientnet_b0", "tf_efficientnet_b0", "mobilefacenet", "iresnet18"], [true, false]);

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void The_forward_pass_equals_the_reference_to_1e_6_in_float64(string device) => Compare(device, torch.ScalarType.Float64, 1e-6);

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void The_forward_pass_equals_the_reference_to_1e_4_in_float32(string device) => Compare(device, torch.ScalarType.Float32, 1e-4);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Outputs_statistics_and_gradients_are_those_of_float64_on_the_CPU(string device, string backbone, bool training)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using MultiTaskModel exact = WithoutDropout(backbone), model = WithoutDropout(backbone);
        exact.to(torch.ScalarType.Float64);
        model.to(torch.device(device));
        Dictionary<string, double[]> expected = Train(exact, training), actual = Train(model, training);

        actual.Keys.Should().BeEquivalentTo(expected.Keys);
        Dictionary<string, double> largest = expected.GroupBy(entry => Kind(entry.Key))
            .ToDictionary(kind => kind.Key, kind => kind.Max(entry => Norm(entry.Value)));
        foreach ((string name, double[] values) in expected)
        {
            // Batch statistics over few values, one after another, make much of float32's rounding: 3% of the deeper network's first
            // gradient. Where the next normalisation takes a shift away, its gradient and its mean are nothing but rounding: they are
            // compared with the largest of their kind.
            Distance(actual[name], values, 1e-3 * largest[Kind(name)]).Should()
                .BeLessThan((backbone, training) switch { ("resnet18", _) => 1e-3, (_, true) => 0.1, _ => 0.01 }, name);
        }

        foreach (torch.Tensor state in model.state_dict().Values)
        {
            state.device_type.Should().Be(torch.device(device).type);
        }
    }

    [Theory]
    [MemberData(nameof(PresentDevices.All), MemberType = typeof(PresentDevices))]
    public void Dropout_draws_from_its_key_alike_on_every_device(string device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        bool[] expected = Dropped("cpu", key: 3);
        expected.Should().Contain(true).And.Contain(false);
        Dropped(device, key: 3).Should().Equal(expected);
        Dropped(device, key: 4).Should().NotEqual(expected);
    }

    private static MultiTaskModel WithoutDropout(string name)
    {
        RandomKey key = RandomKey.FromSeed(1);
        IBackbone backbone = BackboneFactory.Parse(name).Create(key.Fold(0));
        return new(backbone, new FeatureProcessing(0, l2Normalize: true), new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.Expression] = new MlpHead(backbone.FeatureWidth, 16, 8, key.Fold(1)),
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(backbone.FeatureWidth, 16, 12, key.Fold(2)),
        });
    }

    // The outputs, the running statistics and the gradients of a pass whose loss reaches every output.
    private static Dictionary<string, double[]> Train(MultiTaskModel model, bool training)
    {
        torch.Tensor parameter = model.parameters().First();
        torch.Tensor images = Build.Images(Rows, Size).to(parameter.dtype).to(parameter.device);
        ChannelsLast.Apply(model);
        model.train(training);
        TaskOutputs outputs = model.call(ChannelsLast.Convert(images));
        var seen = new Dictionary<string, double[]>();
        torch.Tensor? loss = null;
        foreach (string task in model.TaskNames)
        {
            seen[$"outputs of {task}"] = outputs[task].Host();
            torch.Tensor part = outputs[task].pow(Scalars.Of(2)).mean().Plus(outputs[task].sum());
            loss = loss is null ? part : loss.Plus(part);
        }

        loss!.backward();
        foreach ((string name, TorchSharp.Modules.Parameter weights) in model.named_parameters())
        {
            seen[$"gradient of {name}"] = weights.grad!.Host();
        }

        foreach ((string name, torch.Tensor statistic) in model.state_dict()
            .Where(entry => entry.Key.Contains(".running_", StringComparison.Ordinal)))
        {
            seen[name] = statistic.Host();
        }

        return seen;
    }

    private static bool[] Dropped(string device, long key)
    {
        const int Width = 64;
        using var model = new MultiTaskModel(
            new Still(Width),
            new FeatureProcessing(0.5, false),
            new Dictionary<string, ITaskHead> { ["x"] = new LinearHead(Width, Width, RandomKey.FromSeed(1)) });
        using (torch.no_grad())
        {
            Dictionary<string, TorchSharp.Modules.Parameter> head = model.Head("x").Module.named_parameters()
                .ToDictionary(named => named.name, named => named.parameter);
            head["output.weight"].copy_(torch.eye(Width));
            head["output.bias"].zero_();
        }

        model.to(torch.device(device));
        model.train();
        model.DropoutKey = RandomKey.FromSeed(key);
        return [.. model.call(torch.ones(4, Width, 1, 1, device: torch.device(device)))["x"].Host().Select(value => value == 0)];
    }

    private static double Distance(double[] actual, double[] expected, double floor) =>
        Norm([.. actual.Zip(expected, (a, b) => a - b)]) / Math.Max(1e-6 + floor, Norm(expected));

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    // Outputs, gradients, or one of the running statistics.
    private static string Kind(string name) =>
        name.Contains(".running_", StringComparison.Ordinal) ? name[name.LastIndexOf('.')..] : name.Split(' ')[0];

    private static void Compare(string device, torch.ScalarType type, double tolerance)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "forward.json")));
        JsonElement root = golden.RootElement;
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using MultiTaskModel model = Build.Paper();
        model.to(torch.ScalarType.Float64);
        ReferenceNetwork.Fill(model, root);
        model.to(torch.device(device), type);
        ChannelsLast.Apply(model);
        int count = root.GetProperty("image_shape")[0].GetInt32();
        int size = root.GetProperty("image_shape")[2].GetInt32();
        torch.Tensor images =
            ReferenceNetwork.Images(count, size, root.GetProperty("image_offset").GetDouble()).to(type).to(torch.device(device));
        using TaskOutputs outputs = model.call(images);
        foreach (string task in new[] { AffectTaskNames.Expression, AffectTaskNames.ActionUnits, AffectTaskNames.ValenceArousal })
        {
            outputs[task].dtype.Should().Be(type);
            outputs[task].device_type.Should().Be(torch.device(device).type);
            double[] expected = LossTestData.Doubles(root.GetProperty(task));
            outputs[task].Host().ShouldBeClose(expected, tolerance, task);
        }
    }

    /// <summary>Features that are the images themselves.</summary>
    private sealed class Still(int width) : torch.nn.Module<torch.Tensor, torch.Tensor>(nameof(Still)), IBackbone
    {
        public int FeatureWidth => width;

        public PartDescription Description => new("still");

        public override torch.Tensor forward(torch.Tensor input) => input.alias();
    }
}
