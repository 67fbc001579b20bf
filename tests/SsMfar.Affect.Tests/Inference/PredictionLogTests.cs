using Microsoft.Extensions.Logging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;

namespace SsMfar.Tests.Inference;

public sealed class PredictionLogTests
{
    [Fact]
    public async Task An_image_among_many_that_cannot_be_read_is_logged_for_debugging()
    {
        LogBook log = new();
        using PredictionEngine engine = new(new FakeNetwork(), new() { LoggerFactory = log });

        engine.PredictAll([FakeFaces.Face(1), FakeFaces.Broken("broken")]);
        await engine.PredictAsync([FakeFaces.Broken("broken"), FakeFaces.Face(1)]).ToListAsync();

        log.Entries.Should().HaveCount(2).And.AllSatisfy(entry =>
        {
            (entry.Category, entry.Level, entry.Id).Should().Be(("SsMfar.Inference.PredictionEngine", LogLevel.Debug, 202));
            entry.Text.Should().StartWith("No prediction for broken: The image 'broken' cannot be read");
        });
    }

    [Fact]
    public void Outputs_that_are_no_numbers_are_a_warning()
    {
        LogBook log = new();
        using PredictionEngine engine = new(new Broken(), new() { LoggerFactory = log });

        engine.PredictAll([FakeFaces.Face(1)]).Single().Error.Should().BeOfType<NonFiniteOutputException>();

        LogBook.Entry entry = log.Entries.Should().ContainSingle().Subject;
        (entry.Level, entry.Id).Should().Be((LogLevel.Warning, 203));
        entry.Text.Should().StartWith("No prediction for face 1: the model: output 0 of the task 'valence_arousal' is NaN");
    }

    private sealed class Broken : IAffectNetwork
    {
        private readonly FakeNetwork _sound = new((AffectTaskNames.ValenceArousal, new ValenceArousalDecoder()));

        public ModelMetadata Metadata => _sound.Metadata;

        public System.Collections.Immutable.ImmutableArray<string> Tasks => _sound.Tasks;

        public int PreferredBatchSize => 1;

        public float[][] Run(ReadOnlyMemory<byte> pixels, int count) => [Enumerable.Repeat(float.NaN, 2 * count).ToArray()];

        public void Dispose() => _sound.Dispose();
    }
}
