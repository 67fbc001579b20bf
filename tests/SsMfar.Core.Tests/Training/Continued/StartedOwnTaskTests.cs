using SsMfar.Data;
using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Models;
using SsMfar.Tasks;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Continued;

/// <summary>The head of a task of the user's is taken where its outputs mean the same in the model and in the run.</summary>
public sealed class StartedOwnTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Classes_are_the_same_in_the_same_order()
    {
        ExpressionDecoder before = new(new ExpressionClassSet("a", "b", "c"));

        (await ReasonAsync(before, before)).Should().BeNull();
        (await ReasonAsync(before, new ExpressionDecoder(new ExpressionClassSet("c", "a", "b")))).Should()
            .Be("its classes are a, b, c in the model, c, a, b in the run");
    }

    [Fact]
    public async Task Settings_of_a_decoder_are_the_same()
    {
        (await ReasonAsync(new ScaleDecoder(1), new ScaleDecoder(1))).Should().BeNull();
        (await ReasonAsync(new ScaleDecoder(1), new ScaleDecoder(100))).Should()
            .Match("its outputs are scale(*1) in the model, scale(*100) in the run");
    }

    private async Task<string?> ReasonAsync<TDecoder>(TDecoder before, TDecoder after)
        where TDecoder : class, ITaskDecoder<TDecoder>
    {
        AnnotationSet faces = TinyFaces.Annotations(32);
        AffectDataset data = new(
            new(faces.Select((row, i) => row with { Extra = new float[] { i % 3 } }), faces.ExpressionClasses, ["own"]),
            new TinyFaces.Images());
        string file = _folder.File("model.safetensors");
        using (TrainingResult first = await Builder(before).Build().FitAsync(data))
        {
            first.SaveModel(file);
        }

        using TrainingResult result = await Builder(after).UseStartModel(file).Build().FitAsync(data);
        return result.Start!.Parts.Single(part => part.Name == "head of own").Reason;
    }

    private static MultiTaskTrainerBuilder Builder<TDecoder>(TDecoder decoder)
        where TDecoder : class, ITaskDecoder<TDecoder> => Tiny.Builder(options => options.Epochs = 1).AddTask(AffectTask.Create(
        "own",
        new ColumnLabels("own"),
        context => context.CreateHead<LinearHead>(3),
        _ => new CategoricalTaskLoss(new()),
        _ => new RegressionMetric(["own"], RegressionScore.NegativeMeanAbsoluteError),
        decoder));

    private sealed class ScaleDecoder(int scale) : ITaskDecoder<ScaleDecoder>
    {
        public static string Kind => "scale";

        public PartDescription Description => new PartDescription(Kind).With("scale", scale);

        public static ScaleDecoder Create(PartDescription description) => new(description.Number("scale"));

        public object Decode(ReadOnlySpan<float> values) => values[0] * scale;
    }
}
