using System.Text.Json;
using SsMfar.Metadata;

namespace SsMfar.Tests.Metadata;

/// <summary>Model cards: kept as they were written, refused where a word would be lost, and readable.</summary>
public sealed class ModelCardTests
{
    private static readonly ModelCard Whole = new()
    {
        Name = "Faces 4",
        Description = "Reads expressions of cropped faces.",
        Licence = "CC BY-NC 4.0",
        Contact = "faces@example.org",
        Data = [new("RAF-DB", "training", "non-commercial research", 12271), new("Ours | 2", rows: 0)],
        IntendedUse = ["Studies of adults who agreed."],
        ExcludedUse = ["Hiring.", "Schools."],
        Limitations = ["Children were not tried."],
        EvaluatedOn = "our held-back people",
        Evaluation = new()
        {
            Rows = 700,
            GroupBy = "videos",
            Level = 0.95,
            Scores = [new("expression, macro F1", 0.6954, 0.641, 0.7321), new("P_MTL", null)],
            Subgroups = [new("age", "60-", 88, new("expression, F1", 0.5, 0.4, 0.6), new("gap", 0.2, 0.05, 0.35), true)],
        },
    };

    [Fact]
    public void A_card_is_read_as_it_was_written_alone_and_in_a_models_metadata()
    {
        ModelCard read = ModelCard.FromJson(Whole.ToJson());

        read.Should().Be(Whole);
        read.Should().BeEquivalentTo(Whole);
        ModelMetadata metadata = new() { Input = new(), Card = Whole };
        ModelMetadata kept = ModelMetadata.FromJson(metadata.ToJson());
        kept.Card.Should().Be(Whole);
        kept.Should().Be(metadata).And.NotBe(metadata with { Card = Whole with { Licence = "another" } })
            .And.NotBe(metadata with { Card = null });
        new ModelMetadata { Input = new() }.ToJson().Should().NotContain("card", "older files stay as they are");
        ModelCard.FromJson("{}").Should().Be(new ModelCard());
    }

    [Theory]
    [InlineData("""{"license":"MIT"}""", "'license' is no member of a card*licence*")]
    [InlineData("""{"data":[{"name":"a","license":"MIT"}]}""", "'license' is no member of an entry of 'data'*licence*")]
    [InlineData("""{"data":[{"licence":"MIT"}]}""", "*name*")]
    [InlineData("""{"name":" "}""", "*Name is blank*")]
    [InlineData("""{"excludedUse":[""]}""", "*ExcludedUse is blank*")]
    [InlineData("""{"data":[{"name":"a","rows":-1}]}""", "*-1 rows*")]
    [InlineData("""{"evaluation":{"rows":1,"groupBy":"rows","level":1.5}}""", "*level of 1.5*")]
    [InlineData("""{"intendedUse":"all"}""", "*intendedUse*")]
    [InlineData("""{"data":[null]}""", "one of the data of the card is null")]
    [InlineData("""{"limitations":["a",null]}""", "one of the limitations of the card is null")]
    [InlineData("""{"intendedUse":[null]}""", "one of the intended uses of the card is null")]
    [InlineData("""{"excludedUse":[null]}""", "one of the excluded uses of the card is null")]
    [InlineData("""{"evaluation":{"rows":1,"groupBy":"rows","level":0.9,"scores":[null]}}""", "one of the scores of the card is null")]
    [InlineData("""{"evaluation":{"rows":1,"groupBy":"a","level":0.9,"subgroups":[null]}}""", "one of the subgroups of the card is null")]
    [InlineData("[]", "*")]
    [InlineData("null", "*")]
    public void A_card_with_a_fault_is_refused_by_name(string json, string message) =>
        FluentActions.Invoking(() => ModelCard.FromJson(json)).Should().Throw<JsonException>().WithMessage(message);

    [Fact]
    public void A_score_that_is_no_number_is_refused()
    {
        ModelCard card = Whole with
        {
            Evaluation = new() { Rows = 1, GroupBy = "rows", Level = 0.9, Scores = [new("P_MTL", double.NaN)] },
        };

        FluentActions.Invoking(card.Validate).Should().Throw<ArgumentException>().WithMessage("*finite*");
        FluentActions.Invoking(() => new ModelMetadata { Input = new(), Card = card }.Validate()).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Markdown_says_all_of_it()
    {
        string text = Whole.ToMarkdown(new()
        {
            Input = new(),
            ExpressionClasses = ["Calm", "Glad"],
            Training = new(7, 1.5, 3),
            Recipe = "recommended",
        });

        text.Should().ContainAll(
            "# Model card: Faces 4", "Reads expressions of cropped faces.", "- Licence: CC BY-NC 4.0", "- Contact: faces@example.org",
            "- Expressions: Calm, Glad", "recommended, epoch 7", "| RAF-DB | training | non-commercial research | 12271 |",
            "| Ours \\| 2 | not stated | not stated | 0 |", "- Hiring.", "- Schools.", "- Studies of adults", "- Children were not tried.",
            "On our held-back people.", "700 faces; 95% intervals from draws of videos.",
            "| expression, macro F1 | 0.695 | 0.641 to 0.732 |", "| P_MTL | - | - |",
            "| age 60- | expression, F1 | 88 | 0.500 | 0.400 to 0.600 | 0.200 | 0.050 to 0.350 | * |");
        text.Split('\n').Where(line => line.StartsWith("## ")).Should().Equal(
            "## Data", "## Intended use", "## Excluded use", "## Evaluation", "## Limitations", "## Regulation");
    }

    [Fact]
    public void What_nobody_stated_is_said_to_be_so()
    {
        string text = new ModelCard().ToMarkdown();

        text.Should().Contain("Licence: Not stated.");
        System.Text.RegularExpressions.Regex.Matches(text, "^Not stated\\.$", System.Text.RegularExpressions.RegexOptions.Multiline)
            .Should().HaveCount(5, "data, uses, evaluation and limitations");
    }

    [Fact]
    public void The_note_on_regulation_has_its_date_its_source_and_no_advice() =>
        ModelCard.RegulationNote.Should().StartWith("As of ").And.MatchRegex(@"\d{1,2} \w+ 20\d\d")
            .And.ContainAll(
                "no legal advice", "2024/1689", "Article 5(1)(f)", "medical or safety", "Annex III", "Article 50(3)", "eur-lex.europa.eu");

    [Fact]
    public void A_line_break_does_not_break_a_table()
    {
        string text = new ModelCard { Data = [new("a\nb", "c")] }.ToMarkdown();

        text.Should().Contain("| a b | c |");
    }
}
