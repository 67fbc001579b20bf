using System.Text.Json;
using SsMfar.Data;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Postprocessing;
using SsMfar.Predictions;

namespace SsMfar.Tests.Predictions;

/// <summary>Predicted intensities: decoded, printed, as JSON, in tables, smoothed, averaged.</summary>
public sealed class IntensityPredictionTests
{
    private static readonly ActionUnitSet Units = ActionUnitSet.Parse("AU6", "AU12");

    [Fact]
    public void Ordinal_logits_are_read_as_their_expectation()
    {
        ITaskDecoder decoder = new ActionUnitIntensityDecoder(Units);
        float[] outputs = [20, 20, 0, -20, -20, -20, -20, -20, -20, -20];

        decoder.Activate(outputs);
        var read = (ActionUnitIntensityPrediction)decoder.Decode(outputs);

        read.Units.Should().Be(Units);
        read[ActionUnit.AU6].Should().BeApproximately(2.5f, 1e-6f);
        read[ActionUnit.AU12].Should().BeApproximately(0, 1e-6f);
        read.ToString().Should().Be("AU6:2.5");
        new ActionUnitIntensityPrediction([0.9f, 0], Units).ToString().Should().Be("no intensity");
        decoder.OutputCount.Should().Be(10);
        decoder.Description.ToString().Should().Be("ordinal-action-unit-intensity(units=AU6 AU12)");
        ((ActionUnitIntensityDecoder)TaskDecoders.BuiltIn.Create(decoder.Description)).Units.Should().Be(Units);
        Action few = () => decoder.Decode(new float[9]);
        Action disordered = () => ActionUnitIntensityDecoder.Create(
            new PartDescription(ActionUnitIntensityDecoder.Kind).With("units", "AU12 AU6"));
        few.Should().Throw<ArgumentException>().WithMessage("*5 probabilities for each of 2 units, got 9*");
        disordered.Should().Throw<ArgumentException>().WithMessage("*not in the order*");
    }

    [Fact]
    public void Values_are_kept_within_0_and_5()
    {
        new ActionUnitIntensityPrediction([-0.1f, 5.2f], Units).Values.Should().Equal(0, 5);
        Action one = () => _ = new ActionUnitIntensityPrediction([1], Units);
        Action broken = () => _ = new ActionUnitIntensityPrediction([1, float.NaN], Units);
        Action other = () => _ = new ActionUnitIntensityPrediction([1, 2], Units)[ActionUnit.AU4];
        one.Should().Throw<ArgumentException>();
        broken.Should().Throw<ArgumentException>();
        other.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Json_has_them_by_name_and_no_member_without_the_task()
    {
        AffectPrediction strong = new() { ActionUnitIntensities = new([2.25f, 0.1f], Units) };

        string json = JsonSerializer.Serialize(strong), plain = JsonSerializer.Serialize(new AffectPrediction());

        json.Should().Contain("\"actionUnitIntensities\":{\"AU6\":2.25,\"AU12\":0.1},\"custom\":{}");
        plain.Should().NotContain("ntensit");
        AffectPrediction again = JsonSerializer.Deserialize<AffectPrediction>(json)!;
        again.ActionUnitIntensities!.Values.Should().Equal(2.25f, 0.1f);
        again.ActionUnitIntensities.Units.Should().Be(Units);
        JsonSerializer.Deserialize<AffectPrediction>(plain)!.ActionUnitIntensities.Should().BeNull();
        JsonSerializer.Serialize(strong.ActionUnitIntensities).Should().Be("{\"actionUnitIntensities\":{\"AU6\":2.25,\"AU12\":0.1}}");
        strong.ToString().Should().Be("AU6:2.3");
        Action broken = () => JsonSerializer.Deserialize<AffectPrediction>("{\"actionUnitIntensities\":{\"AU6\":null}}");
        broken.Should().Throw<JsonException>().WithMessage("*no number for AU6*");
    }

    [Fact]
    public void Tables_keep_them_to_the_last_bit_and_smooth_and_fill_them()
    {
        PredictionTable table = new(
            Enumerable.Range(1, 5).Select(frame => ($"v/{frame:00000}.jpg", Strong(frame / 3f))), ExpressionClassSet.SyntheticData);
        StringWriter text = new();
        table.Write(text);

        PredictionTable again = PredictionTable.Read(new StringReader(text.ToString()));
        PredictionTable smooth = TemporalSmoothing.Smooth(table, new() { Sigma = 2 }).Predictions;

        text.ToString().Split('\n')[0].Should().EndWith(",AU26>0.5,AU6_intensity,AU12_intensity");
        again.IntensityUnits.Should().Be(Units);
        again[3].ActionUnitIntensities!.Values.Should().Equal(table[3].ActionUnitIntensities!.Values);
        again[3].ActionUnits.Should().BeNull();
        smooth[0].ActionUnitIntensities![ActionUnit.AU6].Should().BeInRange(0.34f, 1.6f);
        table.Fill(["v/00001.jpg", "v/00009.jpg"], out var filled)[1].ActionUnitIntensities!.Values.Should()
            .Equal(table[4].ActionUnitIntensities!.Values);
        filled.Should().Equal("v/00009.jpg");
        table.WithThresholds(table.ActionUnitThresholds).IntensityUnits.Should().Be(Units);
        Action submission = () => table.ToSubmission();
        Action mixed = () => _ = new PredictionTable(
            [("a.jpg", Strong(1)), ("b.jpg", new() { ValenceArousal = new(0, 0) })], ExpressionClassSet.SyntheticData);
        Action beyond = () => PredictionTable.Read(new StringReader(text.ToString().Replace(",1.6666666,", ",5.5,")));
        submission.Should().Throw<ArgumentException>();
        mixed.Should().Throw<ArgumentException>().WithMessage("*b.jpg has intensities of no unit, expected those of AU6, AU12*");
        beyond.Should().Throw<AnnotationFormatException>().WithMessage("*AU6_intensity is 5.5, outside [0, 5]*");
    }

    [Fact]
    public void Tables_without_them_are_written_as_before()
    {
        PredictionTable table = new([("a.jpg", new() { ValenceArousal = new(0.5f, 0) })], ExpressionClassSet.SyntheticData);
        StringWriter text = new();

        table.Write(text);

        text.ToString().Should().NotContain("ntensit");
        PredictionTable.Read(new StringReader(text.ToString())).IntensityUnits.Should().BeNull();
    }

    [Fact]
    public void A_model_says_which_units_it_reads_and_several_are_averaged()
    {
        ModelMetadata model = Model(Units);
        model.IntensityUnits().Should().Be(Units);
        model.Units().Should().BeNull();
        model.Validate();
        new ModelMetadata { Input = new() }.IntensityUnits().Should().BeNull();
        Action width = () => model.ValidateOutputs(AffectTaskNames.ActionUnitIntensity, 2);
        width.Should().Throw<ArgumentException>().WithMessage("*gives 2 outputs*reads 10*");

        using AveragingPredictor both = new([new Constant(model, Strong(1)), new Constant(model, Strong(2))]);
        both.Predict(new SsMfar.Imaging.RgbImage(2, 2, new byte[12])).ActionUnitIntensities!.Values.Should().Equal(1.5f, 0.75f);
        Action others = () => _ = new AveragingPredictor(
            [new Constant(model, Strong(1)), new Constant(Model(ActionUnitSet.Disfa), Strong(1))]);
        others.Should().Throw<ArgumentException>().WithMessage("The units of intensities of model 1 are AU6, AU12*");
    }

    private static ModelMetadata Model(ActionUnitSet units) => new()
    {
        Input = new(),
        Decoders = System.Collections.Immutable.ImmutableSortedDictionary<string, PartDescription>.Empty
            .Add(AffectTaskNames.ActionUnitIntensity, new ActionUnitIntensityDecoder(units).Description),
    };

    private static AffectPrediction Strong(float value) => new() { ActionUnitIntensities = new([value, value / 2], Units) };

    private sealed class Constant(ModelMetadata metadata, AffectPrediction prediction) : IAffectPredictor
    {
        public ModelMetadata Metadata => metadata;

        public AffectPrediction Predict(FaceImage face) => prediction;

        public IReadOnlyList<PredictionItem> PredictAll(
            IEnumerable<FaceImage> faces, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<PredictionItem> PredictAsync(
            IEnumerable<FaceImage> faces, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<PredictionItem> PredictAsync(
            IAsyncEnumerable<FaceImage> faces, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
