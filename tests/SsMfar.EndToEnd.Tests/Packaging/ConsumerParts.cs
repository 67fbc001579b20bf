namespace SsMfar.Tests.Packaging;

/// <summary>What someone who installs the packages writes to extend them, each part as short as it is promised to be.</summary>
internal static class ConsumerParts
{
    private const string Loss = """
        static class AbsoluteError
        {
            public static ITaskLoss Create() => TaskLoss.From((weak, values, mask, counts) =>
            {
                torch.Tensor errors = (weak - values).abs() * mask;
                return errors.sum() / Math.Max(1, counts.ValidEntries);
            });
        }
        """;

    private const string Head = """
        sealed class TanhHead : torch.nn.Module<torch.Tensor, torch.Tensor>, ITaskHead<TanhHead>
        {
            private readonly Linear output;

            private TanhHead(PartDescription description, RandomKey key) : base(Kind)
            {
                Description = description;
                using var initializer = new WeightInitializer(key);
                output = initializer.Linear(description.Number("inputs"), description.Number("outputs"));
                RegisterComponents();
            }

            public static string Kind => "tanh";
            public PartDescription Description { get; }
            public static TanhHead Create(PartDescription description, RandomKey key) => new(description, key);
            public override torch.Tensor forward(torch.Tensor input) => torch.tanh(output.call(input));
        }
        """;

    private const string Backbone = """
        sealed class SmallNetwork : IBackbone<SmallNetwork>
        {
            public static string Kind => "small";
            public torch.nn.Module<torch.Tensor, torch.Tensor> Module { get; } = torch.nn.Sequential(
                ("conv1", torch.nn.Conv2d(3, 8, 3, stride: 2, padding: 1)),
                ("norm1", torch.nn.BatchNorm2d(8)),
                ("relu1", torch.nn.ReLU()),
                ("conv2", torch.nn.Conv2d(8, 16, 3, stride: 2, padding: 1)),
                ("norm2", torch.nn.BatchNorm2d(16)),
                ("relu2", torch.nn.ReLU()));
            public int FeatureWidth => 16;

            public static SmallNetwork Create(PartDescription description, RandomKey key)
            {
                torch.manual_seed((long)(key.Value >> 1));
                return new();
            }
        }
        """;

    // Labels from a column, a head, a loss, a metric and a decoder of its own.
    private const string Task = """
        static class Age
        {
            public static AffectTask Create() => AffectTask.Create(
                "age",
                new ColumnLabels("age"),
                context => context.CreateHead<MlpHead>(outputs: 1, ("hidden", 8)),
                _ => new ValenceArousalLoss(),
                _ => new RegressionMetric(["age"], RegressionScore.NegativeMeanAbsoluteError),
                new YearsDecoder());
        }

        sealed class YearsDecoder : ITaskDecoder<YearsDecoder>
        {
            public static string Kind => "years";
            public static YearsDecoder Create(PartDescription description) => new();
            public object Decode(ReadOnlySpan<float> values) => TimeSpan.FromDays(365.25 * values[0]);
        }
        """;

    private const string Judge = """
                using var predictor = AffectPredictor.Load(model, new() { Parts = parts });
                AffectEvaluation judged = await predictor.EvaluateAsync(AffectDataset.Load(labels, images));
                Console.WriteLine($"judged {Math.Abs((judged.Scores.PMtl - measured) ?? 1) < 1e-3} {judged.Confusion.Total}");
        """;

    private const string Run = """
        static class Extensions
        {
            public static async Task RunAsync(string folder, string images)
            {
                string labels = Path.Combine(folder, "train.txt"), model = Path.Combine(folder, "extended.safetensors");
                var data = AffectDataset.Load(labels, images);
                using TrainingResult result = await MultiTaskTrainer.CreateBuilder()
                    .UseBackbone(BackboneFactory.Of<SmallNetwork>())
                    .UseHead(AffectTaskNames.ValenceArousal, context => context.CreateHead<TanhHead>(outputs: 2))
                    .UseLoss(AffectTaskNames.ValenceArousal, _ => AbsoluteError.Create())
                    .AddTask(Age.Create())
                    .UseDevice(ComputeDevice.Cpu)
                    .Configure(o => { o.Epochs = 1; o.BatchSize = 8; o.ImageSize = 32; })
                    .Build().FitAsync(data, data);
                result.SaveModel(model);
                double? measured = result.Evaluation.Affect.PMtl;
                ModelParts parts = ModelParts.BuiltIn.WithBackbone<SmallNetwork>().WithHead<TanhHead>().WithDecoder<YearsDecoder>();
        """;

    private const string Usings = """
        using SsMfar.Data;
        using SsMfar.Inference;
        using SsMfar.Losses;
        using SsMfar.Metadata;
        using SsMfar.Metrics;
        using SsMfar.Models;
        using SsMfar.Predictions;
        using SsMfar.Randomness;
        using SsMfar.Runtime;
        using SsMfar.Tasks;
        using SsMfar.Training;
        using TorchSharp;
        using TorchSharp.Modules;
        """;

    /// <summary>The file with all of them, and a run that trains with them, saves, and judges what it loads.</summary>
    public static string Program { get; } = string.Join(
        Environment.NewLine,
        Usings,
        Run,
        Judge,
        "        Console.WriteLine($\"custom {predictor.Predict(Path.Combine(images, \"00/00001.png\")).Custom[\"age\"] is TimeSpan}\");",
        "    }",
        "}",
        Loss,
        Head,
        Backbone,
        Task);

    /// <summary>Each part's name, its text, and how many lines that are not empty it may have.</summary>
    public static IEnumerable<(string Name, string Text, int Most)> Parts { get; } =
        [("loss", Loss, 12), ("head", Head, 20), ("backbone", Backbone, 25), ("task", Task, 30), ("judge", Judge, 4)];
}
