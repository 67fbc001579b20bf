using System.Collections.Immutable;
using System.Net;
using System.Text;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Models;
using SsMfar.Tasks;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>One HTML page that needs nothing beside itself: styles, drawings and pictures are inside.</summary>
internal static class ReportPage
{
    private const string Template = "report.html";

    public static string Write(DemoResult result)
    {
        StringBuilder page = new(ReadTemplate());
        page.Replace("{{summary}}", Summary(result));
        page.Replace("{{tiles}}", Tiles(result));
        page.Replace("{{curves}}", Curves(result));
        page.Replace("{{faces}}", string.Concat(result.Faces.Select(face => FaceCard.Write(face, result.Classes))));
        page.Replace("{{scores}}", Scores(result));
        page.Replace("{{footer}}", Footer(result));
        return page.ToString();
    }

    /// <summary>Text safe within HTML.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string ReadTemplate()
    {
        using Stream stream = typeof(ReportPage).Assembly.GetManifestResourceStream(typeof(ReportPage), Template)
            ?? throw new InvalidOperationException($"The program lacks its resource {Template}.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string Summary(DemoResult result) => FormattableString.Invariant(
        $"A ResNet-18 looked at {result.Settings.TrainingFaces:N0} drawn faces, {Times(result.Settings.Epochs)} at each, and learned three things at once: the expression, twelve action units, and valence and arousal. About a third of the labels of each kind were missing. Here it is judged on {result.Settings.ValidationFaces:N0} faces of people it never saw. From the first drawing to this page: {result.Seconds:F0} seconds.");

    private static string Times(int count) => count == 1 ? "once" : FormattableString.Invariant($"{count} times");

    private static string Tiles(DemoResult result)
    {
        return Tile("expression", "Expression, macro F1", result.Scores.Expression?.MacroF1, result.Ridge.Expression?.MacroF1)
            + Tile("units", "Action units, mean F1", result.Scores.ActionUnits?.MeanF1, result.Ridge.ActionUnits?.MeanF1)
            + Tile("affect", "Valence and arousal, CCC", result.Scores.ValenceArousal?.Mean, result.Ridge.ValenceArousal?.Mean)
            + Tile("all", "P<sub>MTL</sub>, their sum", result.Scores.PMtl, result.Ridge.PMtl);

        static string Tile(string kind, string name, double? value, double? floor) =>
            $"""<div class="tile {kind}"><div class="name">{name}</div><div class="value">{TextTable.Number(value, 3)}</div><div class="floor">ridge on pixels: {TextTable.Number(floor, 3)}</div></div>""";
    }

    private static string Curves(DemoResult result)
    {
        return Figure(
                "Scores on unseen people, by epoch",
                LineChart.Write(Tasks(), result.History.Length, 1),
                dashes: "ridge on pixels")
            + Figure("Losses in training, by epoch", LineChart.Write(Losses(), result.History.Length, null), dashes: null);

        ImmutableArray<ChartSeries> Tasks() =>
        [
            new("expression", Primary(AffectTaskNames.Expression), result.Ridge.Expression?.MacroF1),
            new("units", Primary(AffectTaskNames.ActionUnits), result.Ridge.ActionUnits?.MeanF1),
            new("affect", Primary(AffectTaskNames.ValenceArousal), result.Ridge.ValenceArousal?.Mean),
        ];

        ImmutableArray<double?> Primary(string task) =>
            [.. result.History.Select(epoch => epoch.Evaluation?.Tasks.GetValueOrDefault(task)?.Primary)];

        ImmutableArray<ChartSeries> Losses() =>
        [
            new("expression", Loss(AffectTaskNames.Expression), null),
            new("units", Loss(AffectTaskNames.ActionUnits), null),
            new("affect", Loss(AffectTaskNames.ValenceArousal), null),
        ];

        ImmutableArray<double?> Loss(string task) =>
            [.. result.History.Select(epoch => epoch.Losses.TryGetValue(task, out double loss) ? loss : (double?)null)];
    }

    private static string Figure(string caption, string drawing, string? dashes) =>
        $"""
         <figure><figcaption>{caption}</figcaption>{drawing}<div class="key"><span class="expression"><i></i>expression</span><span class="units"><i></i>action units</span><span class="affect"><i></i>valence and arousal</span>{(dashes is null ? "" : $"<span><i class=\"dash\"></i>{dashes}</span>")}</div></figure>
         """;

    private static string Scores(DemoResult result)
    {
        StringBuilder classes = new();
        for (int i = 0; i < result.Classes.Count; i++)
        {
            classes.Append(Bar(Encode(result.Classes[i]), result.Scores.Expression?.F1[i], result.Ridge.Expression?.F1[i]));
        }

        StringBuilder units = new();
        for (int i = 0; i < ActionUnits.Count; i++)
        {
            string name = $"{ActionUnits.Names[i]}<small>{FaceCard.Describe(ActionUnits.All[i])}</small>";
            units.Append(Bar(name, result.Scores.ActionUnits?.F1[i], result.Ridge.ActionUnits?.F1[i]));
        }

        string affect = Bar("Valence", result.Scores.ValenceArousal?.Valence, result.Ridge.ValenceArousal?.Valence)
            + Bar("Arousal", result.Scores.ValenceArousal?.Arousal, result.Ridge.ValenceArousal?.Arousal);
        return $"""
                <div><figure><figcaption>Expressions</figcaption><div class="bars expression">{classes}</div></figure>
                <figure style="margin-top:24px"><figcaption>Valence and arousal</figcaption><div class="bars affect">{affect}</div></figure></div>
                <figure><figcaption>Action units</figcaption><div class="bars units">{units}</div></figure>
                """;
    }

    private static string Bar(string name, double? value, double? floor) => FormattableString.Invariant(
        $"""<span class="name">{name}</span><span class="bar"><b style="width:{Percent(value):F1}%"></b><i style="left:{Percent(floor):F1}%"></i></span><span class="value">{TextTable.Number(value, 3)}</span>""");

    private static double Percent(double? value) => 100 * Math.Clamp(value ?? 0, 0, 1);

    private static string Footer(DemoResult result) => FormattableString.Invariant(
        $"""
         <p>Method: {Encode(result.Method)}. {result.Settings.ImageSize}x{result.Settings.ImageSize} pixels, batches of {result.Settings.BatchSize}, seed {result.Settings.Seed}; the best epoch was number {result.BestEpoch} of {result.History.Length}; {result.ImagesPerSecond:F0} images/s in training on {Environment.ProcessorCount} processors.</p>
         <p>The faces above are drawn again at a larger size; the model saw the small ones. Drawn faces show that the method works; they say nothing about how a model reads people. Ridge regression takes {RidgeBaseline.Side}x{RidgeBaseline.Side} grey pixels and the penalty that suits these very faces best.</p>
         """);
}
