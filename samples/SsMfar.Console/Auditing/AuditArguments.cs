using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Auditing;

/// <summary>What <c>audit</c> was asked for.</summary>
internal sealed record AuditArguments
{
    public required string Annotations { get; init; }

    /// <summary>The folder or archive of the images, or null.</summary>
    public string? Data { get; init; }

    public required string Out { get; init; }

    public ExpressionClassSet? Classes { get; init; }

    /// <summary>Predictions of models that did not learn from the rows; null: they are made here.</summary>
    public string? Predictions { get; init; }

    /// <summary>How each fold's model is trained; null with <see cref="Predictions"/>.</summary>
    public TrainArguments? Training { get; init; }

    public required int Folds { get; init; }

    /// <summary>How often the rows are parted anew, each time with that many models.</summary>
    public required int Repeats { get; init; }

    public required ImageGrouping Grouping { get; init; }

    public required double Share { get; init; }

    public required int Faces { get; init; }

    /// <summary>What the audit was started with, in the words of the command line.</summary>
    public SortedDictionary<string, string> Describe()
    {
        SortedDictionary<string, string> words = RunFolder.Describe(Training!);
        words.Remove("--train", out string? labels);
        words.Remove("--validation");
        words.Remove("--validation-share");
        words["--annotations"] = labels!;
        words["--model-folds"] = Folds.ToString(CultureInfo.InvariantCulture);
        words["--repeats"] = Repeats.ToString(CultureInfo.InvariantCulture);
        words["--group-by"] = Grouping.Word();
        return words;
    }
}
