using System.Globalization;
using SsMfar.Training;

namespace SsMfar.Tests.Training.Searching;

/// <summary>The description of a search space, and what is drawn of it.</summary>
public sealed class SearchSpaceTests
{
    private const string Text =
        """
        # what to vary
        Optimizer.HeadLearningRate = log 1e-4..1e-2   # over two powers of ten
        Heads.Dropout = 0..0.5

        Heads.HiddenWidth = log whole 16..256
        EarlyStopping.Patience = whole -2 .. 2
        recipe = published, recommended
        SemiSupervision.Tasks = Expression, "Expression,ActionUnits"
        """;

    [Fact]
    public void Lines_are_read_as_they_are_written()
    {
        SearchSpace space = SearchSpace.Parse(Text);

        space.ToString().Split('\n').Should().Equal(
            "Optimizer.HeadLearningRate = log 0.0001..0.01", "Heads.Dropout = 0..0.5", "Heads.HiddenWidth = log whole 16..256",
            "EarlyStopping.Patience = whole -2..2", "recipe = published, recommended",
            "SemiSupervision.Tasks = Expression, \"Expression,ActionUnits\"");
        SearchSpace.Parse(space.ToString()).ToString().Should().Be(space.ToString(), "what is written can be read");
        space.Dimensions[0].Place.Should().Be("space, line 2");
        space.Dimensions[3].Ends.Should().Equal("-2", "2");
        space.Dimensions[5].Choices.Should().Equal("Expression", "Expression,ActionUnits");
        space.Count.Should().BeNull("two ranges have no end of values");
        SearchSpace.Parse("A = 1, 2, 3\nB = whole 1..4").Count.Should().Be(13, "all pairs, and the unchanged candidate");
    }

    [Theory]
    [InlineData("Heads.Dropout", "is not of that form")]
    [InlineData("= 1, 2", "is not of that form")]
    [InlineData("A =", "is not of that form")]
    [InlineData("A B = 1, 2", "is not of that form")]
    [InlineData("A = 0.5", "nothing to choose among")]
    [InlineData("A = 1, 2, 1", "there twice")]
    [InlineData("A = 1,, 2", "a value is empty")]
    [InlineData("A = \"1, 2", "not closed")]
    [InlineData("A = 2..1", "not below the second")]
    [InlineData("A = 1..1", "not below the second")]
    [InlineData("A = log 0..1", "begins above 0")]
    [InlineData("A = whole 0.5..2", "not whole numbers")]
    [InlineData("A = low..high", "'low' is no number")]
    [InlineData("A = 1..NaN", "'NaN' is no number")]
    [InlineData("A = lin 1..2", "no range of numbers")]
    [InlineData("A = 0.1..0.2, 0.5", "a range of numbers stands alone")]
    [InlineData("B = 3, 4", "'B' is there twice, first in grid.txt, line 1")]
    public void A_bad_line_is_named_with_its_file(string line, string fault)
    {
        Action read = () => SearchSpace.Parse($"B = 1, 2\n\n{line}\n", "grid.txt");

        SearchSpaceException refused = read.Should().Throw<SearchSpaceException>().Which;
        refused.Message.Should().StartWith("grid.txt, line 3: ").And.Contain(fault);
        refused.Remedy.Should().NotBeNullOrEmpty();
        refused.Message.Should().EndWith(refused.Remedy);
    }

    [Theory]
    [InlineData("weights = none, ../weights/msceleb.pth", "none", "../weights/msceleb.pth")]
    [InlineData("weights = \"../a.pth\", \"b,c#1.pth\" # which", "../a.pth", "b,c#1.pth")]
    public void Choices_may_be_paths(string line, params string[] choices)
    {
        SearchSpace space = SearchSpace.Parse(line);

        space.Dimensions[0].Choices.Should().Equal(choices);
        SearchSpace.Parse(space.ToString()).Dimensions[0].Choices.Should().Equal(choices);
    }

    [Fact]
    public void A_text_without_lines_is_refused() =>
        ((Action)(() => SearchSpace.Parse("# nothing\n", "grid.txt"))).Should().Throw<SearchSpaceException>().WithMessage("grid.txt: *");

    [Fact]
    public void Candidates_are_within_the_space_each_once_and_the_first_changes_nothing()
    {
        SearchCandidate[] drawn = [.. SearchSpace.Parse(Text).Draw(400, 7)];

        drawn.Select(candidate => candidate.Number).Should().Equal(Enumerable.Range(0, 400));
        drawn[0].Values.Should().BeEmpty();
        drawn.Select(candidate => candidate.ToString()).Should().OnlyHaveUniqueItems();
        double[] rates = [.. drawn[1..].Select(candidate => Number(candidate, "Optimizer.HeadLearningRate"))];
        rates.Should().OnlyContain(rate => rate >= 1e-4 && rate <= 1e-2);
        rates.Count(rate => rate < 1e-3).Should().BeInRange(160, 240, "half of a range's logarithms are below its middle");
        drawn[1..].Select(candidate => Number(candidate, "Heads.Dropout")).Average().Should().BeApproximately(0.25, 0.03);
        drawn[1..].Select(candidate => Number(candidate, "Heads.HiddenWidth")).Should()
            .OnlyContain(width => width == Math.Floor(width) && width >= 16 && width <= 256);
        drawn[1..].GroupBy(candidate => candidate.Values["EarlyStopping.Patience"]).Should().HaveCount(5)
            .And.OnlyContain(group => group.Count() > 50, "both ends are as likely as what lies between");
        drawn[1..].Should().OnlyContain(candidate => candidate.Values.Count == 6);
    }

    [Fact]
    public void More_candidates_begin_with_the_same_ones_and_another_seed_draws_others()
    {
        SearchSpace space = SearchSpace.Parse(Text);
        string[] few = [.. space.Draw(20, 3).Select(candidate => candidate.ToString())];

        space.Draw(90, 3).Take(20).Select(candidate => candidate.ToString()).Should().Equal(few);
        space.Draw(20, 4).Skip(1).Select(candidate => candidate.ToString()).Should().NotIntersectWith(few.Skip(1));
    }

    [Fact]
    public void Of_a_small_space_all_candidates_come()
    {
        SearchSpace space = SearchSpace.Parse("A = 1, 2, 3\nB = x, y\nC = whole 1..20");

        space.Draw(1000, 1).Select(candidate => candidate.ToString()).Should().HaveCount(121).And.OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData("EmaDecay = 0.999..0.9999", 0.999, 0.9999, 8)]
    [InlineData("EmaDecay = log 0.999..0.9999", 0.999, 0.9999, 8)]
    [InlineData("Below = -100.01..-100", -100.01, -100, 9)]
    [InlineData("Dropout = 0..0.5", 0, 0.5, 8)]
    public void A_range_is_drawn_from_all_over_however_narrow_it_is(string line, double minimum, double maximum, int longest)
    {
        string[] drawn = [.. SearchSpace.Parse(line).Draw(101, 5).Skip(1).Select(candidate => candidate.Values.Values.Single())];

        double[] places = [.. drawn.Select(text => (double.Parse(text, CultureInfo.InvariantCulture) - minimum) / (maximum - minimum))];
        places.Should().OnlyContain(place => place >= 0 && place <= 1);
        places.GroupBy(place => (int)(place * 4)).Where(quarter => quarter.Key < 4).Should().HaveCount(4)
            .And.OnlyContain(quarter => quarter.Count() > 10);
        drawn.Should().OnlyContain(text => text.Length <= longest, "it is what somebody would type");
    }

    [Fact]
    public void Of_a_range_with_few_values_all_come()
    {
        SearchCandidate[] drawn = [.. SearchSpace.Parse("A = 0.1..0.1115").Draw(1000, 1)];

        drawn.Skip(1).Select(candidate => candidate.Values["A"]).Order(StringComparer.Ordinal).Should().Equal(
            Enumerable.Range(100, 12).Select(step => (step / 1000.0).ToString(CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_dimension_keeps_its_values_where_another_is_added_before_it()
    {
        string[] alone = Values("A = 0..1"), beside = Values("B = 0..1\nA = 0..1");

        beside.Should().Equal(alone);

        static string[] Values(string text) =>
            [.. SearchSpace.Parse(text).Draw(30, 1).Skip(1).Select(candidate => candidate.Values["A"])];
    }

    private static double Number(SearchCandidate candidate, string name) =>
        double.Parse(candidate.Values[name], CultureInfo.InvariantCulture);
}
