namespace SsMfar.ConsoleApp.Commands;

/// <summary>The two kinds of files that predictions come in.</summary>
internal static class PredictionFiles
{
    /// <summary>Whether a file is what <c>predict --probabilities</c> writes, whose header has thresholds, and no submission.</summary>
    public static bool HasProbabilities(string path)
    {
        using StreamReader reader = new(path);
        return reader.ReadLine()?.Contains('>', StringComparison.Ordinal) == true;
    }
}
