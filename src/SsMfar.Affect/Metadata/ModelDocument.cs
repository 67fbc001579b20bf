using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using SsMfar.Imaging;

namespace SsMfar.Metadata;

/// <summary>
/// What the JSON documents of model files hold. Members have setters because generated serialisers set init-only ones to zero or null where
/// a document lacks them; so they keep their initial value, and members can be added without a new format version. The order of members is
/// the order in the files.
/// </summary>
internal static class ModelDocument
{
    private static ImmutableSortedDictionary<string, T> Sorted<T>(IEnumerable<KeyValuePair<string, T>> pairs) =>
        pairs.ToImmutableSortedDictionary(StringComparer.Ordinal);

    // A dictionary is written in the order in which it was filled; the comparer that the metadata were made with may depend on a culture.
    private static Dictionary<string, TDocument> Ordered<T, TDocument>(
        IEnumerable<KeyValuePair<string, T>> pairs, Func<T, TDocument> convert) =>
        pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(pair => pair.Key, pair => convert(pair.Value));

    /// <summary><see cref="ModelMetadata"/>.</summary>
    public sealed class Metadata
    {
        [JsonRequired]
        public Input Input { get; set; } = new();

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Template? Alignment { get; set; }

        public string[] ExpressionClasses { get; set; } = [];

        public string[] ActionUnits { get; set; } = [];

        public Dictionary<string, Part?> Decoders { get; set; } = [];

        public string? Recipe { get; set; }

        public string? Variant { get; set; }

        public Training? Training { get; set; }

        public string? LibraryVersion { get; set; }

        public Dictionary<string, string> Notes { get; set; } = [];

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public ModelCardDocument.Card? Card { get; set; }

        public static Metadata Of(ModelMetadata metadata) => new()
        {
            Input = Input.Of(metadata.Input),
            Alignment = metadata.Alignment is { } alignment ? Template.Of(alignment) : null,
            ExpressionClasses = [.. metadata.ExpressionClasses],
            ActionUnits = [.. metadata.ActionUnits],
            Decoders = Ordered(metadata.Decoders, Part? (decoder) => decoder is null ? null : Part.Of(decoder)),
            Recipe = metadata.Recipe,
            Variant = metadata.Variant,
            Training = metadata.Training is { } training
                ? new() { Epoch = training.Epoch, Score = training.Score, Seed = training.Seed } : null,
            LibraryVersion = metadata.LibraryVersion,
            Notes = Ordered(metadata.Notes, note => note),
            Card = metadata.Card is { } card ? ModelCardDocument.Card.Of(card) : null,
        };

        // A decoder that is null is for ModelMetadata.Validate to name.
        public ModelMetadata ToMetadata() => new()
        {
            Input = Input.ToPreprocessing(),
            Alignment = Alignment?.ToTemplate(),
            ExpressionClasses = [.. ExpressionClasses],
            ActionUnits = [.. ActionUnits],
            Decoders = Sorted(Decoders.Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.ToDescription()!))),
            Recipe = Recipe,
            Variant = Variant,
            Training = Training is { } training ? new(training.Epoch, training.Score, training.Seed) : null,
            LibraryVersion = LibraryVersion,
            Notes = Sorted(Notes),
            Card = Card?.ToCard(),
        };
    }

    /// <summary><see cref="ImagePreprocessing"/>.</summary>
    public sealed class Input
    {
        private static readonly ImagePreprocessing Usual = new();

        public int Width { get; set; } = Usual.Width;

        public int Height { get; set; } = Usual.Height;

        public Colours Mean { get; set; } = Colours.Of(Usual.Mean);

        public Colours StandardDeviation { get; set; } = Colours.Of(Usual.StandardDeviation);

        public ChannelOrder ChannelOrder { get; set; } = Usual.ChannelOrder;

        public string ResizeFilter { get; set; } = Usual.ResizeFilter;

        public static Input Of(ImagePreprocessing input) => new()
        {
            Width = input.Width,
            Height = input.Height,
            Mean = Colours.Of(input.Mean),
            StandardDeviation = Colours.Of(input.StandardDeviation),
            ChannelOrder = input.ChannelOrder,
            ResizeFilter = input.ResizeFilter,
        };

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

    /// <summary><see cref="FaceTemplate"/>.</summary>
    public sealed class Template
    {
        [JsonRequired]
        public string Name { get; set; } = "";

        public int Size { get; set; } = FaceTemplate.Box.Size;

        public double Margin { get; set; }

        public Point?[] Points { get; set; } = [];

        public static Template Of(FaceTemplate template) => new()
        {
            Name = template.Name,
            Size = template.Size,
            Margin = template.Margin,
            Points = [.. template.Points.Select(point => new Point { Landmark = point.Landmark, X = point.X, Y = point.Y })],
        };

        public FaceTemplate ToTemplate() => new()
        {
            Name = Name,
            Size = Size,
            Margin = Margin,
            Points =
            [
                .. Points.Select(point => point is null
                    ? throw new JsonException("a point of the alignment is null") : new LandmarkPoint(point.Landmark, point.X, point.Y)),
            ],
        };
    }

    /// <summary><see cref="LandmarkPoint"/>.</summary>
    public sealed class Point
    {
        [JsonRequired]
        public FaceLandmark Landmark { get; set; }

        [JsonRequired]
        public double X { get; set; }

        [JsonRequired]
        public double Y { get; set; }
    }

    /// <summary><see cref="ChannelValues"/>.</summary>
    public sealed class Colours
    {
        public float Red { get; set; }

        public float Green { get; set; }

        public float Blue { get; set; }

        public static Colours Of(ChannelValues values) => new() { Red = values.Red, Green = values.Green, Blue = values.Blue };

        public ChannelValues ToValues() => new(Red, Green, Blue);
    }

    /// <summary><see cref="ModelTrainingInfo"/>.</summary>
    public sealed class Training
    {
        [JsonRequired]
        public int Epoch { get; set; }

        [JsonRequired]
        public double? Score { get; set; }

        [JsonRequired]
        public long Seed { get; set; }
    }

    /// <summary><see cref="PartDescription"/>.</summary>
    public sealed class Part
    {
        [JsonRequired]
        public string Kind { get; set; } = "";

        public Dictionary<string, string> Settings { get; set; } = [];

        public static Part Of(PartDescription part) => new() { Kind = part.Kind, Settings = Ordered(part.Settings, setting => setting) };

        public PartDescription ToDescription() => new(Kind, Sorted(Settings));
    }

    /// <summary><see cref="ModelArchitecture"/>.</summary>
    public sealed class Architecture
    {
        [JsonRequired]
        public Part Backbone { get; set; } = new();

        [JsonRequired]
        public Features Features { get; set; } = new();

        [JsonRequired]
        public Head?[] Heads { get; set; } = [];

        public static Architecture Of(ModelArchitecture architecture) => new()
        {
            Backbone = Part.Of(architecture.Backbone),
            Features = new() { L2Normalize = architecture.Features.L2Normalize, Dropout = architecture.Features.Dropout },
            Heads = [.. architecture.Heads.Select(head => new Head { Task = head.Task, Part = Part.Of(head.Head) })],
        };

        public ModelArchitecture ToArchitecture() => new(
            Backbone.ToDescription(),
            new(Features.Dropout, Features.L2Normalize),
            [.. Heads.Select(head => head?.ToDescription() ?? throw new JsonException("a head is null"))]);
    }

    /// <summary><see cref="FeatureProcessing"/>.</summary>
    public sealed class Features
    {
        public bool L2Normalize { get; set; }

        public double Dropout { get; set; }
    }

    /// <summary><see cref="TaskHeadDescription"/>.</summary>
    public sealed class Head
    {
        [JsonRequired]
        public string Task { get; set; } = "";

        [JsonRequired]
        [JsonPropertyName("head")]
        public Part Part { get; set; } = new();

        public TaskHeadDescription ToDescription() => new(Task, Part.ToDescription());
    }
}
