using SsMfar.Export;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;

namespace SsMfar.Tests.Onnx;

/// <summary>Files in float16 and int8 are read as those in float32 are.</summary>
public sealed class PrecisionTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    [Theory]
    [InlineData(OnnxPrecision.Float16, 0.01)]
    [InlineData(OnnxPrecision.Int8, 0.15)]
    public void A_predictor_reads_them_with_the_models_decisions(OnnxPrecision precision, double tolerance)
    {
        string tuned = model.PathOf("tuned.safetensors"), file = model.PathOf($"{precision}.onnx");
        ExpressionDecision decision = new([3, 1, 0.2f, 2, 1, 0.5f, 1, 4], 1.8);
        SsMfar.Models.ModelFile.ChangeMetadata(model.Model, tuned, metadata => metadata.WithExpressionDecision(decision));
        OnnxExportOptions options = new() { Precision = precision };
        if (precision == OnnxPrecision.Int8)
        {
            options.Calibration.Faces = [.. model.Faces.Select(face => FaceImage.FromFile(face))];
        }

        OnnxExporter.Export(tuned, file, options: options);
        using OnnxAffectPredictor whole = model.Load(new() { FlipAveraging = true });
        using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(file, new() { FlipAveraging = true });

        predictor.Metadata.ExpressionDecision().Should().Be(decision);
        predictor.Metadata.Should().BeEquivalentTo(whole.Metadata, check => check.Excluding(metadata => metadata.Decoders));
        IReadOnlyList<PredictionItem> together = predictor.PredictAll(model.Faces.Select(face => FaceImage.FromFile(face)));
        foreach (PredictionItem item in together)
        {
            AffectPrediction alone = predictor.Predict(model.Faces[item.Index]), expected = whole.Predict(model.Faces[item.Index]);
            ExportedModel.Difference(item.GetPrediction(), alone).Should().BeLessThan(1e-5);
            Math.Abs(alone.Valence!.Value - expected.Valence!.Value).Should().BeLessThan((float)tolerance);
            alone.ActionUnits!.Probabilities.Zip(expected.ActionUnits!.Probabilities, (a, b) => Math.Abs(a - b)).Average().Should()
                .BeLessThan((float)tolerance);
        }
    }
}
