using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>split</c>: one annotation file as two that share nobody.</summary>
internal static class SplitCommand
{
    private const string Training = "train.txt", Validation = "validation.txt", Kind = "split";

    public static Command Create()
    {
        Option<string> annotations = CommonOptions.Annotations();
        Option<double> share = OptionKinds.Number("--share", "The share of rows to judge by", 0.001, 0.999, 0.2);
        Option<string> grouping = OptionKinds.Text(
            "--group-by", "rows|videos|identities|COLUMN",
            "What counts as one: a row (default), or all images of a video or an identity; or all rows that a column says the same of",
            required: false);
        Option<long> seed = CommonOptions.Seed(long.MaxValue, 0L);
        Option<ExpressionClassSet?> classes = CommonOptions.Classes();
        Option<string> data = CommonOptions.Data("checked that no image of one part is in the other, by its pixels", required: false);
        Option<string> output = CommonOptions.Out("DIR", $"{Training} and {Validation}");
        Command command = new("split", "Part annotations into training and validation, each label in its share") {
            annotations, share, grouping, seed, classes, data, output };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            ConsoleSession.Of(parsed),
            AnnotationSet.Load(parsed.GetRequiredValue(annotations), new() { ExpressionClasses = parsed.GetValue(classes) }),
            parsed.GetRequiredValue(annotations),
            parsed.GetValue(share),
            parsed.GetValue(grouping) ?? "rows",
            parsed.GetValue(seed),
            parsed.GetValue(data),
            parsed.GetRequiredValue(output),
            cancellationToken));
        return command;
    }

    private static async Task RunAsync(
        ConsoleSession session, AnnotationSet all, string path, double share, string grouping, long seed, string? data, string output,
        CancellationToken cancellationToken)
    {
        Outputs.RequireFolder("--out", output);
        string trainFile = Path.Combine(output, Training), validationFile = Path.Combine(output, Validation);
        Inputs.RequireKept([("--out", trainFile), ("--out", validationFile)], ("--annotations", path), ("--data", data));
        Outputs.RequireOwn("--out", output, Kind, pictures: false, Training, Validation);
        using IImageSource? images = data is null ? null : Inputs.OpenImages(data);
        Func<AnnotationRow, string>? groupBy = GroupBy(all, path, grouping);
        AnnotationSet training, validation;
        try
        {
            (training, validation) = all.SplitStratified(share, seed, groupBy);
        }
        catch (InvalidOperationException oneGroup)
        {
            throw new BadInputException($"{path}: {oneGroup.Message} Give another --group-by.");
        }

        if (OwnColumn.OnBothSides(training, validation) is { } both)
        {
            throw new BadInputException(
                $"{path}: {both.Who} in the column {both.Column} would be on both sides. Give --group-by {both.Column}.");
        }

        if (images is not null)
        {
            await RequireNoSharedPixelsAsync(session, path, training, validation, images, cancellationToken).ConfigureAwait(false);
        }

        WrittenFolder.Mark(output, Kind);

        // That of another split may have rows of this training set.
        File.Delete(validationFile);
        training.Save(trainFile, AnnotationFileLayout.Compact);
        validation.Save(validationFile, AnnotationFileLayout.Compact);
        session.WriteResult(
            new JsonObject
            {
                ["rows"] = all.Count,
                ["trainRows"] = training.Count,
                ["validationRows"] = validation.Count,
                ["groups"] = groupBy is null ? all.Count : all.Select(groupBy).Distinct(StringComparer.Ordinal).Count(),
                ["groupBy"] = grouping,
                ["seed"] = seed,
                ["expressionClasses"] = JsonResults.Array(all.ExpressionClasses.Names),
                ["trainExpressionCounts"] = JsonResults.Array(training.Statistics.ExpressionCounts),
                ["validationExpressionCounts"] = JsonResults.Array(validation.Statistics.ExpressionCounts),
                ["train"] = trainFile,
                ["validation"] = validationFile,
            },
            () => $"{Describe(training, validation)}\nwritten: {trainFile}, {validationFile}");
    }

    private static Func<AnnotationRow, string>? GroupBy(AnnotationSet all, string path, string grouping)
    {
        if (OptionKinds.Find<ImageGrouping>(grouping) is { } known)
        {
            return known.GroupBy() is { } groupBy ? row => groupBy(row.Image) : null;
        }

        if (OwnColumn.ReaderOf(all, grouping) is not { } read)
        {
            string[] columns = [.. all.TextColumns, .. all.ExtraColumns];
            string own = columns.Length == 0 ? "none of its own" : string.Join(", ", columns);
            throw new BadInputException(
                $"--group-by '{grouping}': {path} has no such column; it has {own}. " +
                    "Name one, or rows, videos or identities.");
        }

        int without = all.Count(row => read(row) is null);
        return without > 0
            ? throw new BadInputException(
                $"--group-by '{grouping}': {without} rows of {path} have nothing in this column, so that whom they show is not known. " +
                    "Fill it, or group by something else.")
            : row => read(row)!;
    }

    private static async Task RequireNoSharedPixelsAsync(
        ConsoleSession session, string path, AnnotationSet training, AnnotationSet validation, IImageSource images,
        CancellationToken cancellationToken)
    {
        Inputs.RequireImages(images, [.. training.Concat(validation).Select(row => row.Image)], path);
        IReadOnlyList<(string Image, string Other)> shared = await ProgressView.RunAsync(session, view => Task.Run(
            () => training.FindSharedPixels(
                validation, images, view.Count("comparing pixels", training.Count + validation.Count, "images"), cancellationToken),
            cancellationToken)).ConfigureAwait(false);
        if (shared.Count > 0)
        {
            throw new BadInputException(
                $"{path}: '{shared[0].Other}' and '{shared[0].Image}' are the same image, and would be on both " +
                    $"sides{(shared.Count > 1 ? $", as would {shared.Count - 1} others" : "")}. Remove repeated images, or give a " +
                        "--group-by " +
                    "that keeps them together.");
        }
    }

    private static string Describe(AnnotationSet training, AnnotationSet validation)
    {
        AnnotationStatistics one = training.Statistics, other = validation.Statistics;
        TextTable table = new TextTable("", "train", "validation").Add("rows", $"{one.Rows}", $"{other.Rows}");
        for (int i = 0; i < one.ExpressionClasses.Count; i++)
        {
            table.Add(one.ExpressionClasses[i], $"{one.ExpressionCounts[i]}", $"{other.ExpressionCounts[i]}");
        }

        return table.Add("valence", $"{one.KnownValence}", $"{other.KnownValence}")
            .Add("arousal", $"{one.KnownArousal}", $"{other.KnownArousal}")
            .Add("action units", $"{one.Rows - one.InvalidActionUnits}", $"{other.Rows - other.InvalidActionUnits}").ToString();
    }
}
