using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Postprocessing;
using SsMfar.Reports;
using SsMfar.Submissions;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The kinds of files that predictions come in.</summary>
internal static class PredictionFiles
{
    /// <summary>Whether a file is what <c>predict --probabilities</c> writes, whose header has thresholds, and no submission.</summary>
    public static bool HasProbabilities(string path)
    {
        using StreamReader reader = new(path);
        return reader.ReadLine()?.Contains('>', StringComparison.Ordinal) == true;
    }

    /// <summary>Decisions of annotated rows, and their probabilities where the file has them.</summary>
    /// <param name="path">A submission, or what <c>predict --probabilities</c> wrote.</param>
    /// <param name="truth">The labels.</param>
    /// <exception cref="BadInputException">The classes are not those of the labels, or the images are not.</exception>
    public static (Submission Decisions, PredictionTable? Probabilities) Load(string path, AnnotationSet truth)
    {
        PredictionTable? table = HasProbabilities(path) ? PredictionTable.Load(path) : null;
        if (table is not null && !table.ExpressionClasses.Equals(truth.ExpressionClasses))
        {
            throw new BadInputException(
                $"{path}: its classes are {table.ExpressionClasses}, and the labels' {truth.ExpressionClasses}. Give the file's with " +
                    "--classes.");
        }

        return (Matching(path, table?.ToSubmission() ?? Submission.Load(path, truth.ExpressionClasses), truth), table);
    }

    /// <summary>Decisions of annotated rows from such a file, or from the <c>report.json</c> that <c>report</c> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="truth">The labels.</param>
    /// <exception cref="BadInputException">The classes are not those of the labels, or the images are not.</exception>
    public static Submission LoadEarlier(string path, AnnotationSet truth) => IsJson(path)
        ? Matching(path, AffectReport.ReadPredictions(path, truth.ExpressionClasses), truth)
        : Load(path, truth).Decisions;

    private static bool IsJson(string path)
    {
        using StreamReader reader = new(path);
        return reader.ReadLine()?.TrimStart().StartsWith('{') == true;
    }

    private static Submission Matching(string path, Submission submission, AnnotationSet truth)
    {
        try
        {
            submission.MatchTo(truth);
            return submission;
        }
        catch (SubmissionMismatchException mismatch)
        {
            throw new BadInputException($"{path}: {mismatch.Message}");
        }
    }
}
