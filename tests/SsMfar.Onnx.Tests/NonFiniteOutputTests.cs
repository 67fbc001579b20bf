using System.Collections.Immutable;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.Tasks;
using SsMfar.Tests.Inference;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Onnx;

/// <summary>Outputs that are no numbers are found where they leave the network, and never become a prediction.</summary>
public sealed class NonFiniteOutputTests : IDisposable
{
    private const byte Bad = 200;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(AffectTaskNames.Expression, 1, float.NaN)]
    [InlineData(AffectTaskNames.Expression, 0, float.PositiveInfinity)]
    [InlineData(AffectTaskNames.ValenceArousal, 1, float.NegativeInfinity)]
    [InlineData(AffectTaskNames.ActionUnits, 11, float.NaN)]
    [InlineData("age", 0, float.NaN)]
    public async Task The_image_fails_with_model_and_task_and_the_others_are_as_they_are(string task, int output, float value)
    {
        using PredictionEngine engine = new(new Broken(task, output, value));
        using PredictionEngine sound = new(new Broken(task, output, 0, bad: -1));
        FaceImage[] faces = [.. Enumerable.Range(0, 20).Select(i => FaceImage.FromPixels(FakeFaces.Image((byte)(i == 13
            ? Bad : i)), name: $"face {i}"))];

        NonFiniteOutputException thrown = engine.Invoking(e => e.Predict(faces[13])).Should().Throw<NonFiniteOutputException>()
            .WithMessage(FormattableString.Invariant(
                $"models/broken.safetensors: output {output} of the task '{task}' is {value}*another model.")).Which;
        (thrown.Model, thrown.Task, thrown.Output).Should().Be(("models/broken.safetensors", task, output));
        thrown.Value.Should().Be(value);
        Check(engine.PredictAll(faces));
        Check(await engine.PredictAsync(faces).ToListAsync());
        Check(await engine.PredictAsync(faces.ToAsyncEnumerable()).ToListAsync());

        void Check(IReadOnlyList<PredictionItem> items)
        {
            items.Select(item => item.Index).Should().Equal(Enumerable.Range(0, 20));
            items.Where(item => !item.Succeeded).Should().ContainSingle().Which.Index.Should().Be(13);
            items[13].Error.Should().BeOfType<NonFiniteOutputException>().Which.Task.Should().Be(task);
            items[13].Invoking(item => item.GetPrediction()).Should().Throw<NonFiniteOutputException>().WithMessage(thrown.Message);
            items[12].GetPrediction().Should().BeEquivalentTo(sound.Predict(faces[12]));
        }
    }

    [Fact]
    public void A_mirror_image_counts_as_its_image()
    {
        using PredictionEngine engine = new(new Broken(AffectTaskNames.Expression, 2, float.NaN), new() { FlipAveraging = true });
        FaceImage[] faces = [FaceImage.FromPixels(FakeFaces.Image(1, 1)), FaceImage.FromPixels(FakeFaces.Image(0, Bad),
            name: "mirrored"), FaceImage.FromPixels(FakeFaces.Image(2, 2))];

        engine.PredictAll(faces).Select(item => item.Succeeded).Should().Equal(true, false, true);
    }

    [Fact]
    public void An_average_fails_where_one_of_its_models_does_and_names_that_one()
    {
        using AveragingPredictor predictor = new(
            [new PredictionEngine(new Broken("expression", 0, float.NaN, bad: -1)), new PredictionEngine(new Broken("expression", 0,
                float.NaN))], (_, values) => values[0]);
        FaceImage face = FaceImage.FromPixels(FakeFaces.Image(Bad));

        predictor.Invoking(p => p.Predict(face)).Should().Throw<NonFiniteOutputException>().WithMessage("models/broken.safetensors: *");
        predictor.PredictAll([FakeFaces.Face(1), face]).Select(item => item.Error?.GetType())
            .Should().Equal(null, typeof(NonFiniteOutputException));
    }

    [Fact]
    public void A_network_that_gives_more_outputs_than_are_read_is_named()
    {
        using PredictionEngine engine = new(new Broken("expression", 0, 0, bad: -1) { Extra = true });

        engine.Invoking(e => e.Predict(FakeFaces.Face(1)))
            .Should().Throw<InvalidOperationException>().WithMessage("*gave 4 outputs for the task 'expression'*reads 3*");
    }

    [Theory]
    [InlineData("heads.expression.output.bias", "expression")]
    [InlineData("heads.action_units.hidden.weight", "action_units")]
    [InlineData("backbone.conv1.weight", "expression")]
    public void One_weight_that_is_no_number_is_told_on_torchsharp_and_onnx_runtime(string weight, string task)
    {
        string sound = _folder.File("sound.safetensors");
        PaperModel.Save(sound);
        string model = ChangedModel.Weights(sound, _folder.File("nan.safetensors"), weight, values => values[0] = float.NaN);
        string onnx = _folder.File("nan.onnx");
        OnnxExporter.Export(model, onnx);

        using AffectPredictor torchPredictor = AffectPredictor.Load(model);
        using OnnxAffectPredictor onnxPredictor = OnnxAffectPredictor.Load(onnx);
        torchPredictor.Invoking(p => p.Predict(PaperModel.Face(1)))
            .Should().Throw<NonFiniteOutputException>().WithMessage($"{model}: *task '{task}' is NaN*");
        onnxPredictor.Invoking(p => p.Predict(PaperModel.Face(1)))
            .Should().Throw<NonFiniteOutputException>().WithMessage($"{onnx}: *task '{task}' is NaN*");
        using torch.Tensor images = torch.zeros(2, 3, PaperModel.Size, PaperModel.Size);
        torchPredictor.Invoking(p => p.PredictTensor(images))
            .Should().Throw<NonFiniteOutputException>().WithMessage($"{model}: *task '{task}'*");
    }

    // The fake network with another value among the outputs of the images whose left half has the bad red value.
    private sealed class Broken(string task, int output, float value, int bad = Bad) : IAffectNetwork
    {
        private readonly FakeNetwork _network = new(
            (AffectTaskNames.Expression, new ExpressionDecoder(FakeNetwork.Classes)),
            (AffectTaskNames.ValenceArousal, new ValenceArousalDecoder()),
            (AffectTaskNames.ActionUnits, new ActionUnitDecoder()),
            ("age", new NumberDecoder()));

        public string Name => "models/broken.safetensors";

        public bool Extra { get; init; }

        public ModelMetadata Metadata => _network.Metadata;

        public ImmutableArray<string> Tasks => _network.Tasks;

        public int PreferredBatchSize => 8;

        public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
        {
            float[][] outputs = _network.Run(pixels, count);
            int place = Tasks.IndexOf(task);
            int width = outputs[place].Length / count;
            for (int i = 0; i < count; i++)
            {
                if (pixels.Span[i * pixels.Length / count] == bad)
                {
                    outputs[place][(i * width) + output] = value;
                }
            }

            if (Extra)
            {
                outputs[0] = [.. outputs[0].Chunk(3).SelectMany(row => row.Append(0f))];
            }

            return outputs;
        }

        public void Dispose() => _network.Dispose();
    }
}
