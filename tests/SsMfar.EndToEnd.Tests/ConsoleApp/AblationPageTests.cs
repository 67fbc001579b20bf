using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>The page and the picture of an ablation, against its document.</summary>
public sealed partial class AblationPageTests(AblationRun run) : IClassFixture<AblationRun>
{
    private static readonly string[] Scores = ["expression", "actionUnits", "valenceArousal", "overall"];

    [Fact]
    public async Task The_page_stands_alone()
    {
        ReportDocument page = await PageAsync();

        page.ShouldStandAlone();
        page.Text.Should().NotContain(run.Out).And.Contain("96 faces to learn from, 64 to judge by; seeds 1, 2.");
        page.Sections.Should().Equal(
            "Table 1's rows on drawn faces, recipe recommended",
            "Table 2's rows on drawn faces, six expressions alone, recipe recommended",
            "How sure the differences are");
    }

    [Fact]
    public async Task Every_score_of_the_document_is_in_the_tables_of_the_page()
    {
        ReportDocument page = await PageAsync();
        foreach ((JsonElement table, string heading) in Tables())
        {
            string[][] cells = page.Section(heading).Tables[0];
            int columns = table.GetProperty("table").GetInt32() == 1 ? 4 : 1;
            foreach (JsonElement row in table.GetProperty("rows").EnumerateArray())
            {
                string[] shown = cells.Single(line => line[0] == row.GetProperty("method").GetString());
                IEnumerable<string> scores = row.GetProperty("note").GetString() is { } note
                    ? [note]
                    : Scores.Take(columns).Select(name => Spread(row.GetProperty(name)));
                string[] epochs = [.. row.GetProperty("runs").EnumerateArray().Select(one => $"{one.GetProperty("epoch")}")];
                shown[1..^3].Select(cell => Ends().Replace(cell, "")).Should().Equal(scores);
                shown[1..^3].Should().OnlyContain(cell => cell == "weights not given" || Ends().IsMatch(cell), "each has its interval");
                shown[^3].Should().Be(string.Join(", ", epochs), "numbers are of these epochs, seed by seed");
                shown[^2].Should().MatchRegex(epochs.Length == 0 ? "^$" : @"^\d+:\d\d:\d\d$");
                page.Section(heading, $"In the paper, on {(columns == 4 ? "s-Aff-Wild2" : "Synthetic Data Challenge")}").Tables[0]
                    .Single(line => line[0] == shown[0])[1..].Should().Equal(
                        Scores.Take(columns).Select(name => Number(row.GetProperty("paper").GetProperty(name))),
                        "drawn faces are other data");
                shown[^1].Should().EndWith(
                    string.Concat(row.GetProperty("differences").EnumerateArray().Select(change => change.GetString())));
            }
        }
    }

    [Fact]
    public async Task Every_class_and_unit_has_the_mean_of_its_F1_over_seeds()
    {
        ReportDocument page = await PageAsync();
        foreach ((JsonElement table, string heading) in Tables())
        {
            ShouldShow(page.Section(heading, "Class by class").Tables[0], table, "expressionClasses", "expressionF1");
        }

        (JsonElement first, string title) = Tables()[0];
        ShouldShow(page.Section(title, "Unit by unit").Tables[0], first, "actionUnitNames", "actionUnitF1");
        page.Section(Tables()[1].Heading).Text.Should().NotContain("Unit by unit", "Table 2 has expressions alone");

        static void ShouldShow(string[][] cells, JsonElement table, string names, string values)
        {
            string[] columns = [.. table.GetProperty(names).EnumerateArray().Select(name => name.GetString()!)];
            cells[0].Should().Equal(["F1, mean over seeds", .. columns]);
            cells[1..].SelectMany(line => line[1..]).Should().OnlyContain(cell => Ends().IsMatch(cell));
            cells[1..].Select(line => line.Select(cell => Ends().Replace(cell, "")).ToArray()).Should().BeEquivalentTo(
                Finished(table).Select(row => new[] { row.GetProperty("method").GetString()! }.Concat(
                    Enumerable.Range(0, columns.Length).Select(i => Fixed(
                        row.GetProperty("runs").EnumerateArray().Average(one => one.GetProperty(values)[i].GetDouble()))))),
                options => options.WithStrictOrdering());
        }
    }

    [Fact]
    public async Task Confusions_are_counts()
    {
        ReportDocument page = await PageAsync();
        foreach ((JsonElement table, string heading) in Tables())
        {
            var figures = page.Section(heading, "Expressions taken for each other").Figures;
            JsonElement[] rows = [.. Finished(table)];
            figures.Select(figure => figure.Caption).Should().Equal(rows.Select(row => row.GetProperty("method").GetString()));
            string[] classes = [.. table.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()!)];
            foreach ((JsonElement row, string[][] cells) in rows.Zip(figures.Select(figure => figure.Cells)))
            {
                for (int truth = 0; truth < classes.Length; truth++)
                {
                    double[] counts =
                    [
                        .. Enumerable.Range(0, classes.Length).Select(predicted => row.GetProperty("runs").EnumerateArray()
                            .Sum(one => one.GetProperty("confusion")[(truth * classes.Length) + predicted].GetDouble())),
                    ];
                    cells[truth + 1].Should().Equal(
                        [classes[truth], .. counts.Select(count => count.ToString("F0", CultureInfo.InvariantCulture))]);
                }
            }
        }
    }

    [Fact]
    public async Task Every_difference_is_shown_with_its_interval()
    {
        JsonElement comparison = run.Printed.GetProperty("comparisons")[0];

        string[][] cells = (await PageAsync()).Section("How sure the differences are").Tables[0];

        cells[1].Should().HaveCount(5);
        cells[1][0].Should().StartWith("SS-MFAR less MFAR");
        cells[1][1..].Select(cell => cell.TrimEnd('*').Trim()).Should()
            .Equal(Scores.Select(name => $"{Of(name, "value")} ({Of(name, "low")} to {Of(name, "high")})"));

        string Of(string name, string end) =>
            comparison.GetProperty(name).GetProperty(end).GetDouble().ToString("+0.000;-0.000;+0.000", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Charts_name_the_rows_that_ran_and_end_at_their_scores()
    {
        ReportDocument page = await PageAsync();
        (JsonElement table, string heading) = Tables()[0];
        IReadOnlyList<ReportDocument.Chart> learning = page.Section(heading, "How they learned").Charts;

        learning.Select(chart => chart.Caption).Should().Equal(
            "Overall (sum of the three)", "Expression, macro F1", "Action units, mean F1", "Valence and arousal, mean CCC",
            "Loss in training");
        learning.Should().AllSatisfy(chart => chart.Names.Should().Equal("MFAR", "SS-MFAR"));
        learning.Should().AllSatisfy(chart => chart.ShouldBeLegible());
        foreach ((ReportDocument.Chart chart, string score) in learning.Zip(["overall", "expression", "actionUnits", "valenceArousal"]))
        {
            double[] means = [.. Finished(table).Select(row => row.GetProperty(score).GetProperty("mean").GetDouble()).OrderDescending()];
            chart.Ends.Zip(means).Should().HaveCount(2).And
                .OnlyContain(end => Math.Abs(end.First.Value - end.Second) < 0.0051, "of one epoch, the first is the last");
        }

        page.Section(Tables()[1].Heading, "How they learned").Charts.Select(chart => chart.Caption).Should()
            .Equal("Expression, macro F1", "Loss in training");
    }

    [Fact]
    public async Task Rows_with_pseudo_labels_show_thresholds_and_confident_rows()
    {
        ReportDocument page = await PageAsync();
        (JsonElement table, string heading) = Tables()[0];
        IReadOnlyList<ReportDocument.Chart> policies = page.Section(heading, "Thresholds and confident rows").Charts;

        policies.Select(chart => chart.Caption).Should().Equal("Share of confident rows", "Thresholds of SS-MFAR");
        policies[0].Names.Should().Equal("SS-MFAR");
        policies[1].Names.Should().Equal(table.GetProperty("expressionClasses").EnumerateArray().Select(name => name.GetString()));
        policies[1].Ends.Should().HaveCount(8);
        policies[1].ShouldBeLegible();
        IReadOnlyList<ReportDocument.Chart> planes = page.Section(heading, "Valence and arousal").Charts;
        planes.Select(chart => chart.Caption.Split(':')[0]).Should()
            .Equal("MFAR, valence", "MFAR, arousal", "SS-MFAR, valence", "SS-MFAR, arousal");
        planes.Should().OnlyContain(chart => chart.Caption.Contains(": CCC "));
        page.Section(heading).Text.Should().Contain("SemiSupervision.Mode: None → PseudoLabels").And.Contain("weights not given");
    }

    [Fact]
    public void Every_figure_is_a_file_that_stands_alone_and_has_a_colour_for_each_row_that_ran()
    {
        string[] names = [.. Names("*.png")];

        names.Should().Contain(
        [
            "table-1-recommended-overall", "table-1-recommended-expression", "table-1-recommended-loss", "table-1-recommended-confident",
            "table-1-recommended-thresholds-ss-mfar", "table-1-recommended-valence-mfar", "table-2-recommended-expression",
        ]).And.NotContain("table-2-recommended-units");
        Names("*.svg").Should().Equal(names);
        Hues("table-1-recommended-overall").Should().Be(2, "of Table 1, two rows ran");
        Hues("table-2-recommended-expression").Should().Be(1);
        string svg = File.ReadAllText(Path.Combine(run.Out, "figures", "table-1-recommended-overall.svg"));
        svg.Should().ContainAll("<svg", "MFAR", "SS-MFAR", "epoch", "Overall").And.NotContain("var(--").And.NotContain("NaN");

        IEnumerable<string> Names(string pattern) => Directory.EnumerateFiles(Path.Combine(run.Out, "figures"), pattern)
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

        // Curves and their names are coloured, everything else is grey.
        int Hues(string name)
        {
            using SKBitmap picture = SKBitmap.Decode(Path.Combine(run.Out, "figures", $"{name}.png"));
            return picture.Pixels.Where(pixel => Math.Max(pixel.Red, Math.Max(pixel.Green, pixel.Blue)) -
                    Math.Min(pixel.Red, Math.Min(pixel.Green, pixel.Blue)) > 120)
                .GroupBy(pixel =>
                {
                    pixel.ToHsv(out float hue, out _, out _);
                    return (int)(hue / 30);
                })
                .Count(hue => hue.Count() > 100);
        }
    }

    [Fact]
    public async Task Faces_that_most_runs_read_wrong_are_shown_and_what_the_runs_were_made_by()
    {
        string source = await File.ReadAllTextAsync(Path.Combine(run.Out, "report.html"));
        ReportDocument page = await PageAsync();

        page.Section(Tables()[0].Heading, "Read worst: Expressions").Text.Should().MatchRegex(@"\d of 4 runs");
        page.Section(Tables()[1].Heading, "Read worst: Expressions").Text.Should().MatchRegex(@"\d of 2 runs");
        page.Pictures.Should().BeGreaterThan(30);
        page.Values(".origin").Should().ContainSingle().Which.Should().StartWith("ssmfar ").And.Contain("processors");
        source.Should().Contain("@media print");
        Regex.Count(source, "<polygon").Should().BeGreaterThan(0, "two seeds have a band");
    }

    [Fact]
    public async Task A_threshold_for_all_classes_is_drawn_as_one()
    {
        string output = run.PathOf("softmatch");

        await ConsoleProgram.JsonAsync(
            ["ablate", "--out", output, .. AblationRun.Faces, .. AblationRun.Budget, "--tables", "1", "--variants", "ss-mfar",
            "--seeds", "1", "--set", "SemiSupervision.Policy=SoftMatch"]);

        ReportDocument page = await ReportDocument.LoadAsync(Path.Combine(output, "report.html"));
        ReportDocument.Chart thresholds = page.Section(page.Sections[0], "Thresholds and confident rows").Charts[1];
        thresholds.Caption.Should().Be("Thresholds of SS-MFAR");
        thresholds.Names.Should().Equal("all classes");
    }

    private Task<ReportDocument> PageAsync() => ReportDocument.LoadAsync(Path.Combine(run.Out, "report.html"));

    private (JsonElement Table, string Heading)[] Tables() =>
    [
        .. run.Printed.GetProperty("tables").EnumerateArray().Select(table => (table, string.Create(
            CultureInfo.InvariantCulture,
            $"Table {table.GetProperty("table")}'s rows on {table.GetProperty("data")}, recipe {table.GetProperty("recipe")}"))),
    ];

    private static IEnumerable<JsonElement> Finished(JsonElement table) =>
        table.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("note").ValueKind == JsonValueKind.Null);

    private static string Spread(JsonElement value) => $"{Number(value.GetProperty("mean"))} ± {Number(value.GetProperty("deviation"))}";

    private static string Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "-" : Fixed(value.GetDouble());

    // An interval behind a number.
    [GeneratedRegex(@" (-?\d\.\d{3} to -?\d\.\d{3}|-)$")]
    private static partial Regex Ends();

    private static string Fixed(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
