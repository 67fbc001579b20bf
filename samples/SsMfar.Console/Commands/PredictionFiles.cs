using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Postprocessing;
using SsMfar.Predictions;
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
        PredictionTable? table = LoadTable(path, truth);
        if (table is { Count: > 0 })
        {
            AffectPrediction first = table[0];
            RequireUnits(first.ActionUnits is null ? null : table.Units, path);
            if (first is { Expression: null, ValenceArousal: null, ActionUnits: null })
            {
                throw new BadInputException(
                    $"{path}: it has intensities of units alone, which reports do not judge. Use evaluate or score.");
            }
        }

        return (Matching(path, table?.ToSubmission() ?? Submission.Load(path, truth.ExpressionClasses), truth), table);
    }

    /// <summary>Refuses units that have no place in a submission, by which reports judge.</summary>
    /// <exception cref="BadInputException">They are others than the twelve.</exception>
    public static void RequireUnits(ActionUnitSet? units, string path)
    {
        if (units is not null && !units.Equals(ActionUnitSet.AffWild2))
        {
            throw new BadInputException(
                $"{path}: its action units are {units}; reports judge {ActionUnitSet.AffWild2}. Use evaluate or score, which judge any.");
        }
    }

    /// <summary>What <c>predict --probabilities</c> wrote; null for a submission.</summary>
    /// <param name="path">The file.</param>
    /// <param name="truth">The labels.</param>
    /// <exception cref="BadInputException">The classes are not those of the labels.</exception>
    public static PredictionTable? LoadTable(string path, AnnotationSet truth)
    {
        PredictionTable? table = HasProbabilities(path) ? PredictionTable.Load(path) : null;
        if (table is not null && !table.ExpressionClasses.Equals(truth.ExpressionClasses))
        {
            throw new BadInputException(
                $"{path}: its classes are {table.ExpressionClasses}, and the labels' {truth.ExpressionClasses}. Give the file's with " +
                    "--classes.");
        }

        return table;
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

    /// <summary>For each annotated row the place of its prediction.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="match">Finds them.</param>
    /// <exception cref="BadInputException">An image has none, or several, or is not annotated.</exception>
    public static int[] Match(string path, Func<int[]> match)
    {
        try
        {
            return match();
        }
        catch (SubmissionMismatchException mismatch)
        {
            throw new BadInputException($"{path}: {mismatch.Message}");
        }
    }

    private static Submission Matching(string path, Submission submission, AnnotationSet truth)
    {
        Match(path, () => submission.MatchTo(truth));
        return submission;
    }
}
