using System.Collections.Immutable;
using SsMfar.Reports.Charts;
using SsMfar.Reports.Pages;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Training;

namespace SsMfar.ConsoleApp.Demo;

/// <summary>What the demonstration's page shows.</summary>
internal sealed class ReportView(DemoResult result)
{
    private const string Ridge = "ridge on pixels";

    public string TrainingFaces => Whole(result.Settings.TrainingFaces);

    public string ValidationFaces => Whole(result.Settings.ValidationFaces);

    public int Epochs => result.Settings.Epochs;

    public string Seconds => Rounded(result.Seconds);

    public ImmutableArray<TileView> Tiles =>
    [
        new("expression", "Expression, macro F1", result.Scores.Expression?.MacroF1, result.Ridge.Expression?.MacroF1),
        new("units", "Action units, mean F1", result.Scores.ActionUnits?.MeanF1, result.Ridge.ActionUnits?.MeanF1),
        new("affect", "Valence and arousal, CCC", result.Scores.ValenceArousal?.Mean, result.Ridge.ValenceArousal?.Mean),
        new("all", "", result.Scores.PMtl, result.Ridge.PMtl),
    ];

    public ImmutableArray<FigureView> Curves =>
    [
        FigureView.Of(new("Scores on unseen people, by epoch", Scores, result.History.Length, 1), Ridge),
        FigureView.Of(new("Losses in training, by epoch", Losses, result.History.Length, null)),
    ];

    public ImmutableArray<FaceView> Faces => [.. result.Faces.Select(face => new FaceView(face, result.Classes))];

    public ImmutableArray<BarView> Expressions =>
    [
        .. result.Classes.Names.Select((name, i) =>
            new BarView(name, "", result.Scores.Expression?.F1[i], result.Ridge.Expression?.F1[i])),
    ];

    public ImmutableArray<BarView> Affect =>
    [
        new("Valence", "", result.Scores.ValenceArousal?.Valence, result.Ridge.ValenceArousal?.Valence),
        new("Arousal", "", result.Scores.ValenceArousal?.Arousal, result.Ridge.ValenceArousal?.Arousal),
    ];

    public ImmutableArray<BarView> Units =>
    [
        .. ActionUnits.All.Select((unit, i) => new BarView(
            ActionUnits.Names[i], UnitWords.Describe(unit), result.Scores.ActionUnits?.F1[i], result.Ridge.ActionUnits?.F1[i])),
    ];

    public string Method => result.Method;

    public int ImageSize => result.Settings.ImageSize;

    public int BatchSize => result.Settings.BatchSize;

    public long Seed => result.Settings.Seed;

    public int BestEpoch => result.BestEpoch;

    public int EpochsRun => result.History.Length;

    public string ImagesPerSecond => Rounded(result.ImagesPerSecond);

    public int Processors { get; } = Environment.ProcessorCount;

    public int RidgeSide { get; } = RidgeBaseline.Side;

    private ImmutableArray<ChartCurve> Scores => Each(
        (epoch, task) => epoch.Evaluation?.Tasks.GetValueOrDefault(task)?.Primary,
        [result.Ridge.Expression?.MacroF1, result.Ridge.ActionUnits?.MeanF1, result.Ridge.ValenceArousal?.Mean]);

    private ImmutableArray<ChartCurve> Losses => Each(
        (epoch, task) => epoch.Losses.TryGetValue(task, out double loss) ? loss : null,
        [null, null, null]);

    private ImmutableArray<ChartCurve> Each(Func<EpochResult, string, double?> value, double?[] floors)
    {
        return
        [
            new("expression", ChartTone.Expression, Values(AffectTaskNames.Expression), floors[0]),
            new("action units", ChartTone.ActionUnits, Values(AffectTaskNames.ActionUnits), floors[1]),
            new("valence and arousal", ChartTone.ValenceArousal, Values(AffectTaskNames.ValenceArousal), floors[2]),
        ];

        ImmutableArray<double?> Values(string task) => [.. result.History.Select(epoch => value(epoch, task))];
    }

    private static string Whole(int number) => FormattableString.Invariant($"{number:N0}");

    private static string Rounded(double number) => FormattableString.Invariant($"{number:F0}");

    /// <summary>A score over its floor, large.</summary>
    /// <param name="Tone">The task.</param>
    /// <param name="Name">The score's name; empty for the sum of all.</param>
    /// <param name="Score">The model's.</param>
    /// <param name="Ridge">Ridge regression's.</param>
    internal sealed record TileView(string Tone, string Name, double? Score, double? Ridge)
    {
        public string Value => TextTable.Number(Score, 3);

        public string Floor => TextTable.Number(Ridge, 3);
    }

    /// <summary>A score as a bar, with a mark at its floor.</summary>
    /// <param name="Name">What is scored.</param>
    /// <param name="Description">More of it, or nothing.</param>
    /// <param name="Score">The model's.</param>
    /// <param name="Ridge">Ridge regression's.</param>
    internal sealed record BarView(string Name, string Description, double? Score, double? Ridge)
    {
        public string Value => TextTable.Number(Score, 3);

        public string Width => Percent(Score);

        public string Floor => Percent(Ridge);

        private static string Percent(double? value) => FormattableString.Invariant($"{100 * Math.Clamp(value ?? 0, 0, 1):F1}");
    }
}
