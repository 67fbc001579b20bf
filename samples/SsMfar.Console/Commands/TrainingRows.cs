using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The rows that <c>train</c> learns from and judges by, of two files or of one.</summary>
internal static class TrainingRows
{
    /// <summary>Reads them. The remarks are for the reader of a run that starts, a line each.</summary>
    /// <exception cref="BadInputException">There are too few rows, or not one of --validation and --validation-share is given.</exception>
    public static (AnnotationSet Training, AnnotationSet Validation, IReadOnlyList<string> Remarks) Load(TrainArguments arguments)
    {
        if ((arguments.Validation is null) == (arguments.ValidationShare is null))
        {
            throw new BadInputException(
                "--validation FILE says what to judge by, and --validation-share N which share of --train: give one of the two.");
        }

        AnnotationSet training = Read(arguments.Train, arguments.Classes);
        List<string> remarks =
        [
            .. new[] { KeptLabels.Line(training, arguments.Tasks), KeptLabels.HalfAffect(training.Statistics) }.OfType<string>()
                .Select(remark => $"{arguments.Train}: {remark}"),
        ];
        if (arguments.Validation is { } path)
        {
            AnnotationSet validation = Read(path, training.ExpressionClasses);
            if (OwnColumn.OnBothSides(training, validation) is { } both)
            {
                remarks.Add($"{path}: the column {both.Column} has {both.Who} of {arguments.Train} too: the scores are too good.");
            }

            return (training, validation, remarks);
        }

        (AnnotationSet learned, AnnotationSet judged) = Split(arguments, training, remarks);
        return (learned, judged, remarks);
    }

    private static AnnotationSet Read(string path, ExpressionClassSet? classes) =>
        AtLeastTwo(AnnotationSet.Load(path, new() { ExpressionClasses = classes }), path);

    private static AnnotationSet AtLeastTwo(AnnotationSet annotations, string path) => annotations.Count >= 2
        ? annotations
        : throw new BadInputException($"{path}: {annotations.Count} annotated images are too few; batch statistics need at least 2.");

    private static (AnnotationSet Training, AnnotationSet Validation) Split(
        TrainArguments arguments, AnnotationSet all, List<string> remarks)
    {
        (Func<AnnotationRow, string>? groupBy, string whole) = Groups(arguments, all, remarks);
        (AnnotationSet training, AnnotationSet validation) = Parted(arguments, all, groupBy);
        if (OwnColumn.OnBothSides(training, validation) is { } both)
        {
            throw new BadInputException(
                $"{arguments.Train}: {both.Who} in the column {both.Column} would be on both sides of --validation-share. " +
                    "Fill the column in all rows, so that people are not parted, or part the file by hand and give --train and " +
                    "--validation.");
        }

        remarks.Add(
            $"{arguments.Train}: {validation.Count} of {all.Count} rows are judged by{whole}; the rest is learned from.");
        return (
            AtLeastTwo(training, $"{arguments.Train} without --validation-share"),
            AtLeastTwo(validation, $"--validation-share of {arguments.Train}"));
    }

    private static (AnnotationSet Training, AnnotationSet Validation) Parted(
        TrainArguments arguments, AnnotationSet all, Func<AnnotationRow, string>? groupBy)
    {
        try
        {
            return all.SplitStratified(arguments.ValidationShare!.Value, arguments.Seed, groupBy);
        }
        catch (InvalidOperationException impossible)
        {
            throw new BadInputException(
                $"{arguments.Train}: {impossible.Message.TrimEnd('.')}. Say in a column person whom each row shows, or part the file by " +
                    "hand and give --train and --validation.");
        }
    }

    // What stays on one side: a person where the file says of each row whom it shows, else a folder, else nothing.
    private static (Func<AnnotationRow, string>? GroupBy, string Whole) Groups(
        TrainArguments arguments, AnnotationSet all, List<string> remarks)
    {
        if (OwnColumn.PersonOf(all) is var (column, person))
        {
            return (person, $", whole people (the column {column})");
        }

        if (all.Select(row => ImageGroups.Video(row.Image)).Distinct(StringComparer.Ordinal).Skip(1).Any())
        {
            return (row => ImageGroups.Video(row.Image), ", whole videos (folders)");
        }

        remarks.Add(
            $"{arguments.Train}: all images lie in one folder, so --validation-share takes rows. Where several show one person or scene, " +
                "the scores are too good: part the file with split --group-by first.");
        return (null, "");
    }
}
