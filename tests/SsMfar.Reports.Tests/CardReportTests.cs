using System.Text.Json;
using SsMfar.Data;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Reports;
using SsMfar.Tests.Metrics;

namespace SsMfar.Tests;

/// <summary>What a report gives a model card, and a card a report.</summary>
public sealed class CardReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_card_has_the_reports_scores_and_those_of_its_groups()
    {
        var (truth, predictions) = GroupedFaces.Draw(1, 300, 0.8, 0.5);
        AffectReport report = AffectReport.Create(
            truth, predictions, new() { Bootstrap = new() { Resamples = 50, Level = 0.9 }, Subgroups = ["group"], GroupByName = "people" });
        report.Save(_folder.Path);

        CardEvaluation card = report.ToCardEvaluation();

        card.Should().BeEquivalentTo(AffectReport.ReadCardEvaluation(_folder.File("report.json")));
        (card.Rows, card.GroupBy, card.Level).Should().Be((truth.Count, "people", 0.9));
        card.Scores.Select(score => (score.Name, score.Value, score.Low, score.High)).Should().Equal(
            Of("expression, macro F1", report.Intervals.ExpressionMacroF1), Of("action units, mean F1", report.Intervals.ActionUnitMeanF1),
            Of("valence and arousal, mean CCC", report.Intervals.ValenceArousalMean), Of("P_MTL, their sum", report.Intervals.PMtl));
        SubgroupColumn column = report.Subgroups!.Columns.Single();
        card.Subgroups.Should().HaveCount(column.Groups.Length * 3);
        foreach (Subgroup group in column.Groups)
        {
            SubgroupComparison expected = group[ScoredTask.Expression]!;
            CardSubgroup found = card.Subgroups.Single(one => one.Group == group.Name && one.Score.Name == "expression, F1");
            (found.Column, found.Labels, found.IsFound).Should().Be(("group", expected.Labels, expected.IsFound));
            (found.Gap.Value, found.Gap.Low, found.Gap.High).Should().Be(
                ((double?)expected.Gap.Value, (double?)expected.Gap.Low, (double?)expected.Gap.High));
        }

        new ModelCard { Evaluation = card }.Validate();

        static (string, double?, double?, double?) Of(string name, ScoreInterval? interval) =>
            (name, interval!.Value.Value, interval.Value.Low, interval.Value.High);
    }

    [Fact]
    public async Task A_page_says_what_a_card_was_judged_on_and_that_it_has_no_scores()
    {
        var (truth, predictions) = GroupedFaces.Draw(1, 100, 0.8, 0.5);
        ModelCard card = new() { EvaluatedOn = "faces of others" };
        AffectReport.Create(truth, predictions, new() { Bootstrap = new() { Resamples = 20 }, Card = card }).Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));

        page.Section("Model card").Text.Should().MatchRegex(@"Scores of the card, on faces of others\s+Not stated\.");
    }

    // All labels of expressions are of one person: most resamples have none, or all, and no interval is told.
    [Fact]
    public void A_score_without_an_interval_stands_in_the_card_without_one()
    {
        var (truth, predictions) = GroupedFaces.Draw(1, 60, 0.8, 0.5);
        AnnotationSet one = new(
            truth.Select((row, i) => i < 20 ? row : row with { Expression = null }), truth.ExpressionClasses, truth.ExtraColumns,
            truth.TextColumns, truth.Units);
        string First(string image) => truth.ToList().FindIndex(row => row.Image == image) < 20 ? "first" : "others";
        AffectReport report = AffectReport.Create(one, predictions, new() { Bootstrap = new() { Resamples = 20, GroupBy = First } });

        report.Intervals.ExpressionMacroF1.Should().BeNull();
        CardScore score = report.ToCardEvaluation().Scores.Single(known => known.Name == "expression, macro F1");
        (score.Value, score.Low, score.High).Should().Be((report.Scores.Expression!.MacroF1, (double?)null, (double?)null));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("""{"rows":1}""")]
    public void A_file_that_is_no_report_is_refused_by_name(string text)
    {
        File.WriteAllText(_folder.File("other.json"), text);

        FluentActions.Invoking(() => AffectReport.ReadCardEvaluation(_folder.File("other.json"))).Should().Throw<InvalidDataException>()
            .WithMessage("*other.json is no report*");
    }

    [Fact]
    public async Task Page_and_document_have_the_card_that_is_given()
    {
        var (truth, predictions) = GroupedFaces.Draw(1, 100, 0.8, 0.5);
        ModelCard card = new() { Licence = "ours & theirs", ExcludedUse = ["<Schools>."] };
        AffectReport.Create(truth, predictions, new() { Bootstrap = new() { Resamples = 20 }, Card = card }).Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("report.html"));
        page.ShouldStandAlone();
        page.Section("Model card").Text.Should().ContainAll("ours & theirs", "<Schools>.", "As of ", "not stated");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(_folder.File("report.json")));
        ModelCard.FromJson(document.RootElement.GetProperty("card").GetRawText()).Should().Be(card);
        AffectReport.Create(truth, predictions, new() { Bootstrap = new() { Resamples = 20 } }).ToHtml().Should().NotContain("Model card");
    }
}
