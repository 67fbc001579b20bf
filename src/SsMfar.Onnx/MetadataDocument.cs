using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SsMfar.Imaging;
using SsMfar.Models;

namespace SsMfar.Onnx;

/// <summary>
/// The JSON document of <see cref="ModelMetadata"/>. Generated serialisers set every init-only member, to zero or null where a file lacks
/// it; members with setters keep their initial value, so that members can be added without a new format version.
/// </summary>
internal sealed class MetadataDocument
{
    public InputDocument Input { get; set; } = new();

    public string[] ExpressionClasses { get; set; } = [];

    public string[] ActionUnits { get; set; } = [];

    public Dictionary<string, PartDocument?> Decoders { get; set; } = [];

    public string? Recipe { get; set; }

    public string? Variant { get; set; }

    public TrainingDocument? Training { get; set; }

    public string? LibraryVersion { get; set; }

    public Dictionary<string, string> Notes { get; set; } = [];

    public ModelMetadata ToMetadata() => new()
    {
        Input = Input.ToPreprocessing(),
        ExpressionClasses = [.. ExpressionClasses],
        ActionUnits = [.. ActionUnits],
        Decoders = Decoders.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value?.ToDescription()!, StringComparer.Ordinal),
        Recipe = Recipe,
        Variant = Variant,
        Training = Training is { } training ? new(training.Epoch, training.Score, training.Seed) : null,
        LibraryVersion = LibraryVersion,
        Notes = Notes.ToImmutableSortedDictionary(),
    };
}

/// <summary>The JSON document of <see cref="ImagePreprocessing"/>.</summary>
internal sealed class InputDocument
{
    private static readonly ImagePreprocessing Default = new();

    public int Width { get; set; } = Default.Width;

    public int Height { get; set; } = Default.Height;

    public ColoursDocument Mean { get; set; } = ColoursDocument.Of(Default.Mean);

    public ColoursDocument StandardDeviation { get; set; } = ColoursDocument.Of(Default.StandardDeviation);

    public ChannelOrder ChannelOrder { get; set; } = Default.ChannelOrder;

    public string ResizeFilter { get; set; } = Default.ResizeFilter;

    public ImagePreprocessing ToPreprocessing() => new()
    {
        Width = Width,
        Height = Height,
        Mean = Mean.ToValues(),
        StandardDeviation = StandardDeviation.ToValues(),
        ChannelOrder = ChannelOrder,
        ResizeFilter = ResizeFilter,
    };
}

/// <summary>The JSON document of <see cref="ChannelValues"/>.</summary>
internal sealed class ColoursDocument
{
    public float Red { get; set; }

    public float Green { get; set; }

    public float Blue { get; set; }

    public static ColoursDocument Of(ChannelValues values) => new() { Red = values.Red, Green = values.Green, Blue = values.Blue };

    public ChannelValues ToValues() => new(Red, Green, Blue);
}

/// <summary>The JSON document of <see cref="PartDescription"/>.</summary>
internal sealed class PartDocument
{
    public string Kind { get; set; } = "";

    public Dictionary<string, string> Settings { get; set; } = [];

    public PartDescription ToDescription() => new(Kind, Settings.ToImmutableSortedDictionary(StringComparer.Ordinal));
}

/// <summary>The JSON document of <see cref="ModelTrainingInfo"/>.</summary>
internal sealed class TrainingDocument
{
    public int Epoch { get; set; }

    public double? Score { get; set; }

    public long Seed { get; set; }
}

/// <summary>Reads the documents without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(MetadataDocument))]
internal sealed partial class MetadataJson : JsonSerializerContext;
