using System.Text.Json;
using System.Text.Json.Serialization;

namespace SsMfar.Models;

/// <summary>How the JSON documents inside a model file's text entries are written and read.</summary>
internal static class ModelFileJson
{
    /// <summary>
    /// Camel case; a member that a file lacks keeps its initial value, so that members can be added without a new format version.
    /// (Generated serialisers would set it to zero or null.)
    /// </summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };
}
