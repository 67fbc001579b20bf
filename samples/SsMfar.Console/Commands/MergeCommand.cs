using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>merge</c>: several annotation files as one.</summary>
internal static class MergeCommand
{
    public static Command Create()
    {
        Argument<string[]> files = OptionKinds.Arguments(
            "FILE[=PREFIX]", "The files, each with the folder of its images, relative to the --data of all");
        Option<string> output = CommonOptions.Out("FILE", "the merged annotations");
        Option<KeyValuePair<string, float>[]?> weights = OptionKinds.Named(
            "--weights-of", "SOURCE=N,...", "Weights of the rows of a source, which a file's name without its ending is", Weights);
        Option<ExpressionClassSet?> classes = CommonOptions.Classes();
        Command command = new("merge", "Join annotation files; rows of one image become one, and say where they come from") {
            files, output, weights, classes };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed), parsed.GetRequiredValue(files), parsed.GetRequiredValue(output), parsed.GetValue(weights) ?? [],
            parsed.GetValue(classes)));
        return command;
    }

    private static KeyValuePair<string, float>[] Weights(string text) => Array.ConvertAll(Lists.Pairs(text), pair =>
        float.TryParse(pair.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out float weight) && weight >= 0
            && float.IsFinite(weight)
            ? KeyValuePair.Create(pair.Key, weight)
            : throw new FormatException($"'{pair.Value}' is no weight: a number from 0."));

    private static void Run(
        ConsoleSession session, string[] files, string output, KeyValuePair<string, float>[] weights, ExpressionClassSet? given)
    {
        Outputs.RequireWritable(("--out", output));
        (string Path, string Name, AnnotationSet Set)[] sets = [.. files.Select(file => Load(file, given))];
        Inputs.RequireKept([("--out", output)], [.. sets.Select(set => ("FILE", (string?)set.Path))]);
        ExpressionClassSet classes = Classes(sets);
        string[] sources = [.. sets.SelectMany(Sources).Distinct(StringComparer.Ordinal)];
        if (weights.FirstOrDefault(pair => !sources.Contains(pair.Key)).Key is { } unknown)
        {
            throw new BadInputException($"--weights-of '{unknown}': no row is of this source; there are {string.Join(", ", sources)}.");
        }

        AnnotationSet merged = Merge(sets, classes, weights);
        merged.Save(output, AnnotationFileLayout.Compact);
        AnnotationStatistics statistics = merged.Statistics;
        session.WriteResult(
            new JsonObject
            {
                ["rows"] = merged.Count,
                ["files"] = new JsonArray([.. sets.Select(set => new JsonObject
                {
                    ["file"] = set.Path, ["source"] = set.Name, ["rows"] = set.Set.Count,
                })]),
                ["known"] = JsonResults.Known(statistics),
                ["expressionClasses"] = JsonResults.Array(classes.Names),
                ["out"] = output,
            },
            () => $"{sets.Aggregate(new TextTable("file", "rows"), (table, set) => table.Add(set.Path, $"{set.Set.Count}"))
                .Add("merged", $"{merged.Count}")}\nwritten: {output}");
    }

    // A name with '=' in it is a file's own where there is such a file.
    private static (string Path, string Name, AnnotationSet Set) Load(string argument, ExpressionClassSet? classes)
    {
        int at = File.Exists(argument) ? -1 : argument.LastIndexOf('=');
        string path = at < 0 ? argument : argument[..at], prefix = at < 0 ? "" : argument[(at + 1)..];
        if (path.Length == 0)
        {
            throw new BadInputException($"FILE[=PREFIX] '{argument}': no file stands before the '='. Give one.");
        }

        string name = Path.GetFileNameWithoutExtension(path);
        AnnotationSet set = AnnotationSet.Load(path, new() { ExpressionClasses = classes });
        try
        {
            return (path, name, set.WithImagePrefix(prefix).WithSource(name));
        }
        catch (ArgumentException wrong)
        {
            throw new BadInputException($"'{argument}': {ConsoleWords.Of(wrong.Message)}");
        }
    }

    // A file without expressions has no classes to disagree with.
    private static ExpressionClassSet Classes((string Path, string Name, AnnotationSet Set)[] sets)
    {
        var labelled = sets.Where(set => set.Set.Statistics.InvalidExpression < set.Set.Count).ToArray();
        if (labelled.FirstOrDefault(set => !set.Set.ExpressionClasses.Equals(labelled[0].Set.ExpressionClasses))
            is { Set: { } other } differing)
        {
            throw new BadInputException(
                $"{differing.Path}: its expressions are of the classes {other.ExpressionClasses}, and those of {labelled[0].Path} are of " +
                    $"{labelled[0].Set.ExpressionClasses}. Import one of the two anew with --classes and --class-names.");
        }

        return labelled.Length > 0 ? labelled[0].Set.ExpressionClasses : sets[0].Set.ExpressionClasses;
    }

    private static IEnumerable<string> Sources((string Path, string Name, AnnotationSet Set) set)
    {
        int place = set.Set.TextColumns.IndexOf(AnnotationSet.SourceColumn);
        return set.Set.Select(row => row.Text.Span[place]!);
    }

    private static AnnotationSet Merge(
        (string Path, string Name, AnnotationSet Set)[] sets, ExpressionClassSet classes, KeyValuePair<string, float>[] weights)
    {
        Dictionary<string, float> weightOf = new(weights, StringComparer.Ordinal);
        try
        {
            return AnnotationSet.Merge(sets.Select(set => set.Set.WithExpressionClasses(classes)).Select(set =>
            {
                int place = set.TextColumns.IndexOf(AnnotationSet.SourceColumn);
                return weightOf.Count == 0 ? set : set.WithWeights(
                    row => weightOf.TryGetValue(row.Text.Span[place]!, out float weight) ? weight : null);
            }));
        }
        catch (ArgumentException contradiction)
        {
            throw new BadInputException($"{string.Join(", ", sets.Select(set => set.Path))}: {ConsoleWords.Of(contradiction.Message)}");
        }
    }
}
