using System.CommandLine;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>stats</c>: what an annotation file holds.</summary>
internal static class StatsCommand
{
    public static Command Create()
    {
        Option<string> annotations = CommonOptions.Annotations();
        Option<ExpressionClassSet?> classes = CommonOptions.Classes();
        Command command = new("stats", "Count rows, missing labels, classes and action units, and weigh them (Eq. 1 and 2)") {
            annotations,
            classes };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(annotations),
            parsed.GetValue(classes)));
        return command;
    }

    private static void Run(ConsoleSession session, string annotations, ExpressionClassSet? classes)
    {
        AnnotationSet set = AnnotationSet.Load(annotations, new() { ExpressionClasses = classes });
        JsonObject json = JsonResults.Of(set.Statistics);
        json["notLearned"] = JsonResults.Array(KeptLabels.Of(set));
        session.WriteResult(json, () => $"{Describe(set.Statistics)}{(KeptLabels.Line(set) is { } kept ? $"\n{kept}\n" : "")}");
    }

    private static string Describe(AnnotationStatistics statistics)
    {
        TextTable rows = new TextTable("rows", $"{statistics.Rows}")
            .Add("without a valence", $"{statistics.Rows - statistics.KnownValence}")
            .Add("without an arousal", $"{statistics.Rows - statistics.KnownArousal}")
            .Add("without an action unit", $"{statistics.InvalidActionUnits}")
            .Add("without an expression", $"{statistics.InvalidExpression}");
        TextTable classes = new("expression", "rows", "weight");
        for (int i = 0; i < statistics.ExpressionClasses.Count; i++)
        {
            classes.Add(
                statistics.ExpressionClasses[i],
                $"{statistics.ExpressionCounts[i]}",
                TextTable.Number(statistics.ExpressionWeights()[i]));
        }

        TextTable units = new("action unit", "present", "absent", "weight");
        for (int i = 0; i < statistics.Units.Count; i++)
        {
            units.Add(
                statistics.Units.Names[i],
                $"{statistics.ActionUnitPositives[i]}",
                $"{statistics.ActionUnitNegatives[i]}",
                TextTable.Number(statistics.ActionUnitWeights()[i]));
        }

        string intensities = "";
        if (statistics.IntensityUnits is { } strong)
        {
            rows.Add("without an intensity", $"{statistics.Rows - statistics.KnownIntensity}");
            TextTable table = new("intensity", "rows", "mean");
            for (int i = 0; i < strong.Count; i++)
            {
                table.Add(strong.Names[i], $"{statistics.IntensityCounts[i]}", TextTable.Number(statistics.MeanIntensities[i]));
            }

            intensities = $"\n{table}";
        }

        return $"{rows}\n{classes}\n{units}{intensities}";
    }
}
