using System.Collections.Immutable;
using System.CommandLine;
using SkiaSharp;
using SsMfar.Data;
using SsMfar.Export;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;

namespace SsMfar.Benchmarks.Inference;

/// <summary>
/// The model and image that inference is measured with: those named, or the paper's model with random weights and a drawn picture.
/// </summary>
internal sealed class BenchmarkModel : IDisposable
{
    public static readonly Option<string?> ModelOption = new("--model") {
        HelpName = "FILE",
        Description = "A model file; one with random weights unless given" };

    public static readonly Option<string> BackboneOption = new("--backbone")
    {
        HelpName = "NAME",
        Description = "The backbone of the random model",
        DefaultValueFactory = _ => "resnet18",
    };

    public static readonly Option<int> SizeOption = new("--size") {
        HelpName = "N",
        Description = "Pixels a side of the random model's input",
        DefaultValueFactory = _ => 112 };

    private readonly string _folder = Directory.CreateTempSubdirectory("ssmfar-benchmark-").FullName;

    private BenchmarkModel(string? model, string backbone, int size)
    {
        Model = model ?? Path.Combine(_folder, "model.safetensors");
        if (model is null)
        {
            Make(backbone, size);
        }

        Onnx = Path.Combine(_folder, "model.onnx");
        OnnxExporter.Export(Model, Onnx);
        Input = ModelFile.ReadDescription(Model).Metadata.Input;
        Image = Path.Combine(_folder, "face.jpg");
        Draw();
    }

    /// <summary>The model file.</summary>
    public string Model { get; }

    /// <summary>The same as an ONNX file.</summary>
    public string Onnx { get; }

    /// <summary>An image file of the input's size.</summary>
    public string Image { get; }

    public ImagePreprocessing Input { get; }

    public static BenchmarkModel Of(ParseResult parsed) =>
        new(parsed.GetValue(ModelOption), parsed.GetValue(BackboneOption)!, parsed.GetValue(SizeOption));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Make(string name, int size)
    {
        TorchRuntime.Initialize();
        RandomKey key = RandomKey.FromSeed(1);
        IBackbone backbone = BackboneFactory.Parse(name).Create(key.Fold(0));
        using var model = new MultiTaskModel(backbone, FeatureProcessing.Paper, new Dictionary<string, ITaskHead>
        {
            [AffectTaskNames.Expression] = new MlpHead(backbone.FeatureWidth, 16, 8, key.Fold(1)),
            [AffectTaskNames.ValenceArousal] = new MlpHead(backbone.FeatureWidth, 16, 2, key.Fold(2)),
            [AffectTaskNames.ActionUnits] = new PerOutputMlpHead(backbone.FeatureWidth, 16, 12, key.Fold(3)),
        });
        ModelFile.Save(Model, model, new ModelMetadata
        {
            Input = new() { Width = size, Height = size },
            ExpressionClasses = [.. ExpressionClassSet.AffWild2.Names],
            ActionUnits = ActionUnits.Names,
            Decoders = new Dictionary<string, PartDescription>
            {
                [AffectTaskNames.Expression] = new ExpressionDecoder(ExpressionClassSet.AffWild2).Description,
                [AffectTaskNames.ValenceArousal] = new ValenceArousalDecoder().Description,
                [AffectTaskNames.ActionUnits] = new ActionUnitDecoder().Description,
            }.ToImmutableSortedDictionary(),
        });
    }

    private void Draw()
    {
        using var bitmap = new SKBitmap(Input.Width, Input.Height);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(new SKColor(90, 110, 130));
            using var paint = new SKPaint { Color = new SKColor(210, 170, 140), IsAntialias = true };
            canvas.DrawOval(Input.Width / 2f, Input.Height / 2f, Input.Width / 3f, Input.Height / 2.4f, paint);
        }

        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 92);
        File.WriteAllBytes(Image, encoded.ToArray());
    }
}
