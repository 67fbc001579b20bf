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
    /// <summary>Decisions of annotated rows, and their probabilities where the file has them.</summary>
    /// <param name="path">A submission, or what <c>predict --probabilities</c> wrote.</param>
    /// <param name="truth">The labels.</param>
    /// <exception cref="BadInputException">The classes are not those of the labels, or the images are not.</exception>
    public static (Submission Decisions, PredictionTable? Probabilities) Load(string path, AnnotationSet truth) =>
        Load(new(path), path, truth);

    private static (Submission Decisions, PredictionTable? Probabilities) Load(PredictionFile file, string path, AnnotationSet truth)
    {
        PredictionTable? table = TableOf(file, path, truth.ExpressionClasses);
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

        return (Matching(path, table?.ToSubmission() ?? file.Submission(truth.ExpressionClasses), truth), table);
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
    public static PredictionTable? LoadTable(string path, AnnotationSet truth) => TableOf(new(path), path, truth.ExpressionClasses);

    /// <summary>The table in a file; null where it is a submission. One without expressions is of the labels' classes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path, for the message.</param>
    /// <param name="classes">The labels' classes.</param>
    /// <exception cref="BadInputException">The classes are not those of the labels.</exception>
    public static PredictionTable? TableOf(PredictionFile file, string path, ExpressionClassSet classes)
    {
        PredictionTable? table = file.HasProbabilities ? file.Table() : null;
        return table is null || table.ExpressionClasses.Equals(classes) ? table
            : table is { Count: > 0 } && table[0].Expression is null
                ? new(table.Images.Select((image, row) => (image, table[row])), classes)
                : throw new BadInputException(
                    $"{path}: its classes are {table.ExpressionClasses}, and the labels' {classes}. Give labels of the file's " +
                        "classes, or, where the labels' file has no #classes line, name them with --classes.");
    }

    /// <summary>Decisions of annotated rows from such a file, or from the <c>report.json</c> that <c>report</c> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="truth">The labels.</param>
    /// <exception cref="BadInputException">The classes are not those of the labels, or the images are not.</exception>
    public static Submission LoadEarlier(string path, AnnotationSet truth)
    {
        PredictionFile file = new(path);
        if (file is { IsReport: true, IsPipe: true })
        {
            throw new BadInputException($"{path}: this is a pipe, and a report is read more than once. Give the report.json itself.");
        }

        return file.IsReport
            ? Matching(path, AffectReport.ReadPredictions(path, truth.ExpressionClasses), truth)
            : Load(file, path, truth).Decisions;
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
