using SsMfar.Data;
using SsMfar.Postprocessing;
using SsMfar.Shared;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>A file of predictions, or a shell's pipe, which can be read but once: what it is shows its first line.</summary>
internal sealed class PredictionFile
{
    private readonly string _path;
    private readonly string? _piped;
    private readonly string _firstLine;

    /// <summary>Looks into a file.</summary>
    /// <param name="path">The file.</param>
    public PredictionFile(string path)
    {
        _path = path;
        using StreamReader reader = new(path);
        _piped = AtomicFile.IsDevice(Path.GetFullPath(path)) ? reader.ReadToEnd() : null;
        _firstLine = FirstLine(_piped is null ? reader : new StringReader(_piped));
    }

    /// <summary>Whether it can be read but once.</summary>
    public bool IsPipe => _piped is not null;

    /// <summary>Whether it is what <c>predict --probabilities</c> writes, whose header has thresholds, and no submission.</summary>
    public bool HasProbabilities => _firstLine.Contains('>', StringComparison.Ordinal);

    /// <summary>Whether it is the <c>report.json</c> that <c>report</c> writes.</summary>
    public bool IsReport => _firstLine.TrimStart().StartsWith('{');

    /// <summary>Reads it as what <c>predict --probabilities</c> writes.</summary>
    /// <exception cref="AnnotationFormatException">It is not.</exception>
    public PredictionTable Table() =>
        _piped is null ? PredictionTable.Load(_path) : PredictionTable.Read(new StringReader(_piped), _path);

    /// <summary>Reads it as a submission.</summary>
    /// <param name="classes">Its classes.</param>
    /// <exception cref="AnnotationFormatException">It is none.</exception>
    public Submission Submission(ExpressionClassSet classes) => _piped is null
        ? Submissions.Submission.Load(_path, classes) : Submissions.Submission.Read(new StringReader(_piped), _path, classes);

    // Blank lines are no lines of the table either.
    private static string FirstLine(TextReader reader)
    {
        string? line;
        do
        {
            line = reader.ReadLine();
        }
        while (line is not null && string.IsNullOrWhiteSpace(line));

        return line ?? "";
    }
}
