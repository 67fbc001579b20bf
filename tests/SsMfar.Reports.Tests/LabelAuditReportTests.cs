using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metrics;
using SsMfar.Predictions;
using SsMfar.Reports;

namespace SsMfar.Tests;

/// <summary>What an audit leaves: a page, a table, and annotations without suspects.</summary>
public sealed class LabelAuditReportTests : IDisposable
{
    private static readonly ExpressionClassSet Classes = new("calm", "wild, very");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_page_shows_the_most_doubtful_faces_first_and_stands_alone()
    {
        Directory.CreateDirectory(_folder.File("a"));
        for (int i = 0; i < 20; i++)
        {
            File.WriteAllBytes(_folder.File($"a/{i}.jpg"), TestImages.Jpeg(60, 60, i));
        }

        using FolderImageSource images = new(_folder.Path);
        new LabelAuditReport(Audit(), images) { Source = "<labels>.txt", Faces = 3 }.Save(_folder.Path);

        ReportDocument page = await ReportDocument.LoadAsync(_folder.File("audit.html"));

        page.ShouldStandAlone(hasCharts: false);
        page.Heading.Should().Be("Doubtful labels");
        page.Text.Should().Contain("20 rows of <labels>.txt");
        page.Sections.Should().Equal("Expressions", "Action units");
        page.Section("Expressions").Text.Should().Contain("1 of 20 labels are suspect (5.0%).");
        page.Section("Expressions").Tables[0][1].Should().Equal("calm", "wild, very", "1");
        page.Values(".face small").First().Should().Be("a/3.jpg");
        page.Pictures.Should().Be(4);
    }

    [Fact]
    public void The_table_has_a_row_for_each_doubtful_label_and_quotes_what_needs_it()
    {
        new LabelAuditReport(Audit()).Save(_folder.Path);

        string[] lines = File.ReadAllLines(_folder.File("doubtful.csv"));

        lines[0].Should().Be("task,unit,rank,image,label,suggested,doubt,suspect");
        lines.Should().HaveCount(1 + 2 + 2);
        lines[1].Should().StartWith("expression,,1,a/3.jpg,calm,\"wild, very\",0.").And.EndWith(",1");
        lines[3].Should().StartWith("action_units,AU4,1,a/5.jpg,absent,present,");
        AnnotationSet left = AnnotationSet.Load(_folder.File("without-suspects.txt"));
        left[3].Expression.Should().BeNull();
        left[5].ActionUnits[2].Should().BeNull();
        left.Count(row => row.Expression is null).Should().Be(1);
    }

    [Fact]
    public void A_number_of_faces_out_of_range_is_refused() =>
        FluentActions.Invoking(() => new LabelAuditReport(Audit()) { Faces = -1 }.ToHtml())
            .Should().Throw<InvalidOperationException>().WithMessage("Faces is -1; it is 0 to 1000.");

    // Row 3 is labelled calm and read as wild; row 5 lacks a unit that is seen.
    private static LabelAudit Audit()
    {
        AnnotationSet truth = new(
            Enumerable.Range(0, 20).Select(i => new AnnotationRow(
                $"a/{i}.jpg", null, i < 10 ? 0 : 1, ActionUnitLabels.Unknown.With(2, i % 2 == 0))),
            Classes);
        AffectPrediction[] predictions =
        [
            .. Enumerable.Range(0, 20).Select(i =>
            {
                float calm = i < 10 && i != 3 ? 0.9f : 0.1f;
                float[] units = new float[12];
                units[2] = i % 2 == 0 || i == 5 ? 0.9f : 0.1f;
                return new AffectPrediction { Expression = new(Classes, [calm, 1 - calm]), ActionUnits = new([.. units]) };
            }),
        ];
        return LabelAudit.Of(truth, predictions);
    }
}
