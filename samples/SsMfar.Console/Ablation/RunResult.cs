using System.Text.Json;
using System.Text.Json.Serialization;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Reports.Ablation;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Ablation;

/// <summary>What a finished run leaves for tables and page: the scores of its best model on the validation set, and its course.</summary>
internal sealed record RunResult
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true };

    public required long Seed { get; init; }

    public required int BestEpoch { get; init; }

    /// <summary>Macro F1.</summary>
    public required double? Expression { get; init; }

    public required double[]? ExpressionF1 { get; init; }

    /// <summary>Mean F1.</summary>
    public required double? ActionUnits { get; init; }

    public required double[]? ActionUnitF1 { get; init; }

    public required double? Valence { get; init; }

    public required double? Arousal { get; init; }

    /// <summary>P_MTL; null unless all three tasks were learned.</summary>
    public required double? Overall { get; init; }

    /// <summary>Labelled validation rows, truth by truth.</summary>
    public required long[] Confusion { get; init; }

    /// <summary>A part of the validation rows: valence and its prediction, arousal and its prediction.</summary>
    public required float[][] Affect { get; init; }

    public required AblationEpoch[] Epochs { get; init; }

    public required double Seconds { get; init; }

    /// <summary>The program with its commit, and the machine; null of a run of an earlier version.</summary>
    public string? Origin { get; init; }

    /// <summary>Why the run has no scores; null when it has.</summary>
    public string? Failure { get; init; }

    /// <summary>The mean CCC of valence and arousal; that of one where the other has no label.</summary>
    [JsonIgnore]
    public double? ValenceArousal => (Valence + Arousal) / 2 ?? Valence ?? Arousal;

    /// <summary>A run that ended without a model.</summary>
    public static RunResult Failed(long seed, string reason) => new()
    {
        Seed = seed,
        BestEpoch = 0,
        Expression = null,
        ExpressionF1 = null,
        ActionUnits = null,
        ActionUnitF1 = null,
        Valence = null,
        Arousal = null,
        Overall = null,
        Confusion = [],
        Affect = [],
        Epochs = [],
        Seconds = 0,
        Failure = reason,
    };

    public void Save(string path) => AtomicFile.WriteText(path, writer => writer.Write(JsonSerializer.Serialize(this, Format)));

    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static RunResult Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunResult>(File.ReadAllText(path), Format) ?? throw new JsonException("it is empty");
        }
        catch (JsonException damaged)
        {
            throw new BadInputException(
                $"{path} is damaged ({damaged.Message}). Remove this run's folder, and give the same command again.");
        }
    }
}
