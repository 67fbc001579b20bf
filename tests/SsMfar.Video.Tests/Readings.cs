using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Predictions;
using SsMfar.Video;

namespace SsMfar.Tests.Video;

/// <summary>Readings and frames for tests, and a model that reads numbers out of pixels.</summary>
internal static class Readings
{
    public static ModelMetadata Metadata { get; } = new()
    {
        Input = new(),
        ExpressionClasses = [.. ExpressionClassSet.AffWild2.Names],
        ActionUnits = ActionUnits.Names,
        Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty
            .Add(AffectTaskNames.Expression, new ExpressionDecoder(ExpressionClassSet.AffWild2).Description)
            .Add(AffectTaskNames.ActionUnits, new ActionUnitDecoder().Description)
            .Add(AffectTaskNames.ValenceArousal, new ValenceArousalDecoder().Description),
    };

    /// <summary>A reading that follows from three numbers.</summary>
    public static AffectPrediction Of(double valence, double arousal, double happiness, double unit = 0.25)
    {
        float[] classes = [.. Enumerable.Repeat((float)((1 - happiness) / 7), 8)];
        classes[4] = (float)happiness;
        return new()
        {
            ValenceArousal = new((float)valence, (float)arousal),
            Expression = new(ExpressionClassSet.AffWild2, [.. classes]),
            ActionUnits = new([.. Enumerable.Range(0, 12).Select(i => i == 6 ? (float)unit : 0.25f)]),
        };
    }

    public static TrackedFace Face(int track, AffectPrediction? prediction, float x = 10) =>
        new(track, new FaceRectangle(x, 20.5f, 30, 40), 0.875f, prediction);

    /// <summary>Frames of one track at a rate, whose valence is a function of the time.</summary>
    public static IEnumerable<FrameResult> Track(int count, double rate, Func<double, double> valence) =>
        Enumerable.Range(0, count).Select(i => new FrameResult(i, i / rate, [Face(0, Of(valence(i / rate), 0, 0.5))]));
}

/// <summary>Reads in a crop's middle pixel: red is valence, green arousal, blue happiness, each 0 to 255 as 0 to 1.</summary>
internal sealed class ColorPredictor : IAffectPredictor
{
    public ModelMetadata Metadata => Readings.Metadata;

    public AffectPrediction Predict(FaceImage face)
    {
        RgbImage pixels = face.Decode();
        FaceBox box = face.Face ?? new(0, 0, pixels.Width, pixels.Height);
        (byte red, byte green, byte blue) = pixels.At(
            Math.Clamp(box.X + (box.Width / 2), 0, pixels.Width - 1), Math.Clamp(box.Y + (box.Height / 2), 0, pixels.Height - 1));
        return Readings.Of(red / 255.0, green / 255.0, blue / 255.0, red / 255.0);
    }

    public void Dispose()
    {
    }
}
