using System.Collections.Concurrent;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Inference;

/// <content>What the tests are made of.</content>
public sealed partial class PaperPredictorTests
{
    // The model as it was saved, on input that is normalised number by number.
    private static AffectPrediction Reference(LoadedModel loaded, RgbImage picture)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        float[] input = new float[picture.Pixels.Length];
        loaded.Metadata.Input.Normalize(picture.Pixels, input);
        TaskOutputs outputs = loaded.Model.call(torch.tensor(input, [1, 3, picture.Height, picture.Width]));
        return new()
        {
            Expression = (ExpressionPrediction)Decode(new ExpressionDecoder(ExpressionClassSet.AffWild2), AffectTaskNames.Expression),
            ActionUnits = (ActionUnitPrediction)Decode(new ActionUnitDecoder(), AffectTaskNames.ActionUnits),
            ValenceArousal = (ValenceArousal)Decode(new ValenceArousalDecoder(), AffectTaskNames.ValenceArousal),
        };

        object Decode(ITaskDecoder decoder, string task)
        {
            float[] values = Build.Values(outputs[task]);
            decoder.Activate(values);
            return decoder.Decode(values);
        }
    }

    private static torch.Tensor Tensor(RgbImage picture)
    {
        using torch.Tensor rows = torch.tensor(picture.Pixels.ToArray(), [picture.Height, picture.Width, 3]);
        return rows.permute(2, 0, 1);
    }

    private static RgbImage Mirrored(RgbImage picture)
    {
        byte[] pixels = picture.Pixels.ToArray();
        for (int i = 0; i < pixels.Length; i += 3)
        {
            (int x, int y) = (i / 3 % picture.Width, i / 3 / picture.Width);
            picture.Pixels.Slice(3 * ((y * picture.Width) + picture.Width - 1 - x), 3).CopyTo(pixels.AsSpan(i));
        }

        return new(picture.Width, picture.Height, pixels);
    }

    private static void ShouldAgree(IReadOnlyList<PredictionItem> items, AffectPrediction[] expected) =>
        ShouldAgree([.. items.Select(item => item.GetPrediction())], expected);

    private static void ShouldAgree(IReadOnlyList<AffectPrediction> actual, AffectPrediction[] expected)
    {
        actual.Should().HaveCount(expected.Length);
        actual.Zip(expected, PaperModel.Difference).Max().Should().BeLessThan(Tolerance);
    }

    /// <summary>Model files, written once for all tests of this class.</summary>
    public sealed class Files : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Files()
        {
            foreach (int depth in new[] { 18, 34, 50 })
            {
                PaperModel.Save(Model(depth), depth: depth);
            }

            PaperModel.Save(Bgr, ChannelOrder.Bgr);
        }

        public string Bgr => _folder.File("bgr.safetensors");

        public string Model(int depth) => _folder.File(FormattableString.Invariant($"resnet{depth}.safetensors"));

        public AffectPredictor Load(int depth = 18, AffectPredictorOptions? options = null)
        {
            options ??= new();
            options.Device = ComputeDevice.Cpu;
            return AffectPredictor.Load(Model(depth), options);
        }

        public void Dispose() => _folder.Dispose();
    }
}
