using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Importing;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>import</c>: labels that others made, as annotations.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        ImportOptions options = new();
        Command command = new("import", "Make annotations of a table of labels, or of a public data set");
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        command.SetAction(parsed => Run(ConsoleSession.Of(parsed), options.Read(parsed)));
        return command;
    }

    private static void Run(ConsoleSession session, ImportArguments arguments)
    {
        Check(arguments);
        if (!arguments.DryRun)
        {
            Outputs.RequireWritable(("--out", arguments.Out));
            Inputs.RequireKept(
                [("--out", arguments.Out)],
                ("--csv", arguments.Csv), ("--class-names", arguments.ClassNames), ("--data", arguments.Data));
            if (arguments.Source is { } source && File.Exists(arguments.Out) && Places.IsIn(arguments.Out, source))
            {
                throw new BadInputException(
                    $"--out '{arguments.Out}' is a file of --source that is there, and would be lost. Name another file, or remove it.");
            }
        }

        using IImageSource? images = arguments.Data is { } data ? Inputs.OpenImages(data) : null;
        (AnnotationSet set, JsonObject understood, ImmutableArray<string> notes) = arguments.Csv is not null
            ? OfTable(arguments, images)
            : OfDataset(arguments, images);
        int? unlisted = images is FolderImageSource folder ? Unlisted(folder, set) : null;
        if (!arguments.DryRun)
        {
            set.Save(arguments.Out!, AnnotationFileLayout.Compact);
        }

        Report(session, arguments, set, understood, notes, unlisted);
    }

    // Null where the folder cannot be gone through: the rows' own images are there.
    private static int? Unlisted(FolderImageSource folder, AnnotationSet set)
    {
        try
        {
            return folder.GetImageNames().Except(set.Select(row => row.Image), StringComparer.Ordinal).Count();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    private static void Check(ImportArguments arguments)
    {
        string? fault = (arguments.Csv, arguments.From, arguments.Source) switch
        {
            (null, null, _) => "Nothing is named to import: give --csv FILE with --map, or --from NAME with --source DIR.",
            (not null, not null, _) => "--csv and --from are two sources: give one, and join what they give with merge.",
            (not null, null, not null) => "--source goes with --from: leave it out, or name the data set.",
            (null, not null, null) => "--from needs the data set's folder: add --source DIR.",
            (not null, null, null) when arguments.Map.Length == 0 =>
                "--csv needs --map: say which column is what, such as --map image=file.",
            (null, not null, not null) when arguments.OfTables.Length > 0 =>
                $"{arguments.OfTables[0]} is about tables, and --from knows its data set: leave it out.",
            _ => arguments.Out is null && !arguments.DryRun ? "--out FILE says where to write: add it, or --dry-run." : null,
        };
        if (fault is not null)
        {
            throw new BadInputException(fault);
        }
    }

    private static (AnnotationSet Set, JsonObject Understood, ImmutableArray<string> Notes) OfTable(
        ImportArguments arguments, IImageSource? images)
    {
        TableDescription description = new()
        {
            ExpressionClasses = arguments.Classes,
            ClassNames = arguments.ClassNames is { } names ? ClassNameTable.Load(names) : null,
            Delimiter = Character("--delimiter", arguments.Delimiter),
            DecimalSeparator = Character("--decimal", arguments.Decimal),
            Encoding = arguments.Encoding,
            ImagePrefix = arguments.Strip,
        };
        foreach ((string ours, string theirs) in arguments.Map)
        {
            description.Columns[ours] = theirs;
        }

        foreach ((string name, ValueRange range) in arguments.Ranges)
        {
            description.Ranges[name] = range;
        }

        foreach (string mark in arguments.Unknown)
        {
            if (mark.Split('=', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } column, { Length: > 0 } own])
            {
                description.ColumnUnknownMarks[column] =
                    [.. description.ColumnUnknownMarks.TryGetValue(column, out ICollection<string>? others) ? others : [], own];
            }
            else
            {
                description.UnknownMarks.Add(mark);
            }
        }

        AnnotationImportResult result;
        try
        {
            result = AnnotationImport.Load(arguments.Csv!, description);
        }
        catch (ArgumentException contradiction)
        {
            throw new BadInputException($"--map, --range and the other options do not fit together: " +
                $"{ConsoleWords.Of(contradiction.Message)}");
        }

        result = images is null ? result : result.MatchImages(images);
        JsonObject understood = new()
        {
            ["delimiter"] = $"{result.Delimiter}",
            ["decimalSeparator"] = $"{result.DecimalSeparator}",
            ["encoding"] = result.Encoding,
            ["ignoredColumns"] = JsonResults.Array(result.IgnoredColumns),
        };
        return (
            result.Annotations, understood,
            result.RespelledImages == 0 ? [] : [$"{result.RespelledImages} names took the Unicode form of their images"]);
    }

    private static (AnnotationSet Set, JsonObject Understood, ImmutableArray<string> Notes) OfDataset(
        ImportArguments arguments, IImageSource? images)
    {
        DatasetImportResult result = arguments.From!.Import(arguments.Source!, arguments.Classes);
        if (images is not null)
        {
            Inputs.RequireImages(images, [.. result.Annotations.Select(row => row.Image)], $"--source {arguments.Source}");
        }

        return (result.Annotations, new() { ["from"] = arguments.From.Name }, result.Notes);
    }

    private static char? Character(string option, string? text) => text switch
    {
        null => null,
        "tab" or "\\t" => '\t',
        [var character] => character,
        _ => throw new BadInputException($"{option} '{text}' is not one character. Give one, or the word tab."),
    };

    private static void Report(
        ConsoleSession session, ImportArguments arguments, AnnotationSet set, JsonObject understood, ImmutableArray<string> notes,
        int? unlisted)
    {
        AnnotationStatistics statistics = set.Statistics;
        int expressions = statistics.Rows - statistics.InvalidExpression, units = statistics.Rows - statistics.InvalidActionUnits;
        JsonObject json = new()
        {
            ["rows"] = statistics.Rows,
            ["known"] = JsonResults.Known(statistics),
            ["expressionClasses"] = JsonResults.Array(statistics.ExpressionClasses.Names),
            ["expressionCounts"] = JsonResults.Array(statistics.ExpressionCounts),
            ["columns"] = JsonResults.Array(set.ExtraColumns.Concat(set.TextColumns)),
            ["understood"] = understood,
            ["notes"] = JsonResults.Array(notes),
            ["out"] = arguments.DryRun ? null : arguments.Out,
        };
        json["unlistedImages"] = unlisted;
        session.WriteResult(json, () =>
        {
            TextTable counts = new("rows", $"{statistics.Rows}");
            counts.Add("with an expression", $"{expressions}").Add("with a valence", $"{statistics.KnownValence}")
                .Add("with an arousal", $"{statistics.KnownArousal}").Add("with an action unit", $"{units}");
            if (set.IntensityUnits is not null)
            {
                counts.Add("with an intensity", $"{statistics.KnownIntensity}");
            }

            TextTable classes = new("expression", "rows");
            for (int i = 0; i < statistics.ExpressionClasses.Count; i++)
            {
                classes.Add(statistics.ExpressionClasses[i], $"{statistics.ExpressionCounts[i]}");
            }

            IEnumerable<string> lines =
            [
                $"understood: {string.Join(", ", understood.Select(entry => $"{entry.Key} {entry.Value?.ToJsonString()}"))}",
                .. notes,
                .. unlisted > 0 ? [$"{unlisted} images in --data have no row"] : (string[])[],
                .. KeptLabels.Line(set) is { } kept ? [kept] : (string[])[],
                arguments.DryRun ? "Nothing was written: --dry-run." : $"written: {arguments.Out}",
            ];
            return $"{counts}\n{classes}\n{string.Join('\n', lines)}";
        });
    }
}
