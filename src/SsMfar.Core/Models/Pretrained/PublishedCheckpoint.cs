using System.Collections.Immutable;
using System.Globalization;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

/// <summary>
/// A checkpoint of SS-MFAR's published training code as a model of this library: backbone (<c>base.{0,1,4..7}</c>), the heads of expression
/// (<c>exp_fc.0</c>, <c>exp_classifier</c>), of valence and arousal (<c>va_fc.0</c>, <c>va_classifier</c>) and of action units
/// (<c>au_fc.{i}.0</c>, <c>au_classifier.fc</c>), behind any prefix such as <c>state_dict.module.</c>. It may be a PyTorch or a safetensors
/// file. To convert one, load it and give model and metadata to <see cref="ModelFile.Save(string, MultiTaskModel, ModelMetadata)"/>.
/// </summary>
public static class PublishedCheckpoint
{
    /// <summary>Pixels a side of the images that the published code trains on.</summary>
    public const int ImageSize = 224;

    // What ImagePreprocessing takes, and a model file with it.
    private const int LargestImage = 1024;

    private const string ExpressionOutput = "exp_classifier.weight";

    /// <summary>Whether a file has the tensors that only such a checkpoint has.</summary>
    /// <param name="file">The file.</param>
    public static bool IsIn(WeightFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Keys.Any(IsExpressionOutput);
    }

    /// <summary>Loads a checkpoint; the caller disposes the model. It takes RGB, whatever the checkpoint was trained on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="channelOrder">
    /// The order of the images that the checkpoint was trained on. The published code reads them as <see cref="ChannelOrder.Bgr"/>, and
    /// applies ImageNet's numbers for R, G and B to the planes B, G and R.
    /// </param>
    /// <param name="imageSize">Pixels a side of the model's input, 1 to 1024.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is none of the enumeration, or the size is not 1 to 1024.</exception>
    /// <exception cref="ModelFileException">The file is damaged, or lacks a tensor or has one of another shape (named).</exception>
    public static LoadedModel Load(string path, ChannelOrder channelOrder = ChannelOrder.Bgr, int imageSize = ImageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(imageSize, LargestImage);
        var weights = PretrainedWeights.FromFile(path, channelOrder);
        TorchRuntime.Initialize();
        using var file = WeightFile.Open(path);
        string prefix = FindPrefix(file);
        var model = CreateModel(file, prefix);
        try
        {
            var options = new PretrainedOptions { Prefix = prefix + "base." };
            PretrainedWeights.LoadInto(model.Backbone, file, options, channelOrder);
            LoadHeads(file, prefix, model);
            model.eval();
            return new LoadedModel(model, Metadata(path, weights, imageSize));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static string FindPrefix(WeightFile file) =>
        file.Keys.Where(IsExpressionOutput).ToList() switch
        {
            [var only] => only[..^ExpressionOutput.Length],
            [] => throw new ModelFileException(
                file.Path, ExpressionOutput, "the file has no such tensor, so it is no checkpoint of the published SS-MFAR code",
                $"Load the weights of a backbone alone with {nameof(PretrainedWeights)}.{nameof(PretrainedWeights.FromFile)}"),
            _ => throw new ModelFileException(
                file.Path,
                ExpressionOutput,
                "the file has several models with such a tensor",
                "Keep one of them in the file"),
        };

    private static bool IsExpressionOutput(string key) =>
        key == ExpressionOutput || key.EndsWith("." + ExpressionOutput, StringComparison.Ordinal);

    // Sizes are read off the file's tensors, which are in the file; the depth off the names.
    private static MultiTaskModel CreateModel(WeightFile file, string prefix)
    {
        BackboneFactory made = WeightNames.Behind(file, prefix + "base.", NetworkFamily.ResNets).Held(file)?.Backbone
            ?? throw new ModelFileException(
                file.Path,
                prefix + "base",
                "the backbone is none of ResNet-18, 34 and 50",
                "Give a checkpoint with one of these backbones");

        var shape = file.Entries[prefix + ExpressionOutput].Shape;
        int hidden = shape is [_, > 0 and <= ushort.MaxValue and var width]
            ? (int)width
            : throw new ModelFileException(
                file.Path,
                prefix + ExpressionOutput,
                "its shape is not [classes, hidden width]",
                "Give a checkpoint of the published code");
        RandomKey key = RandomKey.OfNoValues;
        IBackbone backbone = made.Create(key.Fold(0));
        int features = backbone.FeatureWidth;
        try
        {
            CheckHeads(file, prefix, features, hidden);
            return new MultiTaskModel(
                backbone,
                FeatureProcessing.Paper,
                [
                    new(AffectTaskNames.Expression, new MlpHead(features, hidden, ExpressionClassSet.AffWild2.Count, key.Fold(1))),
                    new(AffectTaskNames.ValenceArousal, new MlpHead(features, hidden, 2, key.Fold(2))),
                    new(AffectTaskNames.ActionUnits, new PerOutputMlpHead(features, hidden, ActionUnits.Count, key.Fold(3))),
                ]);
        }
        catch
        {
            backbone.Module.Dispose();
            throw;
        }
    }

    // Before memory is taken for a width that one tensor alone vouches for.
    private static void CheckHeads(WeightFile file, string prefix, int features, int hidden)
    {
        Check("exp_fc.0", features, hidden);
        Check("exp_classifier", hidden, ExpressionClassSet.AffWild2.Count);
        Check("va_fc.0", features, hidden);
        Check("va_classifier", hidden, 2);
        Check("au_classifier.fc", hidden, ActionUnits.Count);
        for (int unit = 0; unit < ActionUnits.Count; unit++)
        {
            Check(UnitLayer(unit), features, hidden);
        }

        void Check(string layer, int inputs, int outputs)
        {
            file.CheckShape($"{prefix}{layer}.weight", outputs, inputs);
            file.CheckShape($"{prefix}{layer}.bias", outputs);
        }
    }

    private static string UnitLayer(int unit) => string.Create(CultureInfo.InvariantCulture, $"au_fc.{unit}.0");

    private static void LoadHeads(WeightFile file, string prefix, MultiTaskModel model)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var state = model.state_dict();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (string kind in (string[])["weight", "bias"])
        {
            Read("exp_fc.0", AffectTaskNames.Expression, "hidden");
            Read("exp_classifier", AffectTaskNames.Expression, "output");
            Read("va_fc.0", AffectTaskNames.ValenceArousal, "hidden");
            Read("va_classifier", AffectTaskNames.ValenceArousal, "output");
            Read("au_classifier.fc", AffectTaskNames.ActionUnits, "output");

            // Twelve hidden layers there are one matrix here.
            torch.Tensor hidden = state[$"heads.{AffectTaskNames.ActionUnits}.hidden.{kind}"];
            long rows = hidden.shape[0] / ActionUnits.Count;
            for (int unit = 0; unit < ActionUnits.Count; unit++)
            {
                Copy($"{UnitLayer(unit)}.{kind}", hidden.narrow(0, unit * rows, rows));
            }

            void Read(string name, string task, string layer) => Copy($"{name}.{kind}", state[$"heads.{task}.{layer}.{kind}"]);
        }

        RequireNoOther(file, prefix, taken);

        void Copy(string name, torch.Tensor destination)
        {
            file.ReadInto(prefix + name, destination);
            file.CheckFinite(prefix + name, destination.dtype);
            taken.Add(prefix + name);
        }
    }

    // A head with more layers than are read would compute something else here.
    private static void RequireNoOther(WeightFile file, string prefix, HashSet<string> taken)
    {
        string[] heads = ["exp_fc.", "exp_classifier.", "va_fc.", "va_classifier.", "au_fc.", "au_classifier."];
        StateReader.RequireNone(
            file,
            [.. file.Keys.Where(key => !taken.Contains(key) && !WeightNames.IsCounter(key) && heads.Any(head =>
                key.StartsWith(prefix + head, StringComparison.Ordinal)))],
            "the heads of the published code have no place for");
    }

    private static ModelMetadata Metadata(string path, PretrainedWeights weights, int imageSize) => new()
    {
        Input = weights.AdaptPreprocessing(new() { Width = imageSize, Height = imageSize }),
        ExpressionClasses = [.. ExpressionClassSet.AffWild2.Names],
        ActionUnits = ActionUnits.Names,
        Decoders = ImmutableSortedDictionary.CreateRange(
            StringComparer.Ordinal,
            new KeyValuePair<string, PartDescription>[]
            {
                new(AffectTaskNames.Expression, new ExpressionDecoder(ExpressionClassSet.AffWild2).Description),
                new(AffectTaskNames.ValenceArousal, new ValenceArousalDecoder().Description),
                new(AffectTaskNames.ActionUnits, new ActionUnitDecoder().Description),
            }),
        Recipe = "published",
        Notes = ImmutableSortedDictionary<string, string>.Empty.Add("converted-from", System.IO.Path.GetFileName(path)),
    };
}
