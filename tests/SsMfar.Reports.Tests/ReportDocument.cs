using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace SsMfar.Tests;

/// <summary>A page as its readers meet it: headings, tables, charts and their numbers.</summary>
internal sealed partial class ReportDocument
{
    private readonly string _source;
    private readonly IDocument _page;

    private ReportDocument(string source) => (_source, _page) = (source, new HtmlParser().ParseDocument(source));

    public string Title => _page.Title!;

    public string Heading => Words(_page.QuerySelector("h1")!);

    /// <summary>The headings of the page's sections.</summary>
    public IReadOnlyList<string> Sections => [.. _page.QuerySelectorAll("h2").Select(Words)];

    /// <summary>Everything that is there to read.</summary>
    public string Text => Words(_page.Body!);

    public int Pictures => _page.Images.Length;

    public static async Task<ReportDocument> LoadAsync(string path) => new(await File.ReadAllTextAsync(path));

    /// <summary>A section of the page, or a part of a section, by its heading.</summary>
    public Part Section(string heading, string? within = null)
    {
        IElement section = Headed(_page.QuerySelectorAll("h2"), heading).ParentElement!;
        return within is null
            ? new(section.Children)
            : new(section.Children.SkipWhile(element => element != Headed(section.QuerySelectorAll("h3"), within)).Skip(1)
                .TakeWhile(element => element.LocalName is not ("h3" or "details")));
    }

    /// <summary>The elements that carry a text and nothing else.</summary>
    public IEnumerable<string> Values(string selector) => _page.QuerySelectorAll(selector).Select(Words);

    /// <summary>It needs no other file, has no place left to fill, and its charts have a colour in light and dark.</summary>
    public void ShouldStandAlone(bool hasCharts = true)
    {
        string source = Embedded().Replace(_source, "");
        Requests().Matches(source).Should().BeEmpty();
        source.Should().NotContain("{{").And.NotContain("{%").And.NotContain("NaN");
        string styles = Words(_page.QuerySelector("style")!);
        Match[] themes = Theme().Matches(styles).ToArray();
        themes.Should().HaveCount(2, "light and dark");
        string[] used = [.. Variable().Matches(source).Select(match => match.Groups[1].Value).Distinct()];
        (used.Length > 0).Should().Be(hasCharts);
        if (hasCharts)
        {
            themes.Should().AllSatisfy(theme => used.Should().OnlyContain(name => theme.Value.Contains($"--{name}:")));
        }
    }

    private static IElement Headed(IEnumerable<IElement> headings, string heading) =>
        headings.Should().ContainSingle(element => Words(element) == heading).Which;

    private static string Words(INode node) => Space().Replace(node.TextContent, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    // Anything that a browser would fetch.
    [GeneratedRegex("""(https?:|//[a-z]|@import|<script|<link|url\(|src="(?!data:)|srcset)""", RegexOptions.IgnoreCase)]
    private static partial Regex Requests();

    [GeneratedRegex("\"data:image/jpeg;base64,[^\"]*\"")]
    private static partial Regex Embedded();

    [GeneratedRegex(@":root \{.*?\}")]
    private static partial Regex Theme();

    [GeneratedRegex(@"style=""[^""]*var\(--([a-z0-9]+)\)")]
    private static partial Regex Variable();

    /// <summary>Elements below a heading.</summary>
    internal sealed class Part(IEnumerable<IElement> elements)
    {
        private readonly IElement[] _elements = [.. elements];

        public string Text => string.Join(' ', _elements.Select(Words));

        /// <summary>The tables outside of figures, row by row.</summary>
        public IReadOnlyList<string[][]> Tables => [.. All("table").Where(table => table.Closest("figure") is null).Select(Cells)];

        /// <summary>The charts of curves.</summary>
        public IReadOnlyList<Chart> Charts =>
            [.. All("figure").Where(figure => figure.QuerySelector("svg polyline") is not null).Select(figure => new Chart(figure))];

        /// <summary>The other figures, by caption.</summary>
        public IReadOnlyList<(string Caption, string[][] Cells, string[] Words)> Figures =>
        [
            .. All("figure").Where(figure => figure.QuerySelector("svg polyline") is null).Select(figure => (
                Words(figure.QuerySelector("figcaption")!),
                figure.QuerySelector("table") is { } table ? Cells(table) : [],
                figure.QuerySelectorAll("svg text").Select(Words).ToArray())),
        ];

        private IEnumerable<IElement> All(string selector) =>
            _elements.SelectMany(element => element.QuerySelectorAll(selector).Prepend(element))
                .Where(element => element.Matches(selector));

        private static string[][] Cells(IElement table) =>
            [.. table.QuerySelectorAll("tr").Select(row => row.Children.Select(Words).ToArray())];
    }

    /// <summary>A chart of curves.</summary>
    internal sealed partial class Chart(IElement figure)
    {
        public string Caption => Words(figure.QuerySelector("figcaption")!);

        /// <summary>The names beside the chart.</summary>
        public IReadOnlyList<string> Names => [.. figure.QuerySelectorAll("span").Select(Words)];

        /// <summary>The last values of the curves, from the highest, with the height at which each is written.</summary>
        public IReadOnlyList<(double Value, double Height)> Ends =>
        [
            .. figure.QuerySelectorAll("svg text").Where(text => text.GetAttribute("text-anchor") == "start").Select(text => (
                double.Parse(Words(text), System.Globalization.CultureInfo.InvariantCulture),
                double.Parse(
                    Place().Match(text.GetAttribute("transform")!).Groups[1].Value,
                    System.Globalization.CultureInfo.InvariantCulture))),
        ];

        /// <summary>The last values are written within the drawing, none over another.</summary>
        public void ShouldBeLegible()
        {
            double[] heights = [.. Ends.Select(end => end.Height)];
            heights.Should().BeInAscendingOrder().And.OnlyContain(height => height > 5 && height < 275);
            heights.Zip(heights.Skip(1)).Should().OnlyContain(pair => pair.Second - pair.First > 12);
        }

        [GeneratedRegex(@"translate\([^,]*,([^)]*)\)")]
        private static partial Regex Place();
    }
}
