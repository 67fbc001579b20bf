using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Tests.Inference;

/// <summary>Model files of the paper's ResNet with drawn weights, and faces for them.</summary>
internal static class PaperModel
{
    public const int Size = 48;

    /// <summary>Writes a model file.</summary>
    public static void Save(string path, ChannelOrder order = ChannelOrder.Rgb, int depth = 18)
    {
        using MultiTaskModel model = Build.Paper(depth: depth);
        Build.Norms(model, seed: 11);
        Sharpen(model);
        ModelFile.Save(path, model, Metadata(order));
    }

    // A drawn head hardly tells faces apart, and would agree with anything.
    private static void Sharpen(MultiTaskModel model)
    {
        using var noGradient = torch.no_grad();
        foreach (Parameter parameter in model.TaskNames.SelectMany(task => model.Head(task).Module.parameters()))
        {
            parameter.mul_(Scalars.Of(4));
        }
    }

    public static ModelMetadata Metadata(ChannelOrder order = ChannelOrder.Rgb) => new()
    {
        Input = new() { Width = Size, Height = Size, ChannelOrder = order },
        ExpressionClasses = [.. ExpressionClassSet.AffWild2.Names],
        ActionUnits = ActionUnits.Names,
        Decoders = new Dictionary<string, ITaskDecoder>
        {
            [AffectTaskNames.Expression] = new ExpressionDecoder(ExpressionClassSet.AffWild2),
            [AffectTaskNames.ActionUnits] = new ActionUnitDecoder(),
            [AffectTaskNames.ValenceArousal] = new ValenceArousalDecoder(),
        }.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Description, StringComparer.Ordinal),
    };

    /// <summary>A picture of coloured waves, different for each number.</summary>
    public static RgbImage Picture(int number, int width = Size, int height = Size)
    {
        RandomSource random = RandomKey.FromSeed(number).ToSource();
        double[] waves = [.. Enumerable.Range(0, 9).Select(_ => (double)random.NextSingle(-0.4f, 0.4f))];
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int x, int y, int c) = (i / 3 % width, i / 3 / width, i % 3);
            pixels[i] = (byte)(127 + (120 * Math.Sin((waves[3 * c] * x) + (waves[(3 * c) + 1] * y) + (6 * waves[(3 * c) + 2]))));
        }

        return new(width, height, pixels);
    }

    public static FaceImage Face(int number) =>
        FaceImage.FromPixels(Picture(number), name: FormattableString.Invariant($"picture {number}"));

    /// <summary>The largest difference of any number of two predictions.</summary>
    public static double Difference(AffectPrediction first, AffectPrediction second) => new[]
    {
        first.Expression!.Probabilities.Zip(second.Expression!.Probabilities, (a, b) => Math.Abs(a - (double)b)).Max(),
        first.ActionUnits!.Probabilities.Zip(second.ActionUnits!.Probabilities, (a, b) => Math.Abs(a - (double)b)).Max(),
        Math.Abs(first.Valence!.Value - (double)second.Valence!.Value),
        Math.Abs(first.Arousal!.Value - (double)second.Arousal!.Value),
    }.Max();
}
