using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SsMfar.Metadata;

/// <summary>
/// The JSON documents <c>metadata</c> and <c>architecture</c> of model files of every kind, written and read without reflection
/// through <see cref="ModelDocument"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ModelDocument.Metadata))]
[JsonSerializable(typeof(ModelDocument.Architecture))]
[JsonSerializable(typeof(ModelDocument.Template))]
[JsonSerializable(typeof(ModelCardDocument.Card))]
internal sealed partial class ModelMetadataJson : JsonSerializerContext
{
    public static string Write(ModelMetadata metadata) => JsonSerializer.Serialize(ModelDocument.Metadata.Of(metadata), Default.Metadata);

    public static string Write(ModelArchitecture architecture) =>
        JsonSerializer.Serialize(ModelDocument.Architecture.Of(architecture), Default.Architecture);

    public static string Write(FaceTemplate template) => JsonSerializer.Serialize(ModelDocument.Template.Of(template), Default.Template);

    public static string Write(ModelCard card) => JsonSerializer.Serialize(ModelCardDocument.Card.Of(card), Default.Card);

    /// <exception cref="JsonException">The text is no such document, or a value cannot be used.</exception>
    public static ModelCard ReadCard(string json) => Read(json, Default.Card, document =>
    {
        RequireKnown(json);
        ModelCard card = document.ToCard();
        card.Validate();
        return card;
    });

    /// <exception cref="JsonException">The text is no such document, or a value cannot be used.</exception>
    public static FaceTemplate ReadTemplate(string json) => Read(json, Default.Template, document =>
    {
        FaceTemplate template = document.ToTemplate();
        template.Validate();
        return template;
    });

    /// <exception cref="JsonException">The text is no such document.</exception>
    public static ModelMetadata ReadMetadata(string json) => Read(json, Default.Metadata, document => document.ToMetadata());

    /// <exception cref="JsonException">The text is no such document.</exception>
    public static ModelArchitecture ReadArchitecture(string json) =>
        Read(json, Default.Architecture, document => document.ToArchitecture());

    private static TValue Read<TDocument, TValue>(string json, JsonTypeInfo<TDocument> type, Func<TDocument, TValue> convert)
        where TDocument : class
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return convert(JsonSerializer.Deserialize(json, type) ?? throw new JsonException("it is null"));
        }
        catch (ArgumentException fault)
        {
            throw new JsonException(fault.Message, fault);
        }
    }

    // Somebody writes a card by hand; a member with a wrong name would be lost without a word.
    private static void RequireKnown(string json)
    {
        using JsonDocument written = JsonDocument.Parse(json);
        Require(written.RootElement, Default.Card, "a card");
        if (written.RootElement.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement one in data.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object))
            {
                Require(one, Default.Data, "an entry of 'data'");
            }
        }

        static void Require(JsonElement element, JsonTypeInfo type, string what)
        {
            string[] known = [.. type.Properties.Select(property => property.Name)];
            if (element.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            {
                throw new JsonException($"'{unknown}' is no member of {what}, which has {string.Join(", ", known)}");
            }
        }
    }
}
