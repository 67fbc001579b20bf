using System.CommandLine;
using System.Globalization;
using System.Numerics;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Runtime;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>
/// The options that several commands have, declared once: one name, one form and one meaning. What a command makes of one, such as its
/// default, follows after a semicolon.
/// </summary>
internal static class CommonOptions
{
    public const string ClassesName = "--classes";
    public const string ModelName = "--model";
    public const string PredictionsName = "--predictions";

    private const string WeightsName = "--weights";
    private const string WeightsMeaning = "Trained weights, a PyTorch (.pth, .tar), safetensors or ONNX file";

    private const string PrecisionName = "--precision";
    private const string PrecisionMeaning = "The format of numbers";

    private const string SizeMeaning = "Pixels a side of the images";
    private const int SmallestSize = 32;
    private const int LargestSize = 1024;

    private static readonly string[] TaskNames =
    [
        AffectTaskNames.Expression, AffectTaskNames.ValenceArousal, AffectTaskNames.ActionUnits, AffectTaskNames.ActionUnitIntensity,
    ];

    /// <summary>Where a command writes: a folder, <c>DIR</c>, or a file, <c>FILE</c>.</summary>
    public static Option<string> Out(string valueName, string note, bool required = true) =>
        OptionKinds.Text("--out", valueName, $"Where to write; {note}", required);

    public static Option<bool> Resume(string note) => new("--resume") { Description = $"Go on with what is in --out; {note}" };

    public static Option<string> Annotations(string? note = null) =>
        OptionKinds.Text("--annotations", "FILE", With("The annotation file", note));

    public static Option<string> Data(string? note = null, bool required = true) =>
        OptionKinds.Text("--data", "DIR", With("The folder or .zip archive that image names are relative to", note), required);

    /// <summary>One image.</summary>
    public static Option<string> Image(string note) => OptionKinds.Text("--image", "FILE", $"One image; {note}", required: false);

    /// <summary>A folder of images.</summary>
    public static Option<string> Images(bool required = true) =>
        OptionKinds.Text("--images", "DIR", "All images in a folder and its subfolders, by name", required);

    public static Option<string> Train(bool required = true) =>
        OptionKinds.Text("--train", "FILE", "The annotations to learn from", required);

    public static Option<string> Validation(string note, bool required = true) =>
        OptionKinds.Text("--validation", "FILE", $"The annotations to judge by; {note}", required);

    public static Option<int> Faces(int minimum, int fallback) =>
        OptionKinds.Number("--faces", "Faces to draw for training", minimum, 10_000_000, fallback);

    public static Option<int> ValidationFaces(int minimum, int fallback) =>
        OptionKinds.Number("--validation-faces", "Faces to draw for validation, of other people", minimum, 10_000_000, fallback);

    /// <summary>The expression classes; of annotations unless the note says otherwise.</summary>
    public static Option<ExpressionClassSet?> Classes(string note = "the file's own, or s-Aff-Wild2's eight, unless given") =>
        OptionKinds.Named(
            ClassesName,
            "A,B,...",
            $"The expression classes in index order; {note}",
            text => new ExpressionClassSet(text.Split(',', StringSplitOptions.TrimEntries)));

    /// <summary>Tasks by name; empty when not given.</summary>
    public static Option<string[]?> Tasks() => OptionKinds.Named<string[]>(
        "--tasks",
        "NAME,...",
        $"What to learn, of {string.Join(", ", TaskNames)}; unless given the first three that --train has labels of",
        text =>
        {
            string[] names = text.Split(',', StringSplitOptions.TrimEntries);
            return names.Except(TaskNames, StringComparer.Ordinal).Any() || names.Distinct().Count() != names.Length
                ? throw new FormatException($"must be some of {string.Join(", ", TaskNames)}, each once.")
                : [.. TaskNames.Intersect(names)]; // in this order, which the heads' initial weights follow from
        });

    public static Option<string> Model() => OptionKinds.Text(ModelName, "FILE", "The model");

    /// <summary>A model, or several whose predictions are averaged.</summary>
    public static Option<string[]> Models() => OptionKinds.Texts(ModelName, "FILE", "The model; given several times, models to average");

    public static Option<string> Weights(string note) => OptionKinds.Text(WeightsName, "FILE", $"{WeightsMeaning}; {note}");

    /// <summary>What the backbone starts from; null where it is not given.</summary>
    public static Option<BackboneStart?> Start(string note) =>
        OptionKinds.Named(WeightsName, "none|imagenet|FILE", $"{WeightsMeaning}; {note}", BackboneStart.Parse);

    /// <summary>What the names of a network in a weight file start with.</summary>
    public static Option<string?> Prefix() => new("--prefix")
    {
        HelpName = "TEXT",
        Description = "What the names of the network start with in the weight file, such as state_dict.module; found unless given",
    };

    public static Option<ChannelOrder> ChannelOrder(string note) => OptionKinds.Choice<ChannelOrder>(
        "--channel-order",
        $"The order of the images that the weights were trained on; {note}");

    /// <summary>The side of the images with the value where it is not given.</summary>
    public static Option<int> Size(int fallback) => OptionKinds.Number("--size", SizeMeaning, SmallestSize, LargestSize, fallback);

    /// <summary>The side of the images, null where it is not given.</summary>
    public static Option<int?> Size(string note) =>
        OptionKinds.OptionalNumber("--size", $"{SizeMeaning}; {note}", SmallestSize, LargestSize);

    public static Option<int?> BatchSize(string note) =>
        OptionKinds.OptionalNumber("--batch-size", $"Images in a batch; {note}", 2, 65_536);

    public static Option<int?> Epochs(string note) =>
        OptionKinds.OptionalNumber("--epochs", $"Passes over the training set; {note}", 1, 100_000);

    public static Option<double?> LearningRate() => OptionKinds.OptionalNumber(
        "--learning-rate",
        "The peak learning rate of backbone and heads; the recipe's unless given",
        1e-9,
        1.0);

    public static Option<double> HideExpressions() => OptionKinds.Number(
        "--hide-expressions",
        "The share of training expression labels to hide, to study learning from few",
        0.0,
        1.0,
        0.0);

    public static Option<double> HideLabels() => OptionKinds.Number(
        "--hide-labels",
        "The share of all training labels to hide, of each task in rows of its own, to study learning from incomplete labels",
        0.0,
        1.0,
        0.0);

    public static Option<T> Seed<T>(T maximum, T fallback)
        where T : struct, INumber<T> =>
        OptionKinds.Number("--seed", "Every random choice follows from this number", T.Zero, maximum, fallback);

    /// <summary>The seeds of runs that are repeated; null when not given.</summary>
    public static Option<Several<long>?> Seeds(string note) => OptionKinds.Named(
        "--seeds",
        "A,B,...",
        $"Everything is run once with each of these seeds; {note}",
        text => Several<long>.Of(text, seed => long.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException("must be whole numbers from 0, parted by commas.")));

    public static Option<ImageGrouping> GroupBy(string note) => OptionKinds.Choice<ImageGrouping>(
        "--group-by",
        $"What counts as one: a row (default), or all images of a video or an identity; {note}");

    /// <summary>How many resamples confidence intervals are made of; null where it is not given.</summary>
    public static Option<int?> Resamples(string note) =>
        OptionKinds.OptionalNumber("--bootstrap", $"Give confidence intervals from this many resamples; {note}", 10, 1_000_000);

    /// <summary>The level of intervals.</summary>
    public static Option<double> Level() => OptionKinds.Number("--level", "The level of the intervals", 0.5, 0.9999, 0.95);

    public static Option<ComputeDevice> Device() => OptionKinds.Named(
        "--device",
        "auto|cpu|cuda|cuda:N",
        "Where to run; auto, the default, takes CUDA when there is one",
        text => ComputeDevice.Parse(text));

    public static Option<TrainingPrecision> Precision() => OptionKinds.Choice<TrainingPrecision>(
        PrecisionName,
        $"{PrecisionMeaning}; the backbone's in training; auto takes bfloat16 on CUDA devices that have it in hardware, and on " +
            "processors that have it where a trial finds it faster");

    /// <summary>The number format of a file that is written.</summary>
    public static Option<T> Precision<T>(string note)
        where T : struct, Enum => OptionKinds.Choice<T>(PrecisionName, $"{PrecisionMeaning}; {note}");

    public static Option<string> Cache(string note) =>
        OptionKinds.Text("--cache", "DIR", $"The folder that keeps decoded images from run to run; {note}", required: false);

    public static Option<string> Predictions(string note) =>
        OptionKinds.Text(PredictionsName, "FILE", $"The predictions; {note}");

    public static Option<string> Probabilities(string note) =>
        OptionKinds.Text("--probabilities", "FILE", $"Where to write valence, arousal and all probabilities; {note}", required: false);

    private static string With(string meaning, string? note) => note is null ? meaning : $"{meaning}; {note}";
}
