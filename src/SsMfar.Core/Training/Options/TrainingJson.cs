using System.Text.Json;
using System.Text.Json.Serialization;

namespace SsMfar.Training;

/// <summary>How a run's texts are written into checkpoints.</summary>
internal static class TrainingJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>A deep copy of options.</summary>
    public static TrainingOptions Copy(TrainingOptions options) =>
        JsonSerializer.Deserialize<TrainingOptions>(JsonSerializer.SerializeToUtf8Bytes(options, Options), Options)!;
}
