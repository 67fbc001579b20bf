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
internal sealed partial class ModelMetadataJson : JsonSerializerContext
{
    public static string Write(ModelMetadata metadata) => JsonSerializer.Serialize(ModelDocument.Metadata.Of(metadata), Default.Metadata);

    public static string Write(ModelArchitecture architecture) =>
        JsonSerializer.Serialize(ModelDocument.Architecture.Of(architecture), Default.Architecture);

    public static string Write(FaceTemplate template) => JsonSerializer.Serialize(ModelDocument.Template.Of(template), Default.Template);

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
}
